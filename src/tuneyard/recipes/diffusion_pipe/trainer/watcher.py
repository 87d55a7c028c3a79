"""Watches one start of the trainer: its console, its run's folder, TensorBoard's files.

What it finds goes into ``train/events.jsonl``, from which the runner makes metrics and
events: see `events`. It reads by offset, and after a kill the next one goes on there.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.trainer import events, outputs, runs
from tuneyard.recipes.diffusion_pipe.trainer.console import Console, Lines, Step
from tuneyard.recipes.diffusion_pipe.trainer.layout import EVENTS, LOG, OUTPUTS, RUNS
from tuneyard.recipes.diffusion_pipe.trainer.preparing import Caching
from tuneyard.recipes.diffusion_pipe.trainer.scalars import Reader, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.trainer.extent import Extent
    from tuneyard.recipes.diffusion_pipe.trainer.preparing import Preparing

_SHARE = 20  # looks at folders take at most one part in so many of the time
_BETWEEN_BARS = 1.0  # seconds between two words of the caching
_QUANTILE = "/loss_quantile_"
_IGNORED = frozenset({"train/loss", "eval/eval_time_sec"})  # the console says the first at once


class Watcher:
    """`run` is the folder of the run that goes on; a new one is found when it appears."""

    def __init__(self, name: str, extent: Extent, preparing: Preparing, run: Path | None) -> None:
        self.console = Console(preparing=preparing)
        self.run = run
        self.extent = extent
        self.moved_at = time.monotonic()  # when anything was printed or written last
        self.strange = 0  # steps in a row whose loss is no number
        self._name = name
        self._others = set() if run else {path.name for path in runs.listed(RUNS)}
        self._before = events.Before.of(EVENTS)
        if run and (old := runs.latest(run)) and str(old.path) in self._before.checkpoints:
            self._before.checkpoints[str(old.path)] = _mark(old)
        self._lines = Lines(LOG, LOG.stat().st_size if LOG.exists() else 0)
        self._readers: dict[str, Reader] = {}
        self._told_bar = (0.0, ("", ""))
        self._next_folders = 0.0
        self._own: set[str] = set()
        self._new: list[Path] = []
        self._tell_start()

    # -- for the entry --------------------------------------------------------------

    @property
    def trains(self) -> bool:
        """Whether a step was made: from now on it hears what asks it to save."""
        return self.console.begun is not None and self.run is not None

    @property
    def seconds_quiet(self) -> float:
        return time.monotonic() - self.moved_at

    def look(self, *, last: bool = False) -> None:
        """Reads what is new. At the `last` look, what lies there is complete."""
        self._read_console(last=last)
        now = time.monotonic()
        unknown = self.run is None and self.console.begun is not None
        if last or unknown or now >= self._next_folders:
            self._look_at_folders()
            ended = time.monotonic()
            self._next_folders = ended + _SHARE * (ended - now)

    def new_checkpoints(self) -> list[Path]:
        """Those that were told since this was asked last."""
        found, self._new = self._new, []
        return found

    def say(self, sentence: str) -> None:
        """Prints a line of ours, which is no sign of the trainer's life."""
        self._own.add(sentence)
        print(sentence, flush=True)

    def warn(self, code: str, sentence: str, next_step: str) -> None:
        self.say(f"Warning: {sentence} {next_step}")
        cause = {"code": code, "sentence": sentence, "next_step": next_step, "fix": {}, "lines": []}
        events.tell(EVENTS, "warning", step="train", title="Train", cause=cause)

    # -- the console ------------------------------------------------------------------

    def _read_console(self, *, last: bool) -> None:
        for at, line in self._lines.new(last=last):
            if line in self._own:
                self._own.discard(line)
                continue
            self.moved_at = time.monotonic()
            found = self.console.read(line)
            if isinstance(found, Step):
                _tell_step(at, found)
                self._count(found)
            elif isinstance(found, Caching):
                self._tell_bar(at, found)
            if self.extent.learn(self.console):
                self._tell_start()

    def _count(self, step: Step) -> None:
        self.strange = 0 if math.isfinite(step.loss) else self.strange + 1
        if self.strange == 1:
            self.warn(
                "loss-nan",
                f"The loss is not a number (nan) at step {step.step}.",
                "If it stays so, nothing is learnt any more: lower the learning rate.",
            )

    def _tell_bar(self, at: int, bar: Caching) -> None:
        told, stage = self._told_bar
        now, here = time.monotonic(), (bar.what, bar.where)
        if bar.done == bar.of or here != stage or now > told + _BETWEEN_BARS:
            self._told_bar = (now, here)
            place = {"what": bar.what, "where": bar.where}
            events.tell(EVENTS, "caching", **place, done=bar.done, of_all=bar.of, at=at)

    def _tell_start(self) -> None:
        if self.extent.steps is not None:
            events.tell(
                EVENTS,
                "start",
                steps=self.extent.steps,
                epochs=self.extent.epochs,
                steps_per_epoch=self.extent.steps_per_epoch,
            )

    # -- folders ------------------------------------------------------------------------

    def _look_at_folders(self) -> None:
        if self.run is None:
            new = [path for path in runs.listed(RUNS) if path.name not in self._others]
            self.run = new[0] if new else None
        if self.run is None:
            return
        self._read_scalars(self.run)
        self._look_for_models(self.run)
        if checkpoint := runs.latest(self.run):
            self._tell_checkpoint(checkpoint)

    def _look_for_models(self, run: Path) -> None:
        told = self._before.saved
        new = [each for each in runs.models(run) if told.get(str(each.path)) != list(each.mark)]
        if new:  # the steps before it may have been printed since the console was read
            self._read_console(last=False)
        for model in new:
            path, mark = str(model.path), list(model.mark)
            told[path] = mark
            self.moved_at = time.monotonic()
            step = model.count if model.kind == "step" else self._last_step_of(model.count)
            epoch = model.count if model.kind == "epoch" else self.console.epoch
            file = outputs.offer(model, self._name, OUTPUTS)
            also = [str(about) for about in [OUTPUTS / outputs.ABOUT] if about.exists()]
            place = {"path": path, "file": str(file), "also": also, "name": model.name}
            events.tell(EVENTS, "saved", **place, step=step, epoch=epoch, bytes=mark[0], mark=mark)

    def _last_step_of(self, epoch: int) -> int | None:
        """Known when the next one has begun, and of the one that ends the training."""
        return self.console.epochs.get(epoch + 1, self.console.step)

    def _tell_checkpoint(self, checkpoint: runs.Checkpoint) -> None:
        path = str(checkpoint.path)
        mark = _mark(checkpoint)
        if self._before.checkpoints.get(path) == mark:
            return
        self._before.checkpoints[path] = mark
        self.moved_at = time.monotonic()
        place = {"path": path, "step": checkpoint.step, "epoch": self._epoch_of(checkpoint.step)}
        events.tell(EVENTS, "checkpoint", **place, bytes=checkpoint.bytes, mark=mark)
        self._new.append(checkpoint.path)

    def _epoch_of(self, step: int) -> int:
        ended = [epoch - 1 for epoch, after in self.console.epochs.items() if step <= after]
        return min(ended, default=self.console.epoch)

    def _read_scalars(self, run: Path) -> None:
        for path in sorted(run.glob("events.out.tfevents.*")):
            name = f"{run.name}/{path.name}"
            if name not in self._readers:
                self._readers[name] = Reader(path, self._before.files.get(name, 0))
            for at, scalars in self._readers[name].new():
                for figures in filter(None, map(self._figure, scalars)):
                    events.tell(EVENTS, "val", **figures, of=name, at=at)

    def _figure(self, scalar: Scalar) -> dict[str, Any] | None:
        if scalar.tag in _IGNORED or _QUANTILE in scalar.tag:
            return None
        group, _, name = scalar.tag.partition("/")
        if group == "train" and name == "epoch_loss":
            place: dict[str, Any] = {"step": self._last_step_of(scalar.step) or 0}
            place["epoch"] = scalar.step
        else:
            place = {"step": self.extent.step_of(scalar.step, self.console.batch)}
        figure = name if group == "train" else scalar.tag
        figure = figure if group in {"train", "eval"} else f"eval/{scalar.tag}"
        return {"t": round(scalar.t, 3), **place, **_finite({figure: scalar.value})}


