"""Settings that are lists of tables: found, named by place, and set."""

from typing import Any

import pytest
from pydantic import BaseModel

from tuneyard.fields import (
    ALL,
    Reads,
    reads_at,
    said_at_stop,
    setting,
    tables,
    texts,
    widget_of,
    with_value,
)

FLAT = Reads(inside=False, without=(".db",))


class Folder(BaseModel):
    path: str = setting("", "Folder", "Where it lies.", widget="path", reads=FLAT)
    repeats: int = setting(1, "Repeats", "How often.")


class Model(BaseModel):
    folders: list[Folder] = setting([], "Folders", "What to read.")
    files: list[str] = setting([], "Files", "What to merge.", widget="model-file")
    counts: list[int] = setting([], "Counts", "How many.")
    table: dict[str, str] = setting({}, "Table", "By name.")
    name: str = setting("", "Name", "What it is called.")


VALUES: dict[str, Any] = {
    "folders": [{"path": "a", "repeats": 2}, {"path": "b", "repeats": 1}],
    "files": ["x", "y"],
    "counts": [1],
    "table": {"KEY": "value"},
    "name": "n",
}


def test_lists_of_tables_are_told_from_other_lists() -> None:
    assert tables(Model) == {"folders": Folder}
    assert tables(Folder) == {}


def test_a_switch_may_say_what_a_stop_does_more() -> None:
    class Kept(BaseModel):
        kind: str = setting("adapter", "Kind", "What is trained.")
        last: bool = setting(True, "Last", "At a stop.", at_stop="A last one is saved.")
        report: bool = setting(
            False, "Report", "At a stop.", at_stop="Told.", shown_when={"kind": "full"}
        )

    assert said_at_stop(Kept, {"kind": "adapter", "last": True, "report": True}) == [
        "A last one is saved."
    ]
    assert said_at_stop(Kept, {"kind": "full", "last": False, "report": True}) == ["Told."]
    assert said_at_stop(Model, VALUES) == []


def test_every_text_has_its_place_and_its_widget() -> None:
    assert list(texts(Model, VALUES)) == [
        ("folders.0.path", "path", "a"),
        ("folders.1.path", "path", "b"),
        ("files.0", "model-file", "x"),
        ("files.1", "model-file", "y"),
        ("name", "", "n"),
    ]
    assert widget_of(Folder, "path") == "path"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("name", "m"),
        ("folders.1.path", "c"),
        ("folders.1", {"path": "c"}),
        ("files.0", "z"),
        ("table.KEY", "other"),
        ("table.NEW", "other"),
    ],
)
def test_a_value_is_set_at_its_place_and_nowhere_else(place: str, value: Any) -> None:
    found: Any = with_value(VALUES, place, value)
    before: Any = VALUES
    for step in place.split(".")[:-1]:
        found, before = (each[int(step) if step.isdigit() else step] for each in (found, before))
    last: Any = place.rpartition(".")[2]
    last = int(last) if last.isdigit() else last
    assert found[last] == value
    assert last not in before or before[last] != value  # what was given is left as it was


def test_the_place_after_the_last_row_is_a_new_one() -> None:
    assert with_value(VALUES, "folders.2.path", "c")["folders"][2] == {"path": "c"}
    assert with_value(VALUES, "files.2", "z")["files"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    "place", ["folders.3.path", "folders.first.path", "nothing.path", "name.path", "counts.0.path"]
)
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises((LookupError, ValueError, TypeError)):
        with_value(VALUES, place, "c")


def test_what_is_read_of_a_folder_is_said_at_its_setting() -> None:
    assert reads_at(Model, "folders.1.path") == FLAT
    assert reads_at(Model, "files.0") == reads_at(Model, "name") == ALL
    schema = Folder.model_json_schema()["properties"]
    assert schema["path"]["reads"] == {"inside": False, "without": [".db"], "archive": True}
    assert "reads" not in schema["repeats"]


@pytest.mark.parametrize(
    ("reads", "name", "taken"),
    [
        (ALL, "wavs/a.wav", True),
        (ALL, "wavs/.a.wav", False),
        (ALL, "__MACOSX/a.wav", False),
        (ALL, "Thumbs.db", False),
        (FLAT, "a.png", True),
        (FLAT, "cache/a.png", False),
        (FLAT, "a.db", False),
    ],
)
def test_a_file_is_read_or_not(reads: Reads, name: str, *, taken: bool) -> None:
    assert reads.takes(name) is taken
