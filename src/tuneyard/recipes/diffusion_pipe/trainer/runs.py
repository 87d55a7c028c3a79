"""The trainer's folders of runs: which checkpoint to go on from, and which models are saved.

A run's ``latest`` names its newest whole checkpoint, ``global_stepN/``. A model is saved in
``epochN/`` or ``stepN/``, and whole when the ``tmp/`` in it is gone. One that is damaged, or
half removed, has that behind its name.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneyard.runner.folder import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_STEP = re.compile(r"global_step(\d+)")
_DAMAGED, _REMOVED = ".damaged", ".removed"
_MODEL = re.compile(r"(epoch|step)(\d+)")
_READ_WHOLE = 1 << 30  # bytes of a file whose checksums are looked at
SIGNALS = ("save", "save_quit")


@dataclass(frozen=True)
class Checkpoint:
    path: Path
    step: int

    @property
    def run(self) -> Path:
        return self.path.parent

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


@dataclass(frozen=True)
class Model:
    """A saved model: `kind` is ``epoch`` or ``step``, `count` which of them."""

    path: Path
    file: Path
    kind: str
    count: int

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def mark(self) -> tuple[int, int]:
        """Changes when it is saved again."""
        status = self.file.stat()
        return (status.st_size, status.st_mtime_ns)


def newest(runs: Path, stages: int) -> tuple[Checkpoint | None, list[Checkpoint]]:
    """The newest whole checkpoint of the newest run that has one, and the damaged ones before it.

    `stages` is in how many parts a model is spread over GPUs: each leaves a file.
    """
    damaged: list[Checkpoint] = []
    for run in reversed(listed(runs)):
        for checkpoint in _candidates(run):
            if _is_whole(checkpoint.path, stages):
                return checkpoint, damaged
            damaged.append(checkpoint)
    return None, damaged


def outdated(runs: Path, keep: int, stages: int) -> list[Checkpoint]:
    """Those that are older than the newest `keep` whole ones; 0 keeps all. The newest first.

    A run's ``latest`` says that one is whole: beyond it one may be in the making, and without it
    nothing is known of a run. What is not whole any more doesn't count, and goes with the others.
    """
    whole, found = 0, []
    for run in reversed(listed(runs)) if keep else ():
        for checkpoint in _candidates(run, damaged=True) if latest(run) else ():
            if whole >= keep:
                found.append(checkpoint)
            else:
                whole += _is_whole(checkpoint.path, stages, at_a_glance=True)
    return found


def remove(checkpoint: Checkpoint) -> None:
    """Whatever ends this in between, nobody takes what is left for a checkpoint; see `clear`."""
    gone = checkpoint.path.with_name(f"{checkpoint.path.name}{_REMOVED}")
    shutil.rmtree(gone, ignore_errors=True)
    checkpoint.path.rename(gone)
    shutil.rmtree(gone)


def clear(runs: Path) -> None:
    """Away with what a removal that was cut short has left."""
    for path in runs.glob(f"*/global_step*{_REMOVED}"):
        shutil.rmtree(path, ignore_errors=True)


def set_aside(checkpoint: Checkpoint) -> None:
    """A damaged one: from now on it is none."""
    checkpoint.path.rename(checkpoint.path.with_name(f"{checkpoint.path.name}{_DAMAGED}"))


def listed(runs: Path) -> list[Path]:
    """Folders of runs, the oldest first: they are named by their time."""
    return sorted(path for path in runs.glob("*") if path.is_dir())


def latest(run: Path) -> Checkpoint | None:
    """The checkpoint that a run itself says is its newest."""
    try:
        name = (run / "latest").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    match = _STEP.fullmatch(name)
    return Checkpoint(run / name, int(match[1])) if match and (run / name).is_dir() else None


def make_ready(checkpoint: Checkpoint, steps: Mapping[str, int]) -> None:
    """Leaves a run as the trainer has to find it to go on from `checkpoint`.

    Away with what asked it to save, with models that were cut short while they were saved (it
    fails over them), and with those that it is going to save once more: it would write
    into files that outputs/ has as well. `steps` has the step of each model that was told.
    """
    if latest(checkpoint.run) != checkpoint:
        write_text(checkpoint.run / "latest", checkpoint.path.name)
    for name in SIGNALS:
        (checkpoint.run / name).unlink(missing_ok=True)
    for path in list(_model_folders(checkpoint.run)):
        model = saved(path)
        if model is None or _is_later(model, checkpoint, steps):
            shutil.rmtree(path)


def _is_later(model: Model, checkpoint: Checkpoint, steps: Mapping[str, int]) -> bool:
    step = model.count if model.kind == "step" else steps.get(model.name)
    if step is not None:
        return step > checkpoint.step
    made = max(file.stat().st_mtime_ns for file in checkpoint.path.iterdir())
    return model.mark[1] > made


def models(run: Path) -> list[Model]:
    """What is saved and whole, in the order in which it was."""
    found = [model for path in _model_folders(run) if (model := saved(path))]
    return sorted(found, key=lambda model: model.mark[1])


def saved(path: Path) -> Model | None:
    """None for a folder in which nothing is, or not yet."""
    match = _MODEL.fullmatch(path.name)
    files = sorted(path.glob("*.safetensors"))
    if match is None or not files or (path / "tmp").exists():
        return None
    return Model(path, files[0], match[1], int(match[2]))


def _model_folders(run: Path) -> Iterator[Path]:
    return (p for p in run.iterdir() if p.is_dir() and _MODEL.fullmatch(p.name))


def _candidates(run: Path, *, damaged: bool = False) -> list[Checkpoint]:
    """The newest first. One beyond the latest was cut short; where no latest is, one that
    travelled here may be whole. Those that are known as damaged only where they are wanted.
    """
    said = latest(run)
    found = [
        Checkpoint(path, int(match[1]))
        for path in run.iterdir()
        if (match := _STEP.fullmatch(path.name.removesuffix(_DAMAGED if damaged else "")))
        and path.is_dir()
    ]
    found.sort(key=lambda one: one.step, reverse=True)
    return [one for one in found if said is None or one.step <= said.step]


def _is_whole(path: Path, stages: int, *, at_a_glance: bool = False) -> bool:
    files = sorted(path.glob("*.pt"))
    layers = [file for file in files if file.name.startswith("layer_")]
    ranks = [file for file in files if file.name.startswith("mp_rank_")]
    if not layers or len(ranks) < stages or path.name.endswith(_DAMAGED):
        return False
    most = 0 if at_a_glance else _READ_WHOLE
    return all(_is_archive(file, most) for file in files)


def _is_archive(path: Path, most: int) -> bool:
    """Whether a file that torch saved is all there: its index is last, each part has a checksum.

    Of one larger than so many bytes, the index alone is read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return path.stat().st_size > most or archive.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile):
        return False
