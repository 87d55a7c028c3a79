"""Rules across the settings of a script."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tuneyard.recipes.results import problems as of_results
from tuneyard.recipes.script import language
from tuneyard.recipes.script.causes import RULES as CAUSES
from tuneyard.runner.environ import is_secret
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CAUSES", "CHANGEABLE", "SECRETS", "problems", "secret_names"]

# A further attempt starts the script again, beside what the last one left: nothing about it
# is bound to what it made.
CHANGEABLE = frozenset(
    {
        *("source", "script", "file", "address", "sha256", "entry", "files", "files_use"),
        *("interpreter", "arguments", "environment", "secrets", "requirements"),
        *("python_versions", "outputs", "checkpoints", "samples", "patterns"),
        *("usual_patterns", "stop_signal", "stop_file", "grace"),
        *("gpus", "gpu_memory_gb", "disk_gb"),
    }
)

# The secrets that a script may be given, and what is used in place of one that nobody holds.
SECRETS = {
    "HF_TOKEN": "",
    "HF_READ_TOKEN": "HF_TOKEN",
    "HF_WRITE_TOKEN": "HF_TOKEN",
    "HF_BASE_TOKEN": "HF_TOKEN",
    "WANDB_API_KEY": "",
}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RANGE = re.compile(r"\s*(>=|<)\s*\d+(\.\d+)*\s*")
_COMMIT = re.compile(r"/[0-9a-f]{40}/")

# How tokens look that are often met: the Hub's, GitHub's, RunPod's, OpenAI's, Amazon's.
_TOKEN = re.compile(
    r"\bhf_[A-Za-z0-9]{30,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\brpa_[A-Z0-9]{30,}|\bsk-[\w-]{32,}|\bAKIA[A-Z0-9]{16}\b"
)


def problems(
    settings: Mapping[str, Any],
    results: Mapping[str, Any],
    place: Mapping[str, Any],  # noqa: ARG001 - every recipe's rules take it
) -> list[Problem]:
    """What is wrong with complete settings, seen without the script's file."""
    return [
        *_SOURCES[settings["source"]](settings),
        *_folder(settings),
        *_command(settings),
        *_variables(settings),
        *_secrets(settings),
        *_nothing_secret(settings),
        *_packages(settings),
        *_patterns(settings),
        *_globs(settings),
        *_stop(settings),
        *of_results(results),
    ]


def secret_names(entry: str) -> tuple[str, str]:
    """The name that the script knows a secret by, and the one that Tuneyard does."""
    name, equals, known = (part.strip() for part in entry.partition("="))
    return name, known if equals else name


# --- where the script comes from


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
    if not entry or not _is_inside(entry):
        yield Problem(
            f"“{entry}” is no path inside the folder.",
            "entry",
            "entry",
            "Write it as it is seen from the folder: train.py, or scripts/train.sh.",
        )


_SOURCES = {"inline": _inline, "file": _file, "folder": _in_folder, "address": _address}


