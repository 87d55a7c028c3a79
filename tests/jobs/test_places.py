import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuneyard.jobs.places import MOST, roots, suggest


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The user's directory, with what lies outside of it beside it."""
    own = tmp_path / "own"
    for folder in ("data/wavs", "data/.hidden", "Desktop", "locked"):
        (own / folder).mkdir(parents=True)
    (own / "data" / "clips.zip").write_bytes(b"12345")
    (own / "data" / "base.CKPT").touch()
    (own / "data" / "notes.txt").touch()
    (tmp_path / "own-evil" / "secret").mkdir(parents=True)
    (own / "out").symlink_to(tmp_path / "own-evil")
    (own / "in").symlink_to(own / "data")
    return own


def names(typed: object, *allowed: Path) -> list[str]:
    return [place["name"] for place in suggest(str(typed), allowed)]


def test_folders_zips_and_checkpoints_are_suggested(own: Path) -> None:
    assert suggest(f"{own}/data/", [own]) == [
        {"path": f"{own}/data/wavs/", "name": "wavs", "kind": "folder", "bytes": None},
        {"path": f"{own}/data/base.CKPT", "name": "base.CKPT", "kind": "file", "bytes": 0},
        {"path": f"{own}/data/clips.zip", "name": "clips.zip", "kind": "file", "bytes": 5},
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("d", ["data", "Desktop"]),
        ("~/da", ["data"]),
        ("~", ["Desktop", "data", "in", "locked"]),
        ("data", ["data"]),
        ("data/", ["wavs", "base.CKPT", "clips.zip"]),
        ("data/.", ["wavs", "base.CKPT", "clips.zip"]),
        ("data/.h", [".hidden"]),
        ("data/../d", ["data", "Desktop"]),
        ("in/c", ["clips.zip"]),
        ("nothing/x", []),
        ("data/clips.zip/", []),
        ("out/", []),
        ("..", []),
        ("../own-evil/", []),
        ("/", []),
        ("/etc/", []),
        ("data/\0", []),
        ("~root/", []),
        ("x" * 5000, []),
        ("x/" * 5000, []),
    ],
)
def test_what_is_typed_stays_in_the_places_that_are_allowed(
    own: Path, typed: str, found: list[str]
) -> None:
    assert sorted(names(typed, own)) == sorted(found)


def test_nothing_typed_suggests_the_places_themselves(own: Path, home: Path) -> None:
    assert [place["path"] for place in suggest(" ", [own, home, own / "gone"])] == [
        f"{own}/",
        f"{home}/",
    ]


def test_a_place_that_is_a_link_is_where_it_leads(own: Path) -> None:
    assert "wavs" in names(f"{own}/in/", own / "in")
    assert "wavs" in names(f"{own}/data/", own / "in")
    assert names(f"{own}/", own / "in") == []


def test_at_most_so_many(own: Path) -> None:
    for number in range(MOST + 10):
        (own / f"many-{number:03d}").mkdir()
    found = names("many", own)
    assert len(found) == MOST
    assert found == sorted(found)


def test_a_folder_that_can_not_be_read_suggests_nothing(own: Path) -> None:
    (own / "loop").symlink_to(own / "loop")
    assert names("loop/", own) == []
    assert "loop" not in names("", own / "data")
    (own / "locked").rmdir()
    assert names("locked/", own) == []


def test_the_usual_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.chdir(home.parent)
    assert roots(home) == [home.parent, home]


def test_a_working_directory_that_is_gone_is_no_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(home.parent))
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert roots(home) == [home.parent, home]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="./~ dataowns-evil\0\udcff", max_size=30))
def test_whatever_is_typed_leads_nowhere_else(own: Path, typed: str) -> None:
    for place in suggest(typed, [own]):
        assert os.path.realpath(place["path"]).startswith(str(own))
        assert "evil" not in os.path.realpath(place["path"])
