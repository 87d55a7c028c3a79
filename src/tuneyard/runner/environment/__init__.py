"""The step that gives a job its trainer's own Python: built with uv once, or a named one.

It leaves ``trainer.json``, or the file that is named, in the working directory:
``{"python": path, "env": hash}``.
An environment lies in ``$TUNEYARD_HOME/envs/<hash>`` for all jobs whose trainer needs the
same; its ``tuneyard.json`` tells what it holds, and is there only once it is complete.

In a pod (TUNEYARD_POD is set) a torch that the image has is used, where it fits.
"""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.runner.folder import acquire, read_json, write_json
from tuneyard.runner.problems import Problem

from . import image
from .build import FACTS, Build, TrainerError, lock_of, prove, python_of
from .spec import Base, Choices, Spec, fits, has_gpu, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FACTS", "main"]


def main(argv: list[str]) -> int:
    """``environment SPEC.json [ANSWER.json]``: 0 with it written, 1 with the reason printed."""
    try:
        spec = Spec.from_json(read_json(Path(argv[0])))
        home = Path(os.environ["TUNEYARD_HOME"]).absolute()
        trainer = _named(spec) if spec.named else _shared(spec, home)
    except TrainerError as failure:
        Problem(str(failure), "environment", next_step=failure.next_step).tell()
        return 1
    write_json(Path(argv[1] if len(argv) > 1 else "trainer.json"), trainer)
    return 0


def _named(spec: Spec) -> dict[str, str]:
    python = str(Path(spec.named).expanduser().absolute())  # a link into a venv stays a link
    prove(python, spec.imports, "Install what is missing there, or let Tuneyard build its own.")
    print(f"The trainer runs under {python}", flush=True)
    return {"python": python, "env": ""}


def _shared(spec: Spec, home: Path) -> dict[str, str]:
    (home / "envs").mkdir(parents=True, exist_ok=True)
    there = _of_image(spec)
    if there is None:
        return _ready(spec, home, Base.of(spec))
    base = Base.on(there)
    unfit = home / "envs" / f".{name_of(spec, base, Choices.of(base))}.unfit"
    if not unfit.exists():
        try:
            return _ready(spec, home, base)
        except TrainerError:
            print(f"The image's torch {there.torch} can't be used: installing another.", flush=True)
    trainer = _ready(spec, home, Base.of(spec))
    unfit.touch()  # what failed was nothing that passes: it isn't tried again
    return trainer


def _of_image(spec: Spec) -> image.Image | None:
    if "TUNEYARD_POD" not in os.environ or "torch" not in spec.imports:
        return None
    there = image.find(spec.preferred, lambda version: fits(version, spec.python))
    if there and there.torch.endswith("+cpu") and has_gpu():
        print(f"The image's torch {there.torch} would not use the GPU: installing another.")
        return None
    return there


def _ready(spec: Spec, home: Path, base: Base) -> dict[str, str]:
    choices = Choices.of(base)
    name = name_of(spec, base, choices)
    target = home / "envs" / name
    if not _complete(target):
        with _only_builder(target) as lock:
            if not _complete(target):  # somebody else may have built it meanwhile
                Build(spec, base, choices, target, lock).run()
    print(f"The trainer's environment is ready: {target}", flush=True)
    return {"python": str(python_of(target)), "env": name}


def _complete(target: Path) -> bool:
    """Whether it was built to the end, and its Python has not been removed since."""
    return (target / FACTS).exists() and os.access(python_of(target), os.X_OK)


@contextlib.contextmanager
def _only_builder(target: Path) -> Iterator[int]:
    """Holds the lock on building one environment; gives its descriptor."""
    lock = acquire(lock_of(target))
    if lock is None:
        print("Another job is building the same environment: waiting for it", flush=True)
        lock = acquire(lock_of(target), wait=math.inf)
    assert lock is not None  # noqa: S101 - waited without end
    try:
        yield lock
    finally:
        os.close(lock)
