"""Names of files from elsewhere: those that every system can have, and that stay where they are put."""

from __future__ import annotations

import re
import unicodedata

from tuneyard.errors import WrongInput
from tuneyard.runner.problems import Problem

_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_STEERING = re.compile("[\u2028-\u202e\u2066-\u2069]")  # they make a name look like another one
_LONGEST_NAME, _LONGEST_PATH = 255, 1000  # bytes
_DEEPEST = 32  # folders


def safe_name(path: str) -> str:
    """A path from elsewhere as one that stays where it is put. Raises WrongInput.

    In Unicode's composed form, so that what a table of a dataset names is found. Neither
    hidden files, which systems leave everywhere, nor names that are devices elsewhere.
    """
    whole = unicodedata.normalize("NFC", path.replace("\\", "/"))
    if whole.startswith("/") or re.match(r"[A-Za-z]:", whole):
        raise _unsafe(path, "it is not relative")
    parts = [part for part in whole.split("/") if part not in {"", "."}]
    if not parts or len(parts) > _DEEPEST:
        raise _unsafe(path, "it is empty or too deep")
    for part in parts:
        if reason := _wrong_part(part):
            raise _unsafe(path, reason)
    name = "/".join(parts)
    if len(name.encode()) > _LONGEST_PATH:
        raise _unsafe(path, "it is too long")
    return name


def _wrong_part(part: str) -> str:
    if part == "..":
        return "it leads out of the folder"
    if part.startswith("."):
        return "it is hidden"
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in part):
        return "it has signs that can't be written"
    if _STEERING.search(part):
        return "it has signs that hide what it is"
    if part.endswith((" ", ".")) or part.startswith(" ") or _DEVICES.fullmatch(part):
        return "not every system can have a file of that name"
    return "it is too long" if len(part.encode()) > _LONGEST_NAME else ""


def _unsafe(path: str, reason: str) -> WrongInput:
    shown = path.encode("unicode_escape").decode()
    shown = shown if len(shown) <= 100 else f"{shown[:99]}…"
    code = "upload-hidden" if reason == "it is hidden" else "upload-name"
    return WrongInput([Problem(f"“{shown}” can't be taken: {reason}.", code, "path")])