def catch_up() -> Console:
    """Tells of steps that were printed when nobody read any more; returns what else was said."""
    before = events.Before.of(EVENTS)
    console = Console(before.epoch)
    size = LOG.stat().st_size if LOG.exists() else 0
    if before.log is not None and before.log <= size:
        for at, line in Lines(LOG, before.log).new():
            if isinstance(found := console.read(line), Step):
                _tell_step(at, found)
    return console


def _tell_step(at: int, step: Step) -> None:
    figures = {"loss": step.loss, "lr": step.rate, "seconds": step.seconds}
    figures["samples_per_second"] = step.samples
    place = {"t": step.t, "step": step.step, "epoch": step.epoch}
    events.tell(EVENTS, "step", **place, **_finite(figures), at=at)


def _mark(checkpoint: runs.Checkpoint) -> list[int]:
    return [(checkpoint.run / "latest").stat().st_mtime_ns]


def _finite(values: Mapping[str, float | None]) -> dict[str, Any]:
    """The finite ones, to as many digits as they have; the names of all others under ``nan``."""
    known = {name: value for name, value in values.items() if value is not None}
    finite = {n: float(f"{value:.7g}") for n, value in known.items() if math.isfinite(value)}
    strange = sorted(set(known) - set(finite))
    return {**finite, "nan": strange} if strange else {**finite}
