"""Folders of runs, as the trainer leaves them."""

import os
import zipfile
from pathlib import Path

import pytest

from tuneyard.recipes.diffusion_pipe.trainer import runs


def checkpoint(run: Path, step: int, *, stages: int = 1, latest: bool = True) -> Path:
    place = run / f"global_step{step}"
    place.mkdir(parents=True)
    names = ["layer_00-model_states.pt", "layer_01-model_states.pt"]
    for name in [*names, *(f"mp_rank_{stage:02d}_model_states.pt" for stage in range(stages))]:
        with zipfile.ZipFile(place / name, "w") as archive:
            archive.writestr("data", b"weights" * 100)
    if latest:
        (run / "latest").write_text(place.name)
    return place


def model(run: Path, name: str, *, at: float | None = None) -> Path:
    place = run / name
    place.mkdir(parents=True)
    (place / "adapter_model.safetensors").write_bytes(b"weights")
    if at is not None:
        os.utime(place / "adapter_model.safetensors", (at, at))
    return place


def test_the_newest_run_that_has_a_checkpoint_counts(tmp_path: Path) -> None:
    checkpoint(tmp_path / "20261121_10-00-00", 30)
    newest = checkpoint(tmp_path / "20261122_10-00-00", 20)
    checkpoint(tmp_path / "20261122_10-00-00", 8, latest=False)
    (tmp_path / "20261123_10-00-00").mkdir()
    found, damaged = runs.newest(tmp_path, 1)
    assert found == runs.Checkpoint(newest, 20)
    assert found.run.name == "20261122_10-00-00"
    assert found.bytes > 2000
    assert not damaged


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert runs.newest(tmp_path, 1) == (None, [])
    (tmp_path / "20261123_10-00-00").mkdir()
    assert runs.newest(tmp_path, 1) == (None, [])
    assert runs.newest(tmp_path / "nowhere", 1) == (None, [])


def test_one_that_was_being_written_is_none(tmp_path: Path) -> None:
    whole = checkpoint(tmp_path / "a", 20)
    checkpoint(tmp_path / "a", 24, latest=False)
    found, damaged = runs.newest(tmp_path, 1)
    assert (found, damaged) == (runs.Checkpoint(whole, 20), [])


@pytest.mark.parametrize("how", ["cut", "empty", "missing", "changed", "without layers"])
def test_damaged_ones_are_told_and_passed_over(tmp_path: Path, how: str) -> None:
    older = checkpoint(tmp_path / "a", 20)
    newest = checkpoint(tmp_path / "a", 24)
    file = newest / "mp_rank_00_model_states.pt"
    data = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "without layers":
        for layer in newest.glob("layer*"):
            layer.unlink()
    else:
        changed = data[:60] + b"?" + data[61:]
        file.write_bytes({"cut": data[:-30], "empty": b"", "changed": changed}[how])
    found, damaged = runs.newest(tmp_path, 1)
    assert found == runs.Checkpoint(older, 20)
    assert damaged == [runs.Checkpoint(newest, 24)]


def test_only_what_is_older_than_enough_whole_ones_may_go(tmp_path: Path) -> None:
    old, run = tmp_path / "20261121_10-00-00", tmp_path / "20261122_10-00-00"
    oldest = checkpoint(old, 30)
    steps = {step: checkpoint(run, step) for step in (4, 8, 12, 16)}
    checkpoint(run, 20, latest=False)  # in the making
    (steps[12] / "mp_rank_00_model_states.pt").write_bytes(b"cut")
    checkpoint(tmp_path / "20261123_10-00-00", 2, latest=False)  # so is this

    def left(keep: int) -> list[Path]:
        return [one.path for one in runs.outdated(tmp_path, keep, 1)]

    assert left(0) == []
    assert left(1) == [steps[12], steps[8], steps[4], oldest]
    assert left(2) == [steps[4], oldest]
    assert left(4) == []
    runs.set_aside(runs.Checkpoint(steps[12], 12))
    assert left(1)[0].name == "global_step12.damaged"
    assert left(2) == [steps[4], oldest]


