import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import READS

RUN = """
import sys
from tuneyard.recipes.diffusion_pipe.prepare import fetch_data
sys.exit(fetch_data.main([]))
"""
PICTURES = {
    "a.png": os.urandom(3000),
    "a.txt": b"a cat",
    "more/b.png": os.urandom(3000),
    "README.md": b"---\n---\n",
}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as there:
        there.token(READS, "alice")
        there.add("alice/cats", PICTURES, kind="dataset")
        yield there


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def bring(
    there: FakeHub, here: Path, *paths: str, evaluation: str = "", **env: str
) -> tuple[int, str, dict[str, Any]]:
    sets = [{"name": "eval", "path": evaluation}] if evaluation else []
    settings = {"directories": [{"path": path} for path in paths], "evaluation": sets}
    (here / "settings.json").write_text(json.dumps({"format": 1, **settings}))
    (here / "data.json").unlink(missing_ok=True)
    ran = there.python(RUN, cwd=here, **env)
    assert not ran.stderr, ran.stderr
    found = here / "data.json"
    return ran.returncode, ran.stdout, json.loads(found.read_text()) if found.exists() else {}


def test_folders_are_used_where_they_are(there: FakeHub, here: Path) -> None:
    for name in ("one", "two 2", "other"):
        (here / name).mkdir()
    code, _, found = bring(
        there, here, str(here / "one"), str(here / "two 2"), evaluation=str(here / "other")
    )
    assert code == 0
    assert found == {
        "format": 1,
        "directories": [{"path": str(here / "one")}, {"path": str(here / "two 2")}],
        "evaluation": [{"path": str(here / "other")}],
    }
    assert there.asked == []


def test_a_folder_that_isnt_there_is_told(there: FakeHub, here: Path) -> None:
    code, said, found = bring(there, here, str(here / "nothing"))
    assert code == 1
    assert f"There is no folder {here / 'nothing'}." in said
    assert not found


def test_a_dataset_of_the_hub_comes_once(there: FakeHub, here: Path) -> None:
    code, said, found = bring(there, here, "hf:alice/cats", evaluation="hf:alice/cats/more")
    assert code == 0, said
    commit = there.repositories["dataset", "alice/cats"].refs["main"]
    folder = here / "home" / "cache" / "datasets" / "alice--cats" / commit
    assert found["directories"] == [
        {"path": str(folder), "name": "hf:alice/cats", "commit": commit}
    ]
    assert found["evaluation"][0]["path"] == str(folder / "more")
    assert (folder / "a.png").read_bytes() == PICTURES["a.png"]
    assert (folder / "more" / "b.png").read_bytes() == PICTURES["more/b.png"]
    there.asked.clear()
    assert bring(there, here, "hf:alice/cats")[0] == 0
    assert not there.requests("/resolve/")


def test_what_was_taken_out_is_not_trained_on(there: FakeHub, here: Path) -> None:
    first = bring(there, here, "hf:alice/cats")[2]["directories"][0]["path"]
    repository = there.repositories["dataset", "alice/cats"]
    there.commit(repository, {"c.png": b"new"}, ["a.png"], "other pictures")
    second = bring(there, here, "hf:alice/cats")[2]["directories"][0]["path"]
    assert not Path(second, "a.png").exists()
    assert Path(second, "c.png").exists()
    assert Path(first, "a.png").exists()  # another job may be training on it


def test_of_a_dataset_a_folder_alone_can_be_had(there: FakeHub, here: Path) -> None:
    code, said, found = bring(there, here, "hf:alice/cats/more")
    assert code == 0, said
    folder = Path(found["directories"][0]["path"])
    assert [path.name for path in folder.iterdir()] == ["b.png"]
    assert not (folder.parent / "a.png").exists()
    assert bring(there, here, "hf:alice/cats")[0] == 0  # all of it comes when it is asked for
    assert (folder.parent / "a.png").exists()


def test_without_the_hub_what_came_earlier_is_used(there: FakeHub, here: Path) -> None:
    before = bring(there, here, "hf:alice/cats")[2]
    code, said, found = bring(there, here, "hf:alice/cats", HF_ENDPOINT="http://127.0.0.1:9")
    assert code == 0
    assert "Using hf:alice/cats as it was fetched earlier." in said
    assert found == before
    assert bring(there, here, "hf:alice/dogs", HF_ENDPOINT="http://127.0.0.1:9")[0] == 1


def test_what_broke_off_is_not_taken_for_whole(there: FakeHub, here: Path) -> None:
    there.fail("/resolve/", 500, times=999)
    assert bring(there, here, "hf:alice/cats")[0] == 1
    there.faults.clear()
    code, _, found = bring(there, here, "hf:alice/cats")
    assert code == 0
    assert Path(found["directories"][0]["path"], "a.png").read_bytes() == PICTURES["a.png"]


def test_a_private_one_comes_with_the_token(there: FakeHub, here: Path) -> None:
    there.add("alice/own", PICTURES, kind="dataset", private=True)
    assert bring(there, here, "hf:alice/own")[0] == 1
    code, said, _ = bring(there, here, "hf:alice/own", HF_READ_TOKEN=READS)
    assert code == 0, said
    assert READS not in said


def test_pictures_in_tables_are_told(there: FakeHub, here: Path) -> None:
    there.add("lab/tables", {"data/train.parquet": b"PAR1", "README.md": b""}, kind="dataset")
    code, said, _ = bring(there, here, "hf:lab/tables")
    assert code == 1
    assert "inside Parquet files" in said
    there.add("lab/words", {"a.txt": b"only words"}, kind="dataset")
    code, said, _ = bring(there, here, "hf:lab/words")
    assert code == 1
    assert "has no pictures or clips" in said
