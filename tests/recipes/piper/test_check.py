import builtins
import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from datasets import listed, settings, spoken, tone
from tuneyard.recipes.piper import check, fetch
from tuneyard.runner.problems import Problem, Report

TEXTS = {"a.wav": "The kettle is on.", "b.wav": "The train leaves.", "c.wav": "Thank you."}


def codes(report: Report) -> list[tuple[str, str, str]]:
    """All problems but the one that every small dataset has."""
    return [(p.code, p.severity, p.place) for p in report.problems if p.code != "data-little"]


def only(report: Report, code: str) -> Problem:
    (found,) = [problem for problem in report.problems if problem.code == code]
    return found


def test_a_good_dataset(tmp_path: Path) -> None:
    report = check.check(settings(spoken(tmp_path, TEXTS, seconds=1.5)))

    assert codes(report) == []
    assert report.not_checked == []
    assert report.facts == {
        "clips": 3,
        "seconds": 4.5,
        "histogram": [{"seconds": 0, "clips": 0}, {"seconds": 1, "clips": 3}],
        "sample_rates": {"22050": 3},
        "left_out": 0,
        "cache_bytes": pytest.approx(4.5 * 22050 * 12, rel=0.01),
        "speakers": {},
    }


def test_each_clip_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    rows = {f"{n}.wav": f"This is sentence number {n}." for n in range(1, 7)}
    spoken(tmp_path, rows)
    (tmp_path / "2.wav").write_bytes(b"no sound")
    tone(tmp_path / "3.wav", level=0.0)
    tone(tmp_path / "4.wav", level=4.0)
    tone(tmp_path / "5.wav", seconds=0.4)
    tone(tmp_path / "6.wav", seconds=16)

    report = check.check(settings(tmp_path))

    assert sorted(codes(report)) == [
        ("audio-unreadable", "error", "metadata.csv:2"),
        ("clip-clipped", "warning", "metadata.csv:4"),
        ("clip-long", "warning", "metadata.csv:6"),
        ("clip-short", "warning", "metadata.csv:5"),
        ("clip-silent", "error", "metadata.csv:3"),
    ]
    assert all(problem.next_step for problem in report.problems)
    assert report.facts["left_out"] == 2
    assert report.facts["clips"] == 3
    assert report.facts["histogram"][16] == {"seconds": 16, "clips": 1}


def test_many_problems_of_a_kind_are_folded(tmp_path: Path) -> None:
    lines = "".join(f"{n}|This is sentence number {n}.\n" for n in range(1, 101))
    tone(listed(tmp_path, lines) / "1.wav")

    report = check.check(settings(tmp_path))

    missing = [problem for problem in report.problems if problem.code == "audio-missing"]
    assert len(missing) == 21
    assert missing[-1].sentence == "… and 79 more like this."


def test_the_lists_own_problems_are_reported(tmp_path: Path) -> None:
    tone(listed(tmp_path, 'file|text\na|"Hello there.\nb|\n') / "a.wav")

    assert codes(check.check(settings(tmp_path))) == [
        ("text-empty", "error", "metadata.csv:3"),
        ("stray-quote", "warning", "metadata.csv:2"),
        ("header-row", "warning", "metadata.csv:1"),
    ]


def test_texts_are_read_as_piper_would(tmp_path: Path) -> None:
    report = check.check(settings(spoken(tmp_path, {**TEXTS, "d.wav": "Привет!", "e.wav": "…"})))

    assert codes(report) == [
        ("text-silent", "error", "metadata.csv:5"),
        ("text-foreign-letters", "warning", "metadata.csv:4"),
    ]


def test_an_alias_of_the_language_will_do(tmp_path: Path) -> None:
    assert codes(check.check(settings(spoken(tmp_path, TEXTS), language="en-gb"))) == []


def test_an_unknown_language_is_left_to_the_rules(tmp_path: Path) -> None:
    report = check.check(settings(spoken(tmp_path, TEXTS), language="elvish"))

    assert report.not_checked == ["The texts: the language is not known."]