def _folder(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings["files"]:
        yield from _is_place(settings, "files")


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


# --- how it is run


def _command(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("interpreter", "arguments"):
        try:
            shlex.split(settings[name])
        except ValueError:
            yield Problem(
                "A quote is opened and never closed.",
                "quotes",
                name,
                "Close it, or put a \\ before it.",
            )
            return
    program = (language.words(settings["interpreter"], "", "") or [""])[0]
    if settings["interpreter"].strip() and (not program or program[0] in ".~#"):
        yield Problem(
            "That names no program.",
            "interpreter",
            "interpreter",
            "Name one as it is called in a shell, such as bash, or by its whole path.",
        )


def _variables(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in settings["environment"].items():
        if not _NAME.fullmatch(name) or "\0" in value:
            yield _of_variable(
                f"“{name}” can't be a variable's name.",
                "Use letters, digits and “_”, and no digit at the beginning.",
            )
        elif name.startswith("TUNEYARD_"):
            yield _of_variable(
                f"{name} is Tuneyard's own.", "Take a name that doesn't begin with TUNEYARD_."
            )
        elif is_secret(name):
            known = name if name in SECRETS else f"{name}=HF_TOKEN"
            yield _of_variable(
                f"{name} looks like a token, and a job file never holds one.",
                f"Take it out here and name it under secrets, such as “{known}”.",
                "secret",
            )
        elif not value:
            yield _of_variable(
                f"{name} has no value.",
                "Fill it in, or take the line out if the script needs none.",
                "empty",
            )


def _of_variable(sentence: str, next_step: str, code: str = "variable") -> Problem:
    return Problem(sentence, code, "environment", next_step)


def _secrets(settings: Mapping[str, Any]) -> Iterator[Problem]:
    names: set[str] = set()
    for entry in settings["secrets"]:
        name, known = secret_names(entry)
        if known not in SECRETS:
            sentence = f"Tuneyard gives no job a secret called “{_shown(known)}”."
            step = f"There are: {', '.join(SECRETS)}. Under another name: {_hint(name)}=HF_TOKEN."
        elif not _NAME.fullmatch(name) or name.startswith("TUNEYARD_"):
            sentence = f"“{_shown(name)}” can't be the name of a secret."
            step = "Write NAME, or NAME_IN_THE_SCRIPT=NAME."
        elif name in names or name in settings["environment"]:
            sentence, step = f"{name} is set twice.", "Take one of the two out."
        else:
            names.add(name)
            continue
        yield Problem(sentence, "secrets", "secrets", step)


def _shown(text: str) -> str:
    """What may be the token itself, written where its name belongs, is not repeated."""
    return text if len(text) <= 40 and not _TOKEN.search(text) else "…"


def _hint(name: str) -> str:
    return name if _NAME.fullmatch(name) and _shown(name) == name else "MY_TOKEN"


def _nothing_secret(settings: Mapping[str, Any]) -> Iterator[Problem]:
    texts = {name: settings[name] for name in ("script", "arguments", "address")}
    texts["environment"] = "\n".join(settings["environment"].values())
    texts["requirements"] = "\n".join(settings["requirements"])
    for name, text in texts.items():
        if _TOKEN.search(text):
            yield Problem(
                "There is a token in it, and a job file never holds one.",
                "secret",
                name,
                "Take it out, keep it with `tuneyard secrets set`, and name it under secrets.",
            )


def _packages(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for line in settings["requirements"]:
        if not line.strip() or line.lstrip().startswith("-") or "\n" in line:
            yield Problem(
                f"“{line}” is no package.",
                "requirement",
                "requirements",
                "Write one a line, as torch==2.8.0. Indexes are taken from pip's configuration.",
            )
        elif "@" in (urlsplit(line.partition(" @ ")[2].strip()).netloc):
            yield Problem(
                "The address of a package holds a password.",
                "secret",
                "requirements",
                "Leave it out: job files are made to be shared.",
            )
    bounds = settings["python_versions"].split(",")
    if settings["requirements"] and not all(_RANGE.fullmatch(bound) for bound in bounds):
        yield Problem(
            f"“{settings['python_versions']}” is no range of Python's versions.",
            "python-versions",
            "python_versions",
            "Write it with >= and < alone: >=3.10,<3.13.",
        )


# --- what is read and kept


def _patterns(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for text in settings["patterns"]:
        try:
            groups = re.compile(text).groupindex
        except (re.error, RecursionError, OverflowError) as error:
            sentence, step = f"“{text}” is no regular expression: {error}.", "Correct it."
        else:
            if groups:
                continue
            sentence = f"“{text}” names no group, so nothing is read by it."
            step = r"Name what it finds: step (?P<step>\d+), loss (?P<loss>\S+)."
        yield Problem(sentence, "pattern", "patterns", step)


def _globs(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("outputs", "checkpoints", "samples"):
        for text in settings[name]:
            parts = PurePosixPath(text).parts
            if not parts or not _is_inside(text) or any("**" in p and p != "**" for p in parts):
                yield Problem(
                    f"“{text}” names no files where the script runs.",
                    "files",
                    name,
                    "Write it as the script sees it: out/model.bin, *.pt, or **/*.wav.",
                )


def _is_inside(path: str) -> bool:
    return not path.startswith(("/", "~")) and ".." not in PurePosixPath(path).parts


def _stop(settings: Mapping[str, Any]) -> Iterator[Problem]:
    name = settings["stop_file"]
    if name and ("/" in name or name in {".", ".."}):
        yield Problem(
            f"“{name}” is no plain file name.",
            "stop-file",
            "stop_file",
            "Name a file that lies where the script runs, without a folder.",
        )
