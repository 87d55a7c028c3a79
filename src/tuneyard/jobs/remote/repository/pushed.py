"""What a job's pod pushed into the job's repository, read and fetched at home."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.recipes import downloads
from tuneyard.recipes.hub import HubError, problems
from tuneyard.recipes.hub.about import READ, WRITE, About
from tuneyard.recipes.hub.addresses import address_of
from tuneyard.runner import record
from tuneyard.runner.opening import bearer
from tuneyard.runner.problems import Problem
from tuneyard.secrets import KEPT_THERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuneyard.jobs.job import Results
    from tuneyard.runner.record import Record, Stored

_NAMES = tuple(dict.fromkeys((*WRITE, *READ)))  # first what it was pushed with

_NOTHING = frozenset({"hub-file", "hub-revision"})  # the repository was read, and has none


@dataclass(frozen=True)
class Found:
    """A record, and the commit that it is of: the files it names are those of the same one."""

    record: Record
    commit: str


def look(results: Results, job: str) -> Found | None:
    """What the job's repository holds of it, None if nothing. Asked once. Raises HubError."""
    about = _about(results, f"{results.folder.strip('/')}/{record.NAME}".lstrip("/"))
    try:
        commit = _commit(about)
        with tempfile.TemporaryDirectory() as place:
            path = _fetch(about, commit, Path(place, record.NAME), tries=1)
            found = record.Record.from_json(json.loads(path.read_bytes()))
    except ValueError:  # whoever wrote this, no job did
        return None
    except HubError as error:
        # Whoever pushed there would see it.
        if error.problem.code in _NOTHING or (
            error.problem.code == "hub-missing" and _token(WRITE)
        ):
            return None
        raise
    return Found(found, commit) if found.job == job else None


def bring(results: Results, found: Found, stored: Stored, target: Path) -> None:
    """Fetches one file, verified; one that is here is left. What has arrived is kept. Raises HubError."""
    about, tries = _about(results, stored.path), downloads.TRIES
    _fetch(about, found.commit, target, tries, size=stored.bytes, sha256=stored.sha256)


def needs() -> list[str]:
    """The secret that would help, if nobody holds any that it was pushed with."""
    return [] if any(os.environ.get(name) for name in WRITE) else [WRITE[0]]


def _about(results: Results, path: str) -> About:
    return About(results.repository, "model", _NAMES, bool(_token()), path=path)


def _token(names: Sequence[str] = _NAMES) -> str | None:
    """The first that this process holds; one that RunPod keeps is only a name here."""
    held = (os.environ.get(name, "") for name in names)
    return next((value for value in held if value and not KEPT_THERE.fullmatch(value)), None)


def _commit(about: About) -> str:
    """Of the newest version of a file. Raises HubError."""
    try:
        answer = downloads.head(address_of(about, "main", about.path), _bearer(), tries=1)
    except downloads.DownloadError as error:
        raise HubError(problems.of_download(error, about)) from error
    facts = {name.lower(): value for name, value in answer.items()}
    if commit := facts.get("x-repo-commit"):
        return commit
    # A proxy's or a hotel's login page answers 200 to anything.
    raise HubError(
        Problem(
            "What answers in the Hub's place is not the Hugging Face Hub.",
            "hub-answer",
            next_step="Check HF_ENDPOINT, the proxy, and whether the network wants a login.",
        )
    )


def _fetch(
    about: About,
    commit: str,
    target: Path,
    tries: int,
    *,
    size: int | None = None,
    sha256: str | None = None,
) -> Path:
    url = address_of(about, commit, about.path)
    try:
        return downloads.download(url, target, _bearer(), size=size, sha256=sha256, tries=tries)
    except downloads.DownloadError as error:
        raise HubError(problems.of_download(error, about)) from error


def _bearer() -> dict[str, str]:
    return bearer(_token())
