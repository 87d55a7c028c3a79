import os
from pathlib import Path
from typing import NamedTuple, Self

import pytest

from between import QUICK, TOKENLESS, proxied
from faces import TOKEN, pods_folder, served
from tuneyard.jobs.inputs import InputsError, Progress, download
from tuneyard.runner.folder import JobFolder


@pytest.fixture
def voice(home: Path) -> Path:
    path = pods_folder(home).outputs / "ein ü.onnx"
    path.write_bytes(os.urandom(600_000))
    return path


class Listed(NamedTuple):
    """What the pod's list says of a file."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        return cls(path.stat().st_size, path.stat().st_mtime_ns)


NAME = "outputs/ein ü.onnx"


def test_a_file_comes_home_with_its_time(voice: Path, tmp_path: Path) -> None:
    target = tmp_path / "here" / "voice.onnx"
    with proxied(JobFolder(voice.parent.parent)) as proxy:
        size, mtime_ns = Listed.of(voice)
        download(proxy.url, TOKEN, NAME, target, size=size, mtime_ns=mtime_ns, patience=QUICK)
    assert target.read_bytes() == voice.read_bytes()
    assert target.stat().st_mtime_ns == voice.stat().st_mtime_ns
    assert [path.name for path in target.parent.iterdir()] == ["voice.onnx"]


def test_any_breaks_on_the_way_back_are_survived(voice: Path, tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        target = tmp_path / str(seed)
        with proxied(JobFolder(voice.parent.parent), seed) as proxy:
            proxy.break_after = (10_000, 250_000)
            download(proxy.url, TOKEN, NAME, target, patience=QUICK)
        assert target.read_bytes() == voice.read_bytes()


def test_the_next_call_goes_on(voice: Path, tmp_path: Path) -> None:
    target = tmp_path / "voice.onnx"
    seen: list[Progress] = []
    folder = JobFolder(voice.parent.parent)
    with proxied(folder) as proxy, pytest.raises(InputsError):
        download(
            proxy.url,
            TOKEN,
            NAME,
            target,
            progress=seen.append,
            stopped=lambda: bool(seen),
            patience=QUICK,
        )
    first = seen[-1].done
    assert 0 < first < voice.stat().st_size
    assert not target.exists()
    with proxied(folder) as proxy:
        download(proxy.url, TOKEN, NAME, target, progress=seen.append, patience=QUICK)
    assert seen[1].done > first
    assert target.read_bytes() == voice.read_bytes()


def test_a_file_that_was_written_anew_is_not_mixed(voice: Path, tmp_path: Path) -> None:
    target = tmp_path / "voice.onnx"
    seen: list[Progress] = []
    size, mtime_ns = Listed.of(voice)

    with proxied(JobFolder(voice.parent.parent)) as proxy:
        with pytest.raises(InputsError):
            download(
                proxy.url, TOKEN, NAME, target, progress=seen.append, stopped=lambda: bool(seen)
            )
        voice.write_bytes(os.urandom(600_000))
        with pytest.raises(InputsError, match="written anew"):
            download(proxy.url, TOKEN, NAME, target, size=size, mtime_ns=mtime_ns, patience=QUICK)
        download(proxy.url, TOKEN, NAME, target, patience=QUICK)
    assert target.read_bytes() == voice.read_bytes()


def test_a_file_that_is_not_there_is_told(home: Path, tmp_path: Path) -> None:
    with proxied(pods_folder(home)) as proxy, pytest.raises(InputsError) as told:
        download(proxy.url, TOKEN, "outputs/nothing", tmp_path / "x", patience=QUICK)
    assert told.value.problem.code == "no-file"
    assert not list(tmp_path.glob("x*"))


def test_an_empty_file_comes_too(home: Path, tmp_path: Path) -> None:
    (pods_folder(home).outputs / "empty").touch()
    with served(JobFolder(home / "jobs" / "20261122-120000-in-a-pod")) as client:
        url = str(client.base_url)
        download(url, TOKEN, "outputs/empty", tmp_path / "empty", size=0, patience=QUICK)
    assert (tmp_path / "empty").read_bytes() == b""


def test_a_kill_before_the_last_step_fetches_nothing_again(voice: Path, tmp_path: Path) -> None:
    target = tmp_path / "voice.onnx"
    size, mtime_ns = Listed.of(voice)
    target.with_name("voice.onnx.part").write_bytes(voice.read_bytes())
    target.with_name("voice.onnx.version.part").write_text(f'"{mtime_ns:x}-{size:x}"')
    download(TOKENLESS, TOKEN, NAME, target, size=size, mtime_ns=mtime_ns, patience=QUICK)
    assert target.read_bytes() == voice.read_bytes()
    assert [path.name for path in tmp_path.glob("voice*")] == ["voice.onnx"]


def test_a_place_that_cant_be_written_is_told(voice: Path, tmp_path: Path) -> None:
    (tmp_path / "voice.onnx.part").mkdir()
    with (
        proxied(JobFolder(voice.parent.parent)) as proxy,
        pytest.raises(InputsError, match="can't be written here") as told,
    ):
        download(proxy.url, TOKEN, NAME, tmp_path / "voice.onnx", patience=QUICK)
    assert told.value.problem.code == "target"
