"""The page without a server: static files by which a browser alone rents a pod and follows it.

`build` writes them; `serve` shows them on this computer; `golden` writes what the page's own
ports of our functions are tested against.
"""
