"""The phases in which a pod is got and is ended: by RunPod's API, whether or not its face answers.

Each module is named after its phase; what the pod will need is pushed to the Hub before any.
"""
