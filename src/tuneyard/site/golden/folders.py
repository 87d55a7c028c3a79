"""Folders: which of their files a trainer reads, and so which travel."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tuneyard.fields import ALL, Reads

_FLAT = Reads(inside=False, without=(".npz", ".db"))
_FILES = (
    "a.png",
    "a.txt",
    "captions.json",
    "a.npz",
    "A.NPZ",
    "npz",
    "notes.db",
    "Thumbs.db",
    "desktop.ini",
    ".DS_Store",
    ".hidden/a.png",
    "__MACOSX/a.png",
    "cache/flux/metadata.db",
    "cache/flux/shard_0.bin",
    "masks/a.png",
    "masks/.a.png",
    "cache",
)


def cases() -> list[dict[str, Any]]:
    return [
        {"reads": asdict(reads), "files": list(_FILES), "taken": list(filter(reads.takes, _FILES))}
        for reads in (ALL, _FLAT, Reads(inside=False))
    ]
