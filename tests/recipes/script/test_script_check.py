from pathlib import Path
from typing import Any

import pytest

from recipes.script.scripts import complete
from tuneyard.recipes.script.check import check


def told(**settings: Any) -> list[tuple[str, str, str, str]]:
    """Code, field, severity and place of each problem."""
    report = check(complete(**settings))
    return [(p.code, p.field, p.severity, p.place) for p in report.problems]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"script": "#!/bin/bash\r\nif true; then echo; fi\r\n"},
        {"script": "#!/usr/bin/env python3\nprint('hello')\n"},
        {"script": "#!/usr/bin/perl -w\nis not read\n", "interpreter": "sh"},
        {"script": "x", "interpreter": "bash 'x"},
        {"source": "file"},
        {"source": "folder"},
    ],
)
def test_nothing_is_said_of_what_is_fine_or_told_by_the_rules(settings: dict[str, str]) -> None:
    assert told(**settings) == []


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    assert told(source="file", file=str(tmp_path / "x.py")) == [
        ("file-missing", "file", "error", "")
    ]
    assert told(source="folder", files=str(tmp_path), entry="x.py") == [
        ("file-missing", "entry", "error", "")
    ]
    missing = str(tmp_path / "none")
    assert ("files-missing", "files", "error", "") in told(script="#!/bin/sh\n", files=missing)


def test_a_file_of_no_known_language_is_told(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("echo")
    assert told(source="file", file=str(tmp_path / "train")) == [
        ("language", "interpreter", "error", "")
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("train.py", "import os\ndef f(:\n    pass\n", 2),
        ("train.sh", "echo one\nif true; then\necho two\nfi fi\n", 4),
    ],
)
def test_mistakes_of_the_language_are_told_with_their_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    (tmp_path / name).write_text(text)
    assert told(source="file", file=str(tmp_path / name)) == [
        ("syntax", "file", "warning", f"{name}:{line}")
    ]


def test_an_interpreter_that_is_missing_here_may_be_there_elsewhere() -> None:
    assert told(script="#!/usr/bin/nobody-has-this\n") == [
        ("interpreter", "interpreter", "warning", "")
    ]


def test_an_address_is_not_asked() -> None:
    report = check(complete(source="address", address="https://example.org/x.sh?key=1"))
    assert report.problems == []
    assert report.not_checked == [
        "The script at https://example.org/x.sh: it is fetched when the job starts."
    ]


def test_a_large_folder_is_better_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuneyard.recipes.script.check._MOST", 2)
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    settings = {"script": "#!/bin/sh\n", "files": str(tmp_path)}
    assert told(**settings) == [("files-large", "files", "warning", "")]
    assert told(**settings, files_use="path") == []
