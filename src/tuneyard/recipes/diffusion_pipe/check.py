"""Looks through a dataset before anything is trained on it: at home, and as a step.

The step runs under the trainer's own Python, where every library is, and when all was fetched.
At home, what lies on the Hub or can't be read is listed as not checked; the model's files are
looked at there alone (`data.at_home`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.data import asked, buckets, folder, media, sets
from tuneyard.recipes.diffusion_pipe.data.report import count, describe, listed, of_folder
from tuneyard.runner.folder import read_json, read_json_or, write_json
from tuneyard.runner.problems import Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuneyard.recipes.diffusion_pipe.data.folder import Reader


@dataclass
class Findings:
    """`sets` are those that could be counted whole, by name."""

    report: Report = field(default_factory=Report)
    sets: dict[str, sets.Set] = field(default_factory=dict)


def check(settings: Mapping[str, Any], **_facts: Any) -> Report:
    """All that can be known here before a job starts; nothing is written."""
    from tuneyard.recipes.diffusion_pipe.at_home import known  # noqa: PLC0415 - not in pods

    report = known.report(settings)
    report.extend(_examined(settings, {}, known.clip).report)
    return report


def main(_argv: list[str]) -> int:
    """The step: leaves ``check.json`` and ``buckets.json``.

    1 when there is a problem that would end the training or make it hang, each in words.
    """
    settings, data = read_json(Path("settings.json")), read_json(Path("data.json"))
    places = read_json_or(Path("models.json"), {})
    settings = {
        **settings,
        **{name: _located(settings[name], data[name]) for name in ("directories", "evaluation")},
    }
    found = _examined(settings, places, None)
    _call_by_name(found.report, data)
    write_json(Path("check.json"), found.report.as_json())
    facts = {name: found.report.facts.get(name) for name in ("steps", "steps_per_epoch")}
    counted = {name: each.as_json() for name, each in found.sets.items()}
    write_json(Path("buckets.json"), {"sets": counted, **facts})
    return _tell(found.report)


def _call_by_name(report: Report, data: Mapping[str, Any]) -> None:
    """What lies in a cache is called as the user did: ``hf:owner/name``."""
    for place in (*data["directories"], *data["evaluation"]):
        if name := place.get("name"):
            report.problems = [
                replace(
                    each,
                    sentence=each.sentence.replace(place["path"], name),
                    next_step=each.next_step.replace(place["path"], name),
                    place=each.place.replace(place["path"], name),
                )
                for each in report.problems
            ]
            report.not_checked = [each.replace(place["path"], name) for each in report.not_checked]


def _tell(report: Report) -> int:
    for problem in report.problems:
        print(describe(problem))
    for sentence in report.not_checked:
        print(f"not checked: {sentence}")
    if errors := report.errors:
        more = len(errors) - 1
        verb = "is" if more == 1 else "are"
        also = f" There {verb} {count(more, 'more problem')}, see the log." if more else ""
        replace(errors[0], sentence=errors[0].sentence + also).tell()
        return 1
    if steps := report.facts.get("steps"):
        each = report.facts["steps_per_epoch"]
        print(f"{count(steps, 'step')}, {each:,} an epoch: ready to train.")
    return 0


def _located(
    entries: Sequence[Mapping[str, Any]], places: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    return [{**entry, "path": place["path"]} for entry, place in zip(entries, places, strict=True)]


def _examined(
    settings: Mapping[str, Any], places: Mapping[str, Any], videos: Reader | None
) -> Findings:
    found = Findings()
    rates = asked.rates(settings, places)
    if not rates.sure:
        found.report.not_checked.append(
            "Which Wan it is: counted as one of 16 frames a second. Its files tell."
        )
    looked: dict[str, folder.Folder] = {}
    tables = []
    for name, entries in asked.sets(settings):
        if not entries:
            continue  # that there is no dataset is a problem of the settings, see rules.py
        if away := [entry["path"] for entry in entries if entry["path"].startswith("hf:")]:
            found.report.not_checked.append(
                f"{listed(away)}: on the Hub, and looked through when the job starts."
            )
        here = [entry for entry in entries if entry["path"] and not entry["path"].startswith("hf:")]
        folders = []
        for entry in here:
            each, new = _folder(settings, entry, looked, videos)
            folders.append(each)
            if new:
                found.report.problems += of_folder(each.problems, _place(settings, name, entry))
                found.report.not_checked += _unread(entry["path"], each)
        if len(here) < len(entries) or any(each.broken or each.unread for each in folders):
            continue
        try:
            counted = sets.counted(settings, name, here, folders, rates)
        except ValueError:
            continue  # as well
        found.sets[name] = counted
        found.report.problems += counted.problems
        tables.append(sets.table(settings, counted, rates))
    found.report.facts |= _facts(settings, found.sets.get(asked.TRAINING))
    found.report.facts["tables"] = tables
    return found


def _folder(
    settings: Mapping[str, Any],
    entry: Mapping[str, Any],
    looked: dict[str, folder.Folder],
    videos: Reader | None,
) -> tuple[folder.Folder, bool]:
    """Looked through once for each way in which it is used, and whether this was that time."""
    wanted = asked.of_folder(settings, entry)
    key = repr([wanted[name] for name in folder.ASKED])
    new = key not in looked
    if new:
        looked[key] = folder.look(entry["path"], wanted, videos)
    return looked[key], new


def _place(settings: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> str:
    """Where among the settings a folder of a set is named."""
    table = "directories" if name == asked.TRAINING else "evaluation"
    paths = [each["path"] for each in settings[table]]
    return f"{table}.{paths.index(entry['path'])}.path"


def _unread(path: str, found: folder.Folder) -> list[str]:
    said = []
    if found.unread:
        why = "Pillow, and PyAV for videos" if not media.pictures_known() else "PyAV (av)"
        them = "it" if len(found.unread) == 1 else "them"
        said.append(
            f"{count(len(found.unread), 'file')} in {path} ({listed(found.unread)}), and with"
            f" {them} the number of steps: it needs the Python package {why}."
        )
    if found.guessed:
        said.append(
            f"How long {listed(found.guessed)} in {path} really are: their heads don’t say for"
            " sure. The trainer may count otherwise; .mp4 files are certain."
        )
    return said


def _facts(settings: Mapping[str, Any], training: sets.Set | None) -> dict[str, Any]:
    if training is None or not training.plan.steps_per_epoch:
        return {}
    each = training.plan.steps_per_epoch
    return {
        "items": training.plan.items,
        "steps_per_epoch": each,
        "steps": buckets.total(each, settings["epochs"], settings["max_steps"]),
    }