def test_too_little(tmp_path: Path) -> None:
    report = check.check(settings(spoken(tmp_path, TEXTS), batch_size=4, validation_split=0.4))

    assert codes(report) == [("clips-few", "warning", "metadata.csv")]
    assert "2 clips" in only(report, "clips-few").sentence
    assert "3 seconds" in only(report, "data-little").sentence


def test_nothing_left(tmp_path: Path) -> None:
    report = check.check(settings(spoken(tmp_path, TEXTS), shortest_seconds=5.0))

    assert ("clips-none", "error", "metadata.csv") in codes(report)


def test_what_is_no_dataset(tmp_path: Path) -> None:
    assert codes(check.check(settings(tmp_path / "nowhere"))) == [
        ("dataset-not-found", "error", "")
    ]


def test_a_dataset_of_the_hub_is_not_checked_yet() -> None:
    report = check.check(settings("hf:me/voice"))

    assert report.problems == []
    assert len(report.not_checked) == 1


def test_a_zip_is_looked_into(tmp_path: Path) -> None:
    spoken(tmp_path / "voice", TEXTS)
    tone(tmp_path / "voice" / "b.wav", level=0.0)
    with zipfile.ZipFile(tmp_path / "voice.zip", "w") as archive:
        for file in (tmp_path / "voice").iterdir():
            archive.write(file, file.relative_to(tmp_path))

    report = check.check(settings(tmp_path / "voice.zip"))

    assert codes(report) == [("clip-silent", "error", "metadata.csv:2")]
    assert {path.name for path in tmp_path.iterdir()} == {"voice", "voice.zip"}


def test_a_zip_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "voice.zip").write_text("?")

    assert codes(check.check(settings(tmp_path / "voice.zip"))) == [
        ("archive-damaged", "error", "")
    ]


@pytest.mark.parametrize(
    ("missing", "not_checked"),
    [
        ("soundfile", "The sound (length, rate, clipping, silence)"),
        ("numpy", "Clipping and silence"),
        ("piper", "How Piper speaks the texts"),
    ],
)
def test_what_needs_a_missing_library_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, not_checked: str
) -> None:
    spoken(tmp_path, {**TEXTS, "d.wav": "Привет!"})
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    report = check.check(settings(tmp_path))

    (sentence,) = report.not_checked
    assert sentence.startswith(not_checked)
    assert missing in sentence
    assert codes(report) == [("text-foreign-letters", "warning", "metadata.csv:4")]


# --- the base


BASE: dict[str, Any] = {"quality": "medium", "sample_rate": 22050, "speakers": 1, "epoch": 100}


@pytest.mark.parametrize(
    ("changes", "facts", "problem"),
    [
        ({}, {}, None),
        ({}, {"quality": "low"}, None),
        ({}, {"quality": None, "sample_rate": None, "speakers": None, "epoch": None}, None),
        ({}, {"quality": "high"}, ("base-quality", "error")),
        ({"quality": "x-low", "sample_rate": 22050}, {}, ("base-quality", "error")),
        ({"quality": "low"}, {}, ("base-rate", "error")),
        ({"sample_rate": 44100}, {}, ("base-rate", "error")),
        ({}, {"speakers": 4}, ("base-speakers", "warning")),
        ({"base_use": "resume"}, {"speakers": 4}, ("base-speakers", "error")),
        ({"speakers": "several"}, {}, ("base-speakers", "warning")),
        ({"speakers": "several"}, {"speakers": 3}, None),
        ({"base_use": "resume", "until_epoch": 100}, {}, ("until-epoch", "error")),
        ({"base_use": "resume", "until_epoch": 101}, {}, None),
        ({"base_use": "warm-start", "until_epoch": 50}, {}, None),
    ],
)
def test_whether_a_base_fits(
    changes: dict[str, Any], facts: dict[str, Any], problem: tuple[str, str] | None
) -> None:
    found = check.check_base(settings("", **changes), {**BASE, **facts}, 3)

    assert [(p.code, p.severity) for p in found] == ([problem] if problem else [])
    assert all(p.field and p.next_step for p in found)


