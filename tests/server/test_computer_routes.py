"""Figures, disk and places of this computer over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.calling import Api


@pytest.fixture
def server(home: Path) -> Iterator[Api]:
    api = Api.of(home)
    with api.client:
        yield api


def test_figures(server: Api, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEYARD_GPUS", "fake-0")
    found = server.get("/system").json()
    assert found["cpu"]["cores"] >= 1
    assert found["disks"][0]["path"] == str(home)
    assert [(gpu["id"], gpu["rehearsal"]) for gpu in found["gpus"]] == [("fake-0", True)]


def test_the_disk_and_cleaning_it(server: Api, home: Path) -> None:
    (home / "envs" / "unused").mkdir(parents=True)
    (home / "envs" / "unused" / "torch.so").write_bytes(b"x" * 8192)
    looked = server.get("/disk").json()
    (item,) = looked["groups"][0]["items"]
    assert (looked["complete"], item["id"], item["state"]) == (True, "envs/unused", "unused")
    done = server.post("/disk/clean", {"items": [item["id"], "envs/../jobs"]}).json()
    assert done["items"] == ["envs/unused"]
    assert done["freed"] >= 8192
    assert [refused["id"] for refused in done["refused"]] == ["envs/../jobs"]
    assert not (home / "envs" / "unused").exists()
    assert server.post("/disk/clean", {"items": []}).status_code == 422


def test_places(server: Api, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data.zip").write_bytes(b"123")
    answer = server.get("/places", params={"path": "dat"})
    assert [place["path"] for place in answer.json()] == [
        f"{tmp_path}/data/",
        f"{tmp_path}/data.zip",
    ]
    assert {place["path"] for place in server.get("/places").json()} == {f"{tmp_path}/", f"{home}/"}
    for path in ("/etc/", "../", "~root/", "\0"):
        assert server.get("/places", params={"path": path}).json() == []
    assert server.get("/places", params={"path": "x" * 5000}).status_code == 422
