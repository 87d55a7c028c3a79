"""Runs one job and keeps its folder true. Standard library only, Python 3.10 or newer."""
