"""The step that puts a script where it runs, with the files that it needs beside it.

Leaves ``.tuneyard/script.json``: ``{"path": of the script, "command": its interpreter}``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tuneyard.recipes import downloads
from tuneyard.recipes.script import language
from tuneyard.recipes.script.layout import JOB, OWN, SCRIPT
from tuneyard.runner.folder import read_json, write_bytes, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 4 << 20  # bytes; more is no script
_BOM = b"\xef\xbb\xbf"
_LEFT_OUT = frozenset({OWN.name, ".git", "__pycache__"})


class PrepareError(Exception):
    def __init__(self, sentence: str, code: str, field: str, next_step: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, code, field, next_step)


def main(_argv: list[str]) -> int:
    """0 when the script is in place; 1 with the reason printed."""
    settings = read_json(JOB)["settings"]
    try:
        if settings["files"] and settings["files_use"] == "copy":
            _copy_folder(Path(settings["files"]))
        path = _SOURCES[settings["source"]](settings)
        command = _command(settings, path)
    except (PrepareError, downloads.DownloadError) as error:
        error.problem.tell()
        return 1
    except OSError as error:
        Problem(
            f"The script can't be put in place: {error.strerror}: {error.filename}.",
            "unreadable",
            next_step="Give yourself the right to read it, then resume.",
        ).tell()
        return 1
    write_json(SCRIPT, {"path": str(path), "command": command})
    print(f"The script is {path}, run by {' '.join(command)}", flush=True)
    return 0


def _inline(settings: Mapping[str, Any]) -> Path:
    text = settings["script"]
    command = language.words(settings["interpreter"], first_line(text.encode()), "")
    return _put(f"script{language.suffix(command)}", text.encode())


def _file(settings: Mapping[str, Any]) -> Path:
    source = Path(settings["file"])
    if not source.is_file():
        raise PrepareError(
            f"There is no file {source}.", "file-missing", "file", "Name the script's file."
        )
    return _put(source.name, _read(source))


def _address(settings: Mapping[str, Any]) -> Path:
    address, sums = settings["address"], settings["sha256"]
    name = re.sub(r"[^\w.-]", "_", unquote(urlsplit(address).path).rpartition("/")[2])
    fetched = OWN / "fetched"
    if not sums:  # it may be another by now
        fetched.unlink(missing_ok=True)
    print(f"Fetching {downloads.shown(address)}", flush=True)
    try:
        downloads.download(address, fetched, sha256=sums or None)
    except downloads.DownloadError as error:
        if error.problem.code != "wrong-bytes":
            raise
        raise PrepareError(
            "The script is another than the one that was looked at: its checksum differs.",
            "sha256",
            "sha256",
            "Look at what has changed, and set sha256 anew; or take an address that stays.",
        ) from None
    data = _read(fetched)
    print(f"Its SHA-256 is {hashlib.sha256(data).hexdigest()}", flush=True)
    return _put(name.lstrip(".") or "script", data)


def _in_folder(settings: Mapping[str, Any]) -> Path:
    copied = settings["files_use"] == "copy"
    path = Path(settings["entry"]) if copied else Path(settings["files"], settings["entry"])
    if not path.is_file():
        raise PrepareError(
            f"The folder has no file {settings['entry']}.",
            "entry",
            "entry",
            "Write the script's path as it is seen from the folder.",
        )
    # What lies elsewhere is not ours to change.
    return _put(str(path), _read(path)) if copied else path


_SOURCES = {"inline": _inline, "file": _file, "folder": _in_folder, "address": _address}


def first_line(data: bytes) -> str:
    return data.removeprefix(_BOM).partition(b"\n")[0].decode(errors="replace").strip()


def _command(settings: Mapping[str, Any], path: Path) -> list[str]:
    with path.open("rb") as file:
        begin = first_line(file.read(1024))
    command = language.words(settings["interpreter"], begin, path.name)
    if not command:
        raise PrepareError(
            f"Nothing says what language {path.name} is in.",
            "language",
            "interpreter",
            "Begin it with #!/bin/bash or #!/usr/bin/env python3, or set interpreter.",
        )
    return command


def _read(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise PrepareError(
            f"{path.name} has {downloads.mb(path.stat().st_size)}: that is no script.",
            "too-large",
            "file",
            "Name the script itself, and give its data under files.",
        )
    return path.read_bytes()


def _put(name: str, data: bytes) -> Path:
    """Writes a script with the line ends of this system: others make bash stumble."""
    mended = data.removeprefix(_BOM).replace(b"\r\n", b"\n")
    if mended != data:
        print("Its lines ended as on Windows; they end as on Linux now.", flush=True)
    path = Path(name)
    write_bytes(path, mended)
    path.chmod(0o700)
    return path


def _copy_folder(source: Path) -> None:
    """What is there already and hasn't changed is left; links stay links."""
    if not source.is_dir():
        raise PrepareError(
            f"There is no folder {source}.", "files-missing", "files", "Name the folder."
        )
    files = 0
    for root, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        here = Path(root).relative_to(source)
        here.mkdir(parents=True, exist_ok=True)
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in (*names, *links):
            _copy(Path(root, name), here / name)
            files += 1
    print(f"Copied {files:,} {'file' if files == 1 else 'files'} from {source}", flush=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.unlink(missing_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_file() and not _is_same(source, target):
        target.unlink(missing_ok=True)  # it may be read-only, or a link to elsewhere
        shutil.copy2(source, target)


def _is_same(source: Path, target: Path) -> bool:
    if not target.is_file() or target.is_symlink():
        return False
    one, other = source.stat(), target.stat()
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)
