"""Whether it is clear where a script comes from: rules for each of its sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tuneyard.recipes.script.layout import stays_below
from tuneyard.runner.environ import is_secret
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COMMIT = re.compile(r"/[0-9a-f]{40}/")


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _SOURCES[settings["source"]](settings)
    if settings["files"]:
        yield from _is_place(settings, "files")


def _inline(settings: Mapping[str, Any]) -> Iterator[Problem]:
    text = settings["script"]
    if not text.strip():
        named = next((name for name in ("file", "address", "files") if settings[name]), "")
        source = {"file": "file", "address": "address", "files": "folder"}.get(named, "")
        yield Problem(
            "There is no script yet.",
            "script-missing",
            "script",
            f"Write it, or set source to {source}: {named} is set."
            if named
            else "Write it, or name a file, a folder or an address.",
        )
    elif not settings["interpreter"].strip() and not text.startswith("#!"):
        yield Problem(
            "Nothing says what language the script is in.",
            "language",
            "interpreter",
            "Begin it with #!/bin/bash or #!/usr/bin/env python3, or set interpreter.",
        )


def _file(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if not settings["file"]:
        yield Problem("No file is named.", "file-missing", "file", "Name the script's file.")
    else:
        yield from _is_place(settings, "file")


def _address(settings: Mapping[str, Any]) -> Iterator[Problem]:
    address, sums = settings["address"], settings["sha256"]
    if not address:
        yield Problem("No address is named.", "address-missing", "address", "Name the script's.")
        return
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or not (parts.scheme == "https" or _is_here(host)):
        yield Problem(
            "The script's address is none that can be trusted.",
            "address",
            "address",
            "Give one that begins with https://.",
        )
        return
    if parts.username or parts.password or any(is_secret(n) for n, _ in parse_qsl(parts.query)):
        yield Problem(
            f"The address on {host} holds a password or a token.",
            "secret",
            "address",
            "Leave it out: job files are made to be shared. Use a file in its place.",
        )
    if sums and not re.fullmatch(r"[0-9a-fA-F]{64}", sums):
        yield Problem(
            "That is no SHA-256: it has 64 digits, 0 to 9 and a to f.",
            "sha256",
            "sha256",
            "Take what sha256sum says of the file you looked at, or leave it empty.",
        )
    elif not sums:
        yield _unpinned(address)


def _unpinned(address: str) -> Problem:
    by_commit = _COMMIT.search(address)
    return Problem(
        "The script is pinned by the commit in its address, not by its checksum."
        if by_commit
        else "Whoever can change what is at the address decides what will run.",
        "unpinned",
        "sha256",
        "Set sha256 to the checksum of what you have looked at.",
        severity="warning",
    )


def _is_here(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


def _in_folder(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if not settings["files"]:
        yield Problem("No folder is named.", "files-missing", "files", "Name the script's folder.")
    entry = settings["entry"]
    if not entry or not stays_below(entry):
        yield Problem(
            f"“{entry}” is no path inside the folder.",
            "entry",
            "entry",
            "Write it as it is seen from the folder: train.py, or scripts/train.sh.",
        )


_SOURCES = {"inline": _inline, "file": _file, "folder": _in_folder, "address": _address}


def _is_place(settings: Mapping[str, Any], name: str) -> Iterator[Problem]:
    """A path stays relative only where a job file names what isn't beside it."""
    value = settings[name]
    if not value.startswith(("/", "input:")):
        what = "folder" if name == "files" else "file"
        yield Problem(
            f"There is no {what} {value}.",
            f"{name}-missing",
            name,
            "Write its path as it is seen from the job file, or a whole one.",
        )
