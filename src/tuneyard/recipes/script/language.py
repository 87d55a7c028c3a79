"""What runs a script: as chosen, else by its first line, else by its name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys

_BY_SUFFIX = {
    ".sh": ["bash"],
    ".bash": ["bash"],
    ".py": ["python3"],
    ".r": ["Rscript"],
    ".jl": ["julia"],
    ".js": ["node"],
    ".pl": ["perl"],
    ".rb": ["ruby"],
}
_PYTHON = re.compile(r"python(\d(\.\d+)?)?")


def words(chosen: str, first_line: str, name: str) -> list[str]:
    """The interpreter with its options; [] where nothing says which.

    Raises ValueError for a chosen one whose quotes are not closed.
    """
    if chosen.strip():
        return shlex.split(chosen)
    if first_line.startswith("#!"):
        found = first_line[2:].split()
        if found and os.path.basename(found[0]) == "env":  # noqa: PTH119 - a word, not yet a path
            return [word for word in found[1:] if word != "-S"]
        return found
    return list(_BY_SUFFIX.get(os.path.splitext(name)[1].lower(), []))  # noqa: PTH122 - same


def suffix(command: list[str]) -> str:
    """How a script is called that comes without a name."""
    if is_python(command):
        return ".py"
    name = _name(command)
    return ".sh" if name in {"sh", "bash", "dash", "zsh"} else ""


def is_python(command: list[str]) -> bool:
    return bool(command and _PYTHON.fullmatch(_name(command)))


def found(command: list[str], path: str | None = None) -> list[str] | None:
    """The same with the program's own path, or None if it is not here.

    `path` is where to look, as in $PATH. Another place than the first line names is
    fine, and so is python3 for python: scripts come from other computers.
    """
    program = command[0]
    if "/" in program and os.access(program, os.X_OK):
        return command
    names = [_name(command)]
    if is_python(command) and names[0] in {"python", "python3"}:
        names += ["python3", "python"]
    here = next((place for name in names if (place := shutil.which(name, path=path))), None)
    if here is None and len(names) > 1:
        here = sys.executable
    return None if here is None else [here, *command[1:]]


def _name(command: list[str]) -> str:
    return os.path.basename(command[0])  # noqa: PTH119 - a word, not yet a path