def test_of_a_base_in_the_table_the_speakers_are_compared(tmp_path: Path) -> None:
    spoken(tmp_path, TEXTS)

    one = check.check(settings(tmp_path, base="en_US/lessac/medium"))
    many = check.check(settings(tmp_path, base="en_GB/vctk/medium"))

    assert codes(one) == []
    assert codes(many) == [("base-speakers", "warning", "")]
    assert "109 speakers" in only(many, "base-speakers").sentence


def test_a_base_of_ones_own_is_checked_by_what_its_file_holds(tmp_path: Path) -> None:
    chosen = settings(spoken(tmp_path, TEXTS), base="/home/me/a.ckpt")

    assert "its file is looked at" in check.check(chosen).not_checked[0]
    assert codes(check.check(chosen, base={"quality": "high"})) == [("base-quality", "error", "")]


# --- the disk


def test_too_little_disk(tmp_path: Path) -> None:
    chosen = settings(spoken(tmp_path, TEXTS))

    enough = check.check(chosen, free_bytes=5 * 10**9, needed_bytes=5 * 10**9)
    full = check.check(chosen, free_bytes=10**9, needed_bytes=5 * 10**9)

    assert codes(enough) == []
    assert codes(full) == [("disk-full", "error", "")]
    assert "5.0 GB" in only(full, "disk-full").sentence


# --- the step


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(dataset: Path, **changes: Any) -> tuple[int, dict[str, Any]]:
    Path("settings.json").write_text(json.dumps(settings(dataset, **changes)))
    assert fetch.main([]) == 0
    return check.main([]), json.loads(Path("check.json").read_text())


def test_the_step_leaves_out_what_cannot_be_trained_on(
    tmp_path: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken(tmp_path / "set", TEXTS)
    tone(tmp_path / "set" / "b.wav", seconds=16)

    code, report = run(tmp_path / "set")

    assert code == 0
    assert report["facts"]["left_out"] == 1
    data = json.loads((work / "data.json").read_text())
    assert (data["clips"], data["seconds"]) == (2, 2.0)
    assert data["source"]["folder"] == str(tmp_path / "set")
    with open(work / "metadata.csv", encoding="utf-8") as file:
        assert [row[0] for row in csv.reader(file, delimiter="|")] == ["a.wav", "c.wav"]
    out = capsys.readouterr().out
    assert "warning, metadata.csv:2: b.wav is 16.0 seconds long, more than 15." in out
    assert "2 clips, 2 seconds: ready to train on." in out


def test_a_longer_bound_brings_the_clip_back(tmp_path: Path, work: Path) -> None:
    spoken(tmp_path / "set", TEXTS, seconds=2)

    first = run(tmp_path / "set", longest_seconds=1.9)[0]
    data = json.loads((work / "data.json").read_text())
    assert (first, data["clips"]) == (1, 3)
    (work / "settings.json").write_text(json.dumps(settings(tmp_path / "set")))

    assert check.main([]) == 0
    assert json.loads((work / "data.json").read_text())["clips"] == 3


def test_the_speakers_of_clips_that_are_left_out_are_not_counted(
    tmp_path: Path, work: Path
) -> None:
    spoken(
        tmp_path / "set",
        {
            "a.wav": "ada|The first of the sentences.",
            "b.wav": "bob|The second of the sentences.",
            "c.wav": "cid|The third of the sentences.",
            "d.wav": "cid|The fourth of the sentences.",
            "e.wav": "cid|The fifth of the sentences.",
        },
    )
    tone(tmp_path / "set" / "a.wav", seconds=0.1)

    code, report = run(tmp_path / "set", speakers="several")

    assert code == 0
    assert report["facts"]["speakers"] == {"bob": 1, "cid": 3}
    assert json.loads((work / "data.json").read_text())["speakers"] == {"bob": 0, "cid": 1}


def test_the_step_ends_on_an_error_in_words(
    tmp_path: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken(tmp_path / "set", TEXTS)
    (tmp_path / "set" / "b.wav").unlink()

    code, report = run(tmp_path / "set")

    assert code == 1
    assert [p["code"] for p in report["problems"] if p["severity"] == "error"] == ["audio-missing"]
    assert "error, metadata.csv:2: There is no sound file b.wav." in capsys.readouterr().out
    assert (work / "data.json").exists()
