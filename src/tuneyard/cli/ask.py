"""Asks a person for something, where there is one."""

from __future__ import annotations

import sys

import typer

from tuneyard.secrets import KNOWN


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(name: str) -> str:
    """A secret, typed without being shown."""
    about = f" ({KNOWN[name]})" if name in KNOWN else ""
    value: str = typer.prompt(f"{name}{about}", hide_input=True, err=True)
    return value.strip()
