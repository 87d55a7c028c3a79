"""What lies on the fake Hub, and who may see and write it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

Kind = Literal["model", "dataset"]
LARGE = {
    ".wav",
    ".flac",
    ".mp3",
    ".onnx",
    ".ckpt",
    ".bin",
    ".zip",
    ".pth",
    ".safetensors",
}  # not in git


@dataclass
class Token:
    """Whose a token is; `writes` anywhere its owner may, or only in `only` repositories."""

    owner: str
    writes: bool = False
    only: tuple[str, ...] | None = None


@dataclass
class Entry:
    """A file of a commit: `oid` is git's name of it, `sha256` is there for a large one."""

    size: int
    oid: str
    sha256: str | None


@dataclass
class Repository:
    kind: Kind
    name: str
    folder: Path
    private: bool = False
    gated: bool = False
    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, Entry]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def commit_of(self, revision: str) -> str | None:
        return self.refs.get(revision) or (revision if revision in self.commits else None)

    def path(self, commit: str, name: str) -> Path:
        return self.folder / commit / name


def entry_of(name: str, content: bytes) -> Entry:
    sha256 = hashlib.sha256(content).hexdigest() if is_large(name, len(content)) else None
    shown = f"sha256:{sha256}".encode() if sha256 else content
    oid = hashlib.sha1(b"blob %d\0" % len(shown) + shown).hexdigest()
    return Entry(len(content), oid, sha256)


def is_large(name: str, size: int) -> bool:
    return size > 0 and (PurePosixPath(name).suffix in LARGE or size > 10_000_000)


def sees(who: Token | None, name: str) -> bool:
    if who is None:
        return False
    return name in who.only if who.only is not None else who.owner == name.partition("/")[0]


def may_write(who: Token | None, name: str) -> bool:
    return who is not None and who.writes and sees(who, name)
