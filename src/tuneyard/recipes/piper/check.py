"""Looks through a dataset before anything is trained on it: at home, and as a step.

The step runs under the trainer's own Python, where every library is. At home one may be
missing: what could not be looked at is then listed as not checked, and why.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import bases, languages
from tuneyard.recipes.piper.dataset import listening, metadata, phonemes
from tuneyard.recipes.piper.dataset.report import DataError, count, describe, fold, of_data
from tuneyard.recipes.piper.dataset.unpack import is_archive, unpack
from tuneyard.recipes.piper.fetch import hand_over
from tuneyard.runner.folder import read_json, write_json
from tuneyard.runner.problems import Problem, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.piper.dataset.metadata import Dataset, Row

_LITTLE_SECONDS = 600.0  # a judgement, not a measurement: too little for a voice of its own


@dataclass
class Findings:
    """What one look at a dataset gave. `rows` are those to train on, `seconds` their length."""

    report: Report = field(default_factory=Report)
    dataset: Dataset | None = None
    rows: list[Row] = field(default_factory=list)
    seconds: float | None = None


def check(
    settings: Mapping[str, Any],
    *,
    dataset: Path | None = None,
    base: Mapping[str, Any] | None = None,
    free_bytes: int | None = None,
    needed_bytes: int | None = None,
) -> Report:
    """All that can be known here before a job starts; nothing is written.

    `dataset` stands in for the setting of that name. `base` holds what was read from a
    base's own file (see `check_base`). Problems are folded: the first 20 of each kind.
    """
    if not dataset and not settings["dataset"]:
        return Report()  # that none is named is a problem of the settings, see rules.py
    findings = _findings(str(dataset) if dataset else settings["dataset"], settings)
    report = findings.report
    speakers = len(metadata.speaker_numbers(findings.rows)) or None
    report.extend(_base_report(settings, base, speakers))
    if free_bytes is not None and needed_bytes is not None:
        report.problems += check_disk(free_bytes, needed_bytes)
    report.problems = fold(report.problems)
    return report


def main(_argv: list[str]) -> int:
    """The step: leaves ``check.json``, and the list without what can't be trained on.

    1 when there is a problem that would spoil the training, each in words.
    """
    settings = read_json(Path("settings.json"))
    source = read_json(Path("data.json"))["source"]
    findings = _examined(Path(source["folder"]), settings)
    report = findings.report
    report.problems = fold(report.problems)
    write_json(Path("check.json"), report.as_json())
    for problem in report.problems:
        print(describe(problem))
    for sentence in report.not_checked:
        print(f"not checked: {sentence}")
    if report.errors:
        _sum_up(report.errors).tell()
    if report.errors or findings.dataset is None:
        return 1
    hand_over(findings.dataset, findings.rows, source, findings.seconds)
    length = f", {_duration(findings.seconds)}" if findings.seconds is not None else ""
    print(f"{count(len(findings.rows), 'clip')}{length}: ready to train on.")
    return 0


def _sum_up(errors: list[Problem]) -> Problem:
    more = len(errors) - 1
    also = f" There {'is' if more == 1 else 'are'} {count(more, 'more problem')}, see the log."
    return replace(errors[0], sentence=errors[0].sentence + (also if more else ""))


def check_base(
    settings: Mapping[str, Any], facts: Mapping[str, Any], speakers: int | None
) -> list[Problem]:
    """Whether a base fits, by what its file holds: any of quality, sample_rate, speakers, epoch.

    `speakers` is the dataset's number of them, None while unknown. A resumed base must
    have the very same; a warm start takes over what fits.
    """
    problems = []
    quality, rate = facts.get("quality"), facts.get("sample_rate")
    wanted_rate = settings["sample_rate"] or bases.SAMPLE_RATES[settings["quality"]]
    if quality and bases.NETWORKS[quality] != bases.NETWORKS[settings["quality"]]:
        problems.append(
            Problem(
                f"The base is of quality {quality}, the job of {settings['quality']}:"
                " their sizes differ.",
                "base-quality",
                "quality",
                f"Set quality to {quality}, or choose another base.",
            )
        )
    if rate and rate != wanted_rate:
        problems.append(
            Problem(
                f"The base speaks at {rate:,} Hz, the job asks for {wanted_rate:,} Hz.",
                "base-rate",
                "sample_rate",
                f"Set the sample rate to {rate}, or choose another base.",
            )
        )
    problems += _base_speakers(settings, facts.get("speakers"), speakers)
    epoch, until = facts.get("epoch"), settings["until_epoch"]
    if settings["base_use"] == "resume" and epoch and until is not None and until <= epoch:
        problems.append(
            Problem(
                f"The base has already been trained for {epoch:,} epochs: until epoch {until:,}"
                " there is nothing left to train.",
                "until-epoch",
                "until_epoch",
                f"Set until_epoch above {epoch}, or leave it empty and use epochs to add.",
            )
        )
    return problems


def check_disk(free_bytes: int, needed_bytes: int) -> list[Problem]:
    """Whether the place where the job's folder lies has room for all it will write."""
    if free_bytes >= needed_bytes:
        return []
    return [
        Problem(
            f"The job needs about {_gigabytes(needed_bytes)} of disk, and"
            f" {_gigabytes(free_bytes)} are free.",
            "disk-full",
            next_step="Free some, keep fewer checkpoints, or set TUNEYARD_HOME to a larger disk.",
        )
    ]


