"""The app's server: jobs, recipes and this computer over HTTP and one WebSocket a page.

It holds nothing but secrets in memory: everything else is read from job folders, so it
can be killed and started again at any moment.
"""
