"""Thin routes, one file a noun: parse, call what the CLI calls too, answer."""
