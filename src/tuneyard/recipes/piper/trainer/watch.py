"""What listens inside the training: reports it, keeps its checkpoints, ends it on request."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, Checkpoint

from tuneyard.recipes.piper.trainer import kept
from tuneyard.recipes.piper.trainer.events import Events, figures
from tuneyard.recipes.piper.trainer.job import CHECKPOINTS, Refused, say
from tuneyard.recipes.piper.trainer.stopping import Stopped, StopRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

LOSS_NOT_A_NUMBER = 66
_HOPELESS = 10  # steps in a row; half precision skips one now and then and recovers


class TimeIsUp(BaseException):
    """The most hours of this attempt are over; a checkpoint is left."""


def step(trainer: Any) -> int:
    """Batches so far. Lightning counts the steps of both of Piper's optimizers."""
    return int(trainer.global_step) // max(1, len(trainer.optimizers))


class Reporter(Callback):  # type: ignore[misc] # the trainer's class
    """Writes the events of a training; ends it when its loss stays no number."""

    def __init__(self, events: Events, *, resumed: kept.Kept | Path | None) -> None:
        self._events = events
        self._resumed = resumed
        self.strange_steps = 0
        self._validated = 0

    def on_train_start(self, trainer: Any, _module: Any) -> None:
        batches = int(trainer.num_training_batches)
        left = (trainer.max_epochs - trainer.current_epoch) * batches
        if isinstance(self._resumed, kept.Kept) and self._resumed.interrupted:
            ready = trainer.fit_loop.epoch_loop.batch_progress.current.ready
            left -= ready if ready < batches else 0  # beyond that, Lightning begins it anew
        self._events.write(
            "start",
            epoch=trainer.current_epoch,
            step=step(trainer),
            steps=step(trainer) + left,
            epochs=trainer.max_epochs,
            batches=batches,
            resumed=_path(self._resumed),
        )

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        losses = figures(_scalars(trainer.callback_metrics, ("loss_", "train_")))
        self._events.write("step", epoch=trainer.current_epoch, step=step(trainer), **losses)
        strange = {"loss_g", "loss_d"} & set(losses.get("nan", ()))
        self.strange_steps = self.strange_steps + 1 if strange else 0
        if self.strange_steps == 1:
            say(f"\nWarning: the loss is not a number (nan) at step {step(trainer)}.")
        if self.strange_steps >= _HOPELESS:
            raise Refused(
                f"The loss is not a number (nan) since step {step(trainer) - _HOPELESS + 1}, "
                "so the training was ended. The checkpoints from before are kept.",
                LOSS_NOT_A_NUMBER,
            )

    def on_validation_start(self, *_: Any) -> None:
        self._validated = 0

    def on_validation_batch_end(self, *_: Any) -> None:
        self._validated += 1

    def on_validation_end(self, trainer: Any, _module: Any) -> None:
        if self._validated < sum(trainer.num_val_batches):
            return  # cut short by a stop: the figures are those of some clips, or of the last time
        values = figures(_scalars(trainer.callback_metrics, ("val_",)))
        self._events.write("val", epoch=trainer.current_epoch, step=step(trainer), **values)


class Keeper(Checkpoint):  # type: ignore[misc] # the trainer's class
    """Leaves checkpoints: every `every` epochs, at the last one, and when the training is stopped.

    `scale_rates` multiplies the learning rates of both optimizers: those that come
    with a checkpoint's optimizers would silently win over the settings.
    """

    def __init__(
        self,
        events: Events,
        reporter: Reporter,
        stop: StopRequest,
        *,
        every: int,
        keep_last: int,
        max_hours: float | None,
        scale_rates: tuple[float, float],
    ) -> None:
        self._events = events
        self._reporter = reporter
        self._stop = stop
        self._every = every
        self._keep_last = keep_last
        self._max_hours = max_hours
        self._deadline = float("inf")
        self._scale_rates = scale_rates

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002 - by name
        trainer.strategy.checkpoint_io = WholeFiles()

    def on_train_start(self, trainer: Any, _module: Any) -> None:
        self._stop.defer()
        if self._max_hours is not None:
            self._deadline = time.monotonic() + self._max_hours * 3600
        for optimizer, factor in zip(trainer.optimizers, self._scale_rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] *= factor

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        if self._must_end and not trainer.is_last_batch:
            self._save(trainer, interrupted=True)
            self._end()

    def on_validation_batch_start(self, *_: Any) -> None:
        if self._must_end:
            raise StopIteration  # leaves the rest of the validation out; the epoch ends as usual

    def on_train_epoch_end(self, trainer: Any, _module: Any) -> None:
        trained = trainer.current_epoch + 1
        if self._must_end or trained % self._every == 0 or trained >= trainer.max_epochs:
            self._save(trainer, interrupted=False)
        if self._must_end and trained < trainer.max_epochs:
            self._end()

    @property
    def _must_end(self) -> bool:
        return self._stop.asked or time.monotonic() >= self._deadline

    def _save(self, trainer: Any, *, interrupted: bool) -> None:
        if self._reporter.strange_steps:
            say("\nNo checkpoint is left here: the loss is not a number (nan).")
            return
        name = kept.name(trainer.current_epoch, step(trainer), interrupted=interrupted)
        path = CHECKPOINTS / name
        trainer.save_checkpoint(path, weights_only=False)
        removed = kept.outdated(kept.listed(CHECKPOINTS), self._keep_last)
        for one in removed:
            one.path.unlink(missing_ok=True)
        self._events.write(
            "checkpoint",
            path=str(path),
            epoch=trainer.current_epoch,
            step=step(trainer),
            epochs_trained=trainer.current_epoch + (0 if interrupted else 1),
            interrupted=interrupted,
            bytes=path.stat().st_size,
            removed=[str(one.path) for one in removed],
        )

    def _end(self) -> None:
        if self._stop.asked:
            raise Stopped
        raise TimeIsUp


class BaseFits(Callback):  # type: ignore[misc] # the trainer's class
    """Refuses a warm start from a base that hardly fits: Piper skips what doesn't, in silence."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._shapes = shapes

    def on_fit_start(self, _trainer: Any, module: Any) -> None:
        voice = {k: v for k, v in module.state_dict().items() if k.startswith("model_g.")}
        fitting = sum(self._shapes.get(name) == tuple(w.shape) for name, w in voice.items())
        say(f"The base fits {fitting} of the voice's {len(voice)} sets of weights.")
        if fitting * 2 < len(voice):
            raise Refused(
                "The base doesn't fit this voice: most of its weights have another size. "
                "Choose the quality that the base was made with, or another base.",
                65,
            )


class WholeFiles(TorchCheckpointIO):  # type: ignore[misc] # the trainer's class
    """Writes a checkpoint beside its place and moves it there when it is complete.

    Lightning's own goes through memory (as much again as the file) and through /tmp,
    from where another file system makes it a copy that can be seen half-written.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        if storage_options is not None:
            raise TypeError("storage options are not supported")
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.partial")
        try:
            with partial.open("wb") as file:
                torch.save(checkpoint, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)


def _path(resumed: kept.Kept | Path | None) -> str | None:
    path = resumed.path if isinstance(resumed, kept.Kept) else resumed
    return None if path is None else str(path)


def _scalars(metrics: Mapping[str, Any], prefixes: tuple[str, ...]) -> dict[str, float]:
    """Fetched from the GPU at once: each single one would wait for it."""
    names = [name for name in metrics if name.startswith(prefixes)]
    if not names:
        return {}
    values = torch.stack([torch.as_tensor(metrics[name]).detach().float() for name in names])
    return dict(zip(names, values.tolist(), strict=True))
