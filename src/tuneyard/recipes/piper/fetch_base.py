"""Brings the checkpoint that a voice starts from, and refuses one that doesn't fit.

Reads ``settings.json`` and ``data.json``; writes ``base.json``: ``path`` (absolute, or
null without a base), ``epoch`` (the epochs it was trained for), ``use``, ``name`` and
``address`` (as they may be shown to others), and the facts found in it. Fetched bases lie in
``$TUNEYARD_HOME/cache/bases``, where all jobs share them.
"""

from __future__ import annotations

import hashlib
import os
import re
import urllib.parse
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import downloads, hub
from tuneyard.recipes.piper import bases, rules
from tuneyard.runner.folder import read_json, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NONE = {"path": None, "epoch": 0, "use": "none"}

_UNFIT = 65  # the exit code that training has for a base it can't use
_POINTER = b"version https://git-lfs"
_PAGE = re.compile(rb"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    settings = read_json(Path("settings.json"))
    if not settings["base"]:
        print("No base: the voice starts from nothing.", flush=True)
        write_json(Path("base.json"), NONE)
        return 0
    try:
        found = find(settings["base"], _cache())
    except (downloads.DownloadError, hub.HubError) as error:
        error.problem.tell()
        return 1
    return _use(found, settings, read_json(Path("data.json")))


@dataclass(frozen=True)
class Found:
    """A base that lies here. `address` is "" for a file of the user's own."""

    path: Path
    name: str
    address: str = ""

    def discard(self) -> None:
        """Lets the next try fetch it anew; a file of the user's own is left alone."""
        if self.address:
            self.path.unlink(missing_ok=True)


def find(base: str, cache: Path) -> Found:
    """`base` (an id of the table, an address, a file) as a file here. Raises HubError, DownloadError."""
    listed = bases.get(base)
    if listed:
        return Found(_from_hub(listed.url, cache), listed.id, listed.url)
    if hub.is_address(base):
        return Found(_from_hub(base, cache), _last(base), downloads.shown(base))
    if "://" in base:
        target = cache / f"{hashlib.sha256(base.encode()).hexdigest()[:12]}-{_last(base)}"
        path = downloads.download(base, target)
        return Found(path, _last(base), downloads.shown(base))
    path = Path(base).expanduser().resolve()
    if not path.is_file():
        raise downloads.DownloadError(
            _problem(
                f"There is no file {base}.",
                "base-missing",
                "Check the path, or choose a base of the table.",
            )
        )
    return Found(path, path.name)


def impostor(path: Path) -> Problem | None:
    """What a file is that only has a checkpoint's name. None if it may be one."""
    with open(path, "rb") as file:
        begin = file.read(512)
    if not begin:
        return _problem(f"{path.name} is empty.", "base-empty", "Fetch or copy it again.")
    if begin.startswith(_POINTER):
        return _problem(
            f"{path.name} is a git-lfs pointer: a note of where the checkpoint lies, not the checkpoint.",
            "base-pointer",
            "Run git lfs pull where you cloned it, or give the file's address on the Hub.",
        )
    if _PAGE.match(begin):
        return _problem(
            f"{path.name} is a web page, not a checkpoint: perhaps a login page.",
            "base-page",
            "Give the address of the file itself, as behind a download button.",
        )
    if begin.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(path):
        return _problem(
            f"{path.name} is not complete: its end is missing.",
            "base-cut",
            "Fetch or copy it again.",
        )
    return None


def misfits(
    facts: Mapping[str, Any], settings: Mapping[str, Any], speakers: int
) -> Iterator[Problem]:
    """What in a checkpoint doesn't fit the job. `speakers` is how many the data has."""
    resume = settings["base_use"] == "resume"
    yield from _network(facts, settings["quality"])
    yield from _rate(facts, rules.sample_rate(settings))
    yield from _speakers(facts, speakers, resume=resume)
    if resume and not facts["resumable"]:
        yield _problem(
            "The base holds only weights, and resuming needs its optimizer too.",
            "base-weights",
            "Set base_use to warm-start.",
            "base_use",
        )
    if settings["until_epoch"] is not None:
        yield from rules.until_problem(settings["until_epoch"], facts["epochs_trained"])


def _cache() -> Path:
    """The runner names its home to every step; by hand, the working directory has to do."""
    return Path(os.environ.get("TUNEYARD_HOME", "."), "cache", "bases").resolve()


def _from_hub(address: str, cache: Path) -> Path:
    return hub.fetch_file(address, cache, secrets=hub.BASE)


def _last(address: str) -> str:
    """The file's name in an address, safe as a name here."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
    return re.sub(r"[^\w.=-]", "-", path.rpartition("/")[2]) or "base.ckpt"


def _use(found: Found, settings: Mapping[str, Any], data: Mapping[str, Any]) -> int:
    # torch takes seconds to load, and only a job with a base needs it
    from tuneyard.recipes.piper.trainer import checkpoint  # noqa: PLC0415
    from tuneyard.recipes.piper.trainer.job import Refused  # noqa: PLC0415

    problem = impostor(found.path)
    if problem:
        found.discard()
        problem.tell()
        return _UNFIT
    try:
        facts = checkpoint.inspect(found.path)
    except Refused as refused:
        print(refused, flush=True)
        return refused.code
    speakers = max(1, len(data["speakers"])) if settings["speakers"] == "several" else 1
    problems = list(misfits(facts, settings, speakers))
    for each in problems:
        _warn(each) if each.severity == "warning" else each.tell()
    if any(each.severity == "error" for each in problems):
        return _UNFIT
    _write(found, facts, settings["base_use"])
    return 0


def _warn(problem: Problem) -> None:
    print(f"Warning: {problem.sentence} {problem.next_step}", flush=True)


def _write(found: Found, facts: Mapping[str, Any], use: str) -> None:
    described = ", ".join(
        text
        for text in (
            facts["quality"],
            f"{facts['sample_rate']:,} Hz" if facts["sample_rate"] else "",
            f"{facts['epochs_trained']:,} epochs",
        )
        if text
    )
    how = "goes on from" if use == "resume" else "starts with the weights of"
    print(f"The voice {how} {found.name} ({described}).", flush=True)
    write_json(
        Path("base.json"),
        {
            "path": str(found.path),
            "epoch": facts["epochs_trained"],
            "use": use,
            "name": found.name,
            "address": found.address,
            "facts": dict(facts),
        },
    )


def _network(facts: Mapping[str, Any], quality: str) -> Iterator[Problem]:
    """Low and medium are one network; what the file doesn't tell is left to the trainer."""
    has = facts["quality"]
    if has and bases.NETWORKS[has] != bases.NETWORKS[quality]:
        yield _problem(
            f"The base is of quality {has}, the job of {quality}: their sizes differ.",
            "base-quality",
            f"Set quality to {has}, or choose another base.",
            "quality",
        )


def _rate(facts: Mapping[str, Any], rate: int) -> Iterator[Problem]:
    has = facts["sample_rate"]
    if has and has != rate:
        yield _problem(
            f"The base speaks at {has:,} Hz, the job asks for {rate:,} Hz.",
            "base-rate",
            f"Set sample_rate to {has}, or choose another base.",
            "sample_rate",
        )


def _speakers(facts: Mapping[str, Any], speakers: int, *, resume: bool) -> Iterator[Problem]:
    has = facts["speakers"]
    if has == speakers:
        return
    sentence = f"The base has {_voices(has)}, the data {_voices(speakers)}"
    if resume:
        yield _problem(
            f"{sentence}: it can't be resumed.",
            "base-speakers",
            "Set base_use to warm-start, or choose another base.",
            "base_use",
        )
    else:
        yield Problem(
            f"{sentence}.",
            "base-speakers",
            "base",
            "What tells speakers apart is learnt anew.",
            "warning",
        )


def _voices(count: int) -> str:
    return f"{count:,} speaker{'' if count == 1 else 's'}"


def _problem(sentence: str, code: str, next_step: str, field: str = "base") -> Problem:
    return Problem(sentence, code, field, next_step)