# --- the dataset


def _findings(name: str, settings: Mapping[str, Any]) -> Findings:
    if name.startswith("hf:"):
        said = "The dataset: it is on the Hub, and is checked when it was fetched."
        return Findings(Report(not_checked=[said]))
    path = Path(name).expanduser()
    if not (path.is_file() and is_archive(path)):
        return _examined(path, settings)
    with tempfile.TemporaryDirectory(prefix="tuneyard-check-") as folder:
        try:
            unpack(path, Path(folder, "dataset"))
        except DataError as error:
            return Findings(Report([error.problem]))
        return _examined(Path(folder, "dataset"), settings)


def _examined(folder: Path, settings: Mapping[str, Any]) -> Findings:
    try:
        dataset = metadata.read_metadata(folder, settings["speakers"])
    except DataError as error:
        return Findings(Report([error.problem]))
    findings = Findings(Report(list(dataset.problems)), dataset, dataset.rows)
    heard = listening.hear(dataset, findings.rows, settings)
    findings.report.extend(heard.report)
    findings.rows, findings.seconds = heard.rows, heard.seconds
    _read(findings, dataset, settings)
    _weigh(findings, dataset, settings)
    return findings


def _read(findings: Findings, dataset: Dataset, settings: Mapping[str, Any]) -> None:
    language = languages.get(settings["language"])
    if language is None:
        findings.report.not_checked.append("The texts: the language is not known.")
        return
    problems = phonemes.script_problems(dataset, findings.rows, language)
    findings.report.problems += problems
    if any(problem.severity == "error" for problem in problems):
        return
    try:
        findings.report.problems += phonemes.spoken_problems(dataset, findings.rows, language)
    except ImportError:
        findings.report.not_checked.append(
            "How Piper speaks the texts: it needs the Python package piper-tts"
            " (uv pip install 'tuneyard[piper]')."
        )


def _weigh(findings: Findings, dataset: Dataset, settings: Mapping[str, Any]) -> None:
    """Whether it is enough, and the facts."""
    clips = len(findings.rows)
    voices = Counter(row.speaker for row in findings.rows if row.speaker)
    findings.report.facts |= {"clips": clips, "speakers": dict(voices)}
    training = clips - int(clips * settings["validation_split"])
    name = dataset.metadata.name
    if not training:
        findings.report.problems.append(
            of_data("clips-none", "No clip is left to train on.", name, "See the other problems.")
        )
        return
    if training < settings["batch_size"]:
        findings.report.problems.append(
            Problem(
                f"{count(training, 'clip')} to train on are less than one batch of"
                f" {settings['batch_size']}.",
                "clips-few",
                "batch_size",
                f"Set batch_size to {training} or less, or add clips.",
                "warning",
                name,
            )
        )
    if findings.seconds is not None and findings.seconds < _LITTLE_SECONDS:
        findings.report.problems.append(
            of_data(
                "data-little",
                f"There are only {_duration(findings.seconds)} of speech.",
                name,
                "Add clips for a voice to listen to; this is enough to try things out.",
                "warning",
            )
        )


# --- the base


def _base_report(
    settings: Mapping[str, Any], facts: Mapping[str, Any] | None, speakers: int | None
) -> Report:
    """What `rules` can't say: of a table's base only the speakers, of a file all."""
    if not settings["base"]:
        return Report()
    if facts is not None:
        return Report(check_base(settings, facts, speakers))
    known = bases.get(settings["base"])
    if known is None:
        return Report(
            not_checked=["Whether the base fits: its file is looked at when it was fetched."]
        )
    return Report(_base_speakers(settings, known.speakers, speakers))


def _base_speakers(
    settings: Mapping[str, Any], of_base: int | None, of_data: int | None
) -> list[Problem]:
    wanted = 1 if settings["speakers"] == "single" else of_data
    if not of_base or not wanted or of_base == wanted:
        return []
    sentence = f"The base has {count(of_base, 'speaker')}, the dataset {wanted:,}."
    if settings["base_use"] == "resume":
        return [
            Problem(
                f"{sentence} Training can't go on with another number.",
                "base-speakers",
                "base_use",
                "Use a warm start, or a base with as many speakers.",
            )
        ]
    return [
        Problem(
            f"{sentence} What the base knows of its speakers is learnt anew.",
            "base-speakers",
            "base",
            "That can work; a base with as many speakers is better.",
            "warning",
        )
    ]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
