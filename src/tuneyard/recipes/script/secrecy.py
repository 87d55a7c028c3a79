"""What a script is given, and that a job file holds no secret: rules for both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuneyard.runner.environ import is_secret
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The secrets that a script may be given, and what is used in place of one that nobody holds.
SECRETS = {
    "HF_TOKEN": "",
    "HF_READ_TOKEN": "HF_TOKEN",
    "HF_WRITE_TOKEN": "HF_TOKEN",
    "HF_BASE_TOKEN": "HF_TOKEN",
    "WANDB_API_KEY": "",
}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# How tokens look that are often met: the Hub's, GitHub's, RunPod's, OpenAI's, Amazon's.
_TOKEN = re.compile(
    r"\bhf_[A-Za-z0-9]{30,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\brpa_[A-Z0-9]{30,}|\bsk-[\w-]{32,}|\bAKIA[A-Z0-9]{16}\b"
)


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _variables(settings)
    yield from _secrets(settings)
    yield from _nothing_secret(settings)


def secret_names(entry: str) -> tuple[str, str]:
    """The name that the script knows a secret by, and the one that Tuneyard does."""
    name, equals, known = (part.strip() for part in entry.partition("="))
    return name, known if equals else name


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
