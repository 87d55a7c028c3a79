"""The pod's folder comes home: asked for by its face, joined to the job's own files.

See docs/decisions/0012.
"""
