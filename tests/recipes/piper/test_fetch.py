import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datasets import listed
from tuneyard.recipes import hub
from tuneyard.recipes.piper import fetch
from tuneyard.runner.problems import Problem

LIST = "a|One.\nb|Two.\n"
CLIPS = ("wavs/a.wav", "wavs/b.wav")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(dataset: str, speakers: str = "single") -> tuple[int, dict[str, Any]]:
    Path("settings.json").write_text(json.dumps({"dataset": dataset, "speakers": speakers}))
    code = fetch.main([])
    return code, json.loads(Path("data.json").read_text()) if code == 0 else {}


def rows(work: Path) -> list[list[str]]:
    with open(work / "metadata.csv", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="|"))


def archived(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return path


def test_a_folder_is_used_where_it_is(tmp_path: Path, work: Path) -> None:
    listed(tmp_path / "voice", LIST, CLIPS)

    code, data = run(str(tmp_path / "voice"))

    assert code == 0
    assert data == {
        "format": 1,
        "csv": "metadata.csv",
        "audio_dir": str(tmp_path / "voice"),
        "speakers": {},
        "clips": 2,
        "seconds": None,
        "source": {
            "kind": "folder",
            "folder": str(tmp_path / "voice"),
            "name": str(tmp_path / "voice"),
        },
    }
    assert rows(work) == [["wavs/a.wav", "One."], ["wavs/b.wav", "Two."]]
    assert sorted(path.name for path in work.iterdir()) == [
        "data.json",
        "metadata.csv",
        "settings.json",
    ]


def test_several_speakers(tmp_path: Path, work: Path) -> None:
    text = "a|zoe|A first text.\nb|adam|A second text.\nc|zoe|A third text.\n"
    listed(tmp_path / "voice", text, (*CLIPS, "wavs/c.wav"))

    code, data = run(str(tmp_path / "voice"), "several")

    assert (code, data["speakers"]) == (0, {"zoe": 0, "adam": 1})
    assert rows(work)[1] == ["wavs/b.wav", "adam", "A second text."]


def test_an_archive_is_unpacked_and_again(
    tmp_path: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = archived(tmp_path / "voice.zip", listed(tmp_path / "voice", LIST, CLIPS))

    first = run(str(archive))

    assert first == run(str(archive))
    assert first[1]["source"]["kind"] == "archive"
    assert first[1]["audio_dir"] == str(work / "dataset" / "voice")
    assert rows(work) == [["wavs/a.wav", "One."], ["wavs/b.wav", "Two."]]
    assert "Unpacked 3 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "There is no folder"),
        ("broken.zip", "broken.zip is damaged"),
        ("f", "no folder"),
    ],
)
def test_what_is_no_dataset_ends_in_words(
    tmp_path: Path, work: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / "broken.zip").write_text("not a zip")
    (tmp_path / "f").touch()

    assert run(str(tmp_path / name))[0] == 1

    last = capsys.readouterr().out.rpartition("Problem: ")[2]
    assert said in last
    assert [path.name for path in work.iterdir()] == ["settings.json"]


Arrive = Callable[[Path], None]


@pytest.fixture
def hub_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Arrive], list[tuple[str, str]]]:
    """A Hub whose dataset is what the given function writes; the list has what was asked for."""

    def set_up(arrive: Arrive) -> list[tuple[str, str]]:
        asked = []

        def fetch_dataset(repository: str, revision: str, folder: Path) -> str:
            asked.append((repository, revision))
            folder.mkdir(exist_ok=True)
            arrive(folder)
            return "c0ffee"

        monkeypatch.setattr(hub, "fetch_dataset", fetch_dataset)
        return asked

    return set_up


@pytest.mark.parametrize(
    ("name", "asked"),
    [("hf:me/voice", ("me/voice", "")), ("hf:me/voice@v2", ("me/voice", "v2"))],
)
def test_a_dataset_of_the_hub(
    work: Path,
    hub_with: Callable[[Arrive], list[tuple[str, str]]],
    name: str,
    asked: tuple[str, str],
) -> None:
    questions = hub_with(lambda folder: _write(folder, LIST, CLIPS))

    code, data = run(name)

    assert code == 0
    assert questions == [asked]
    assert data["source"] == {
        "kind": "hub",
        "folder": str(work / "dataset"),
        "name": name,
        "commit": "c0ffee",
    }
    assert rows(work)[0] == ["wavs/a.wav", "One."]


@pytest.mark.parametrize("beside", [True, False])
def test_an_archive_in_a_dataset_of_the_hub(
    tmp_path: Path,
    work: Path,
    hub_with: Callable[[Arrive], list[tuple[str, str]]],
    beside: bool,
) -> None:
    inner = tmp_path / "wavs"
    if beside:
        listed(inner, "", ("a.wav", "b.wav"))
        (inner / "metadata.csv").unlink()
    else:
        listed(inner, LIST, ("a.wav", "b.wav"))
    archive = archived(tmp_path / "wavs.zip", inner).read_bytes()

    def arrive(folder: Path) -> None:
        (folder / "README.md").write_text("A voice.")
        (folder / "wavs.zip").write_bytes(archive)
        if beside:
            (folder / "metadata.csv").write_text(LIST)

    hub_with(arrive)

    first = run("hf:me/voice")

    assert first[0] == 0
    assert first[1]["clips"] == 2
    assert run("hf:me/voice") == first
    for file, _ in rows(work):
        assert Path(first[1]["audio_dir"], file).is_file()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("data/train-0.parquet",), "Parquet"),
        (("a.zip", "b.zip"), "2 archives"),
        (("README.md",), "no sound files"),
    ],
)
def test_a_dataset_of_the_hub_that_cannot_be_used(
    work: Path,
    hub_with: Callable[[Arrive], list[tuple[str, str]]],
    capsys: pytest.CaptureFixture[str],
    files: tuple[str, ...],
    said: str,
) -> None:
    hub_with(lambda folder: _write(folder, LIST, files))

    assert run("hf:me/voice")[0] == 1
    assert said in capsys.readouterr().out
    assert not (work / "data.json").exists()


def test_what_the_hub_refuses_is_said(
    work: Path,
    hub_with: Callable[[Arrive], list[tuple[str, str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_: Path) -> None:
        raise hub.HubError(Problem("There is no dataset me/voice.", "hub-missing"))

    hub_with(refuse)

    assert run("hf:me/voice")[0] == 1
    assert capsys.readouterr().out == "Problem: There is no dataset me/voice.\n"
    assert not (work / "data.json").exists()


def _write(folder: Path, text: str, files: tuple[str, ...]) -> None:
    listed(folder, text, files)
