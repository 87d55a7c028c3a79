"""What lies on the disk of a home: what it takes, which jobs use it, what of it can be cleaned.

Uploads are here too: what was dropped into the browser, on its way to a job's settings.
"""
