"""What a job pushes says whose it is: its record lies beside it, in the same commit.

These run in a job's ``work/``, and keep what they need in ``work/.tuneyard/``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.downloads import digest
from tuneyard.recipes.hub import pushing
from tuneyard.runner.folder import read_json_or, write_json
from tuneyard.runner.record import NAME, Record, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN = Path(".tuneyard")
_HELD = _OWN / "push"
_LAST = _OWN / "pushed.json"  # the record of the last checkpoint, and where it was pushed to
_RESULTS = ("outputs/", "samples/")


def push_results(
    job: Mapping[str, Any], results: Mapping[str, Any], files: Mapping[str, Path], what: str
) -> None:
    """Puts files (path below the results' folder, path here) into the job's repository.

    `job` has ``id`` and ``name``; `results` are a job file's. Raises HubError.
    """
    last = read_json_or(_LAST, {})
    same = last.get("to") == _to(results)
    ours = {_own(path): (name, path) for name, path in files.items()}
    stored = {own: _stored(results, *at) for own, at in ours.items() if own.startswith(_RESULTS)}
    checkpoint = Record.from_json(last["record"]).checkpoint if same else {}
    record = Record(job["id"], "succeeded", stored, checkpoint, _pod())
    _push(results, files, record, _words(job, what))


def push_checkpoint(
    job: Mapping[str, Any], results: Mapping[str, Any], files: Mapping[str, Path], what: str
) -> bool:
    """The same for the newest checkpoint; False where it is gone: a newer one took its place."""
    if not files:
        return False
    try:
        with _held(files) as held:
            stored = {_own(files[name]): _stored(results, name, held[name]) for name in files}
            record = Record(job["id"], "training", checkpoint=stored, pod=_pod())
            _push(results, held, record, _words(job, what))
    except FileNotFoundError:
        return False
    write_json(_LAST, {"to": _to(results), "record": record.as_json()})
    return True


def _push(
    results: Mapping[str, Any], files: Mapping[str, Path], record: Record, message: str
) -> None:
    _OWN.mkdir(exist_ok=True)
    write_json(_OWN / NAME, record.as_json())
    pushing.push_files(
        results["repository"],
        {**files, NAME: _OWN / NAME},
        results["folder"],
        private=results["private"],
        message=message,
    )


@contextlib.contextmanager
def _held(files: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Second names for files: training deletes old checkpoints while one is sent.

    Raises FileNotFoundError if one is gone already.
    """
    shutil.rmtree(_HELD, ignore_errors=True)  # of a push that was killed
    held = {}
    try:
        for name, path in files.items():
            second = _HELD / path
            second.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path.resolve(), second)
                held[name] = second
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                held[name] = path
        yield held
    finally:
        shutil.rmtree(_HELD, ignore_errors=True)


def _own(path: Path) -> str:
    """Where a file lies in the job's folder."""
    return os.path.relpath(path, "..")


def _stored(results: Mapping[str, Any], name: str, path: Path) -> Stored:
    place, size = pushing.below(results["folder"], name), path.stat().st_size
    return Stored(place, size, digest(path))


def _pod() -> str:
    return os.environ.get("RUNPOD_POD_ID", "")


def _to(results: Mapping[str, Any]) -> list[str]:
    return [results["repository"], results["folder"].strip("/")]


def _words(job: Mapping[str, Any], what: str) -> str:
    return f"{' '.join(job['name'].split())}: {what}, by Tuneyard"