def test_a_removal_that_is_cut_short_leaves_no_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "a"
    older, newer = checkpoint(run, 20), checkpoint(run, 24)
    half = run / "global_step20.removed"
    half.mkdir()  # of another time
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", cut_short)
        with pytest.raises(KeyboardInterrupt):
            runs.remove(runs.Checkpoint(older, 20))
    assert sorted(path.name for path in run.iterdir()) == ["global_step20.removed", *NEWER]
    (newer / "mp_rank_00_model_states.pt").unlink()
    assert runs.newest(tmp_path, 1)[0] is None
    runs.clear(tmp_path)
    assert sorted(path.name for path in run.iterdir()) == NEWER


NEWER = ["global_step24", "latest"]


def cut_short(path: Path, **_: bool) -> None:
    """A removal that comes as far as the first file."""
    for file in path.iterdir():
        file.unlink()
        raise KeyboardInterrupt
    path.rmdir()


def test_each_stage_has_a_file(tmp_path: Path) -> None:
    checkpoint(tmp_path / "a", 20, stages=2)
    assert runs.newest(tmp_path, 2)[0] is not None
    assert runs.newest(tmp_path, 4)[0] is None


def test_one_that_travelled_without_its_run_is_taken(tmp_path: Path) -> None:
    place = checkpoint(tmp_path / "a", 20, latest=False)
    assert runs.newest(tmp_path, 1)[0] == runs.Checkpoint(place, 20)


def test_a_run_is_made_ready_to_go_on(tmp_path: Path) -> None:
    place = checkpoint(tmp_path, 20)
    made = max(file.stat().st_mtime for file in place.iterdir())
    for name in runs.SIGNALS:
        (tmp_path / name).touch()
    kept = [model(tmp_path, "epoch1", at=made - 5), model(tmp_path, "step15", at=made + 5)]
    kept.append(model(tmp_path, "epoch2", at=made + 5))  # of the same step, saved after it
    gone = [model(tmp_path, "epoch3", at=made + 5), model(tmp_path, "step25", at=made - 5)]
    half = model(tmp_path, "epoch4", at=made - 5)
    (half / "tmp").mkdir()
    (tmp_path / "latest").write_text("global_step99")
    runs.make_ready(runs.Checkpoint(place, 20), {"epoch2": 20})
    assert all(path.is_dir() for path in kept)
    assert not any(path.exists() for path in [*gone, half])
    assert (tmp_path / "latest").read_text() == "global_step20"
    assert not any((tmp_path / name).exists() for name in runs.SIGNALS)


def test_a_model_is_there_when_it_is_whole(tmp_path: Path) -> None:
    assert runs.models(tmp_path) == []
    place = model(tmp_path, "epoch12", at=2000)
    (place / "tmp").mkdir()
    (tmp_path / "epoch13").mkdir()
    (tmp_path / "wandb").mkdir()
    (tmp_path / "job.toml").touch()
    assert runs.models(tmp_path) == []
    (place / "tmp").rmdir()
    model(tmp_path, "step7", at=1000)
    found = runs.models(tmp_path)
    assert [(one.kind, one.count, one.name) for one in found] == [
        ("step", 7, "step7"),
        ("epoch", 12, "epoch12"),
    ]


def test_latest_names_a_checkpoint_or_nothing(tmp_path: Path) -> None:
    assert runs.latest(tmp_path) is None
    (tmp_path / "latest").write_text("global_step5")
    assert runs.latest(tmp_path) is None
    place = checkpoint(tmp_path, 5)
    assert runs.latest(tmp_path) == runs.Checkpoint(place, 5)
    (tmp_path / "latest").write_text("something\n")
    assert runs.latest(tmp_path) is None
