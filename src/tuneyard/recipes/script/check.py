"""Looks at a script before it is run, as far as it lies here: nothing is run or fetched."""

from __future__ import annotations

import ast
import os
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.downloads import shown
from tuneyard.recipes.script import language
from tuneyard.recipes.script.prepare import first_line
from tuneyard.runner.problems import Problem, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGE = 2_000_000_000  # bytes of files that one waits for when they are copied
_MOST = 20_000  # files that are looked at
_LONGEST = 10.0  # seconds for a shell to read a script


def check(settings: Mapping[str, Any], **_facts: Any) -> Report:
    """What can be known here of the script and its files, and what can't."""
    report = Report(problems=list(_folder(settings)))
    if settings["source"] == "address":
        if settings["address"]:
            where = shown(settings["address"])
            report.not_checked.append(f"The script at {where}: it is fetched when the job starts.")
        return report
    name, field, data = _script(settings)
    if data is None:
        if name:
            report.problems.append(_missing(name, field))
        return report
    try:
        command = language.words(settings["interpreter"], first_line(data), name)
    except ValueError:
        return report  # that it can't be read is a problem of the settings, see rules.py
    if not command and settings["source"] != "inline":
        report.problems.append(
            Problem(
                f"Nothing says what language {name} is in.",
                "language",
                "interpreter",
                "Begin it with #!/bin/bash or #!/usr/bin/env python3, or set interpreter.",
            )
        )
    if command:
        report.problems += _syntax(command, name, field, data)
        report.problems += _interpreter(command)
    return report


def _missing(name: str, field: str) -> Problem:
    return Problem(
        f"There is no file {name} that can be read.",
        "file-missing",
        field,
        "Look whether it is spelt right, and whether you may read it.",
    )


def _script(settings: Mapping[str, Any]) -> tuple[str, str, bytes | None]:
    """Its name ("" if none is given), the setting that says where it is, its bytes if they can be read."""
    if settings["source"] == "inline":
        text = settings["script"]
        return ("script", "script", text.encode()) if text.strip() else ("", "script", None)
    if settings["source"] == "file":
        path, field = Path(settings["file"]), "file"
    else:
        path, field = Path(settings["files"], settings["entry"]), "entry"
    if not settings["files" if field == "entry" else field]:
        return "", "script", None  # the rules say so
    try:
        return path.name, field, path.read_bytes()
    except OSError:
        return str(path), field, None


def _interpreter(command: list[str]) -> Iterator[Problem]:
    if language.found(command) is None:
        yield Problem(
            f"{command[0]} is not installed on this computer.",
            "interpreter",
            "interpreter",
            "Install it if the job is to run here; elsewhere it may well be there.",
            severity="warning",
        )


def _syntax(command: list[str], name: str, field: str, data: bytes) -> Iterator[Problem]:
    """A mistake that would end the script before its first line, as far as it is sure here."""
    text = data.decode(errors="replace").lstrip("\ufeff").replace("\r\n", "\n")
    if language.is_python(command):
        yield from _python_syntax(text, name, field)
    elif Path(command[0]).name == "bash" and (bash := language.found(["bash"])):
        yield from _bash_syntax(bash[0], text, name, field)


def _python_syntax(text: str, name: str, field: str) -> Iterator[Problem]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        said = getattr(error, "msg", None) or str(error)
        yield _mistake(f"This Python can't read the script: {said}.", name, field, line)


def _bash_syntax(bash: str, text: str, name: str, field: str) -> Iterator[Problem]:
    try:
        done = subprocess.run(
            [bash, "-n"],
            input=text,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    if done.returncode != 0 and done.stderr:
        said = done.stderr.splitlines()[0].partition(": line ")[2]
        line, _, what = said.partition(": ")
        number = int(line) if line.isdigit() else None
        yield _mistake(f"bash can't read the script: {what or said}.", name, field, number)


def _mistake(sentence: str, name: str, field: str, line: int | None) -> Problem:
    place = f"{name}:{line}" if line else name
    return Problem(sentence, "syntax", field, "Correct it.", "warning", place)


def _folder(settings: Mapping[str, Any]) -> Iterator[Problem]:
    folder = settings["files"]
    if not folder or not Path(folder).is_absolute():
        return
    if not Path(folder).is_dir():
        yield Problem(
            f"There is no folder {folder}.", "files-missing", "files", "Name one that is there."
        )
    elif settings["files_use"] == "copy" and _is_large(Path(folder)):
        yield Problem(
            "The folder is large, and every job copies it.",
            "files-large",
            "files",
            "Set files_use to path: the script then finds it in $TUNEYARD_FILES.",
            severity="warning",
        )


def _is_large(folder: Path) -> bool:
    size = count = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - of very many
            except OSError:
                continue
            count += 1
            if size > _LARGE or count > _MOST:
                return True
    return False
