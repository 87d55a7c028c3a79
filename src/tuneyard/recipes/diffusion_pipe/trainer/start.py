"""One start of the trainer: its command, what is done while it runs, and how its end is judged."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.config import writing
from tuneyard.recipes.diffusion_pipe.trainer import (
    configs,
    events,
    launch,
    outputs,
    preparing,
    runs,
    words,
)
from tuneyard.recipes.diffusion_pipe.trainer.extent import Extent
from tuneyard.recipes.diffusion_pipe.trainer.group import Group
from tuneyard.recipes.diffusion_pipe.trainer.layout import EVENTS, OUTPUTS, RUNS, SAVE, say
from tuneyard.recipes.diffusion_pipe.trainer.watcher import Watcher
from tuneyard.recipes.downloads import mb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.diffusion_pipe.trainer.attempt import Attempt
    from tuneyard.recipes.diffusion_pipe.trainer.runs import Checkpoint
    from tuneyard.runner.problems import Problem

NAN, HUNG, STALLED, ENDED_EARLY = 66, 67, 68, 70
_LOOK = 0.25  # seconds between two looks
_TRIES = 3  # where somebody takes the port that was free a moment ago, or processes collide


class Start:
    """One start of the trainer, from a checkpoint or from the beginning.

    `changes` in the settings are for the one step at a stop: that one isn't stopped.
    """

    def __init__(
        self, attempt: Attempt, found: Checkpoint | None, *, changes: Mapping[str, Any]
    ) -> None:
        self.attempt = attempt
        self.settings = attempt.settings
        self.found = found
        self.changes = changes
        self.asked = False  # the trainer, to save and end
        self.beyond = False  # it was told to go on though it has all its epochs, and ended by us
        self._ended: int | None = None  # by us, and why
        self._problem: Problem | None = None
        self._stall_told = False
        self._failures: set[str] = set()
        self.watcher = self._watcher()
        self.options = self._options()

    def run(self) -> int:
        taken: set[int] = set()
        for left in reversed(range(_TRIES)):
            with_port = launch.free_port(self.attempt.home, taken)
            taken.add(with_port.number)
            try:
                code = self._once(with_port.number)
            finally:
                with_port.close()
            console = self.watcher.console
            unlucky = code and console.begun is None and (console.port_taken or console.collided)
            if not unlucky or self._stopping or not left:
                break
            if console.port_taken:
                say(f"Port {with_port.number} was taken meanwhile; another one is tried.")
            else:
                say("The trainer's processes got in each other's way; it is started once more.")
            self.watcher = self._watcher()
        return code

    # -- before ---------------------------------------------------------------------------

    def _watcher(self) -> Watcher:
        extent = Extent(
            configs.steps_per_epoch(self.attempt.buckets),
            self.settings["epochs"],
            self.settings["max_steps"],
            examples=self.settings["x_axis_examples"],
        )
        run = self.found.run if self.found else None
        sets = preparing.sets(self.settings, self.attempt.buckets)
        caching = preparing.Preparing(sets, self.settings["caching_batch_size"])
        return Watcher(self.attempt.job["name"], extent, caching, run)

    def _options(self) -> list[str]:
        """Of the command. What would not take effect after a resume is reset for it."""
        options = writing.options(self.settings, resume=self.found is not None)
        if self.found is None:
            return options
        changed = configs.changed(self.found.path, self.attempt.marks)
        if "data" in changed:
            options += ["--reset_dataloader"]
            self.watcher.warn(
                "data-changed",
                "The data or the batch is another than when the checkpoint was made.",
                "The epoch that it was in begins again; what was learnt stays.",
            )
        if not any(option.startswith("--reset_optimizer") for option in options):
            if "optimizer" in changed:
                options += ["--reset_optimizer"]
            elif "rates" in changed:
                options += ["--reset_optimizer_params"]
        return list(dict.fromkeys(options))

    # -- the trainer --------------------------------------------------------------------------

    def _once(self, port: int) -> int:
        attempt = self.attempt
        if self.found:
            steps = events.Before.of(EVENTS).steps
            told = {Path(path).name: step for path, step in steps.items()}
            for model in runs.models(self.found.run):
                outputs.offer(model, attempt.job["name"], OUTPUTS)
            runs.make_ready(self.found, told)
        config = configs.write(
            attempt.number,
            self.settings,
            attempt.places,
            attempt.models,
            changes=self.changes,
        )
        command = launch.command(
            config,
            devices=launch.devices(os.environ, self.settings["gpus"]),
            port=port,
            run=self.found.run.name if self.found else "",
            options=self.options,
        )
        environ = launch.environment(self.settings, attempt.vendor, os.environ)
        group = Group(command, Path(attempt.vendor["path"]), environ, attempt.wake)
        while not group.ended():
            attempt.wake.sleep(_LOOK)
            self._look()
            self._attend(group)
        self._look()
        if self.watcher.console.complete or self.watcher.console.quit:
            group.leave()
        group.end()
        self._look(last=True)
        return self._judge(group.code or 0)

    def _look(self, *, last: bool = False) -> None:
        """Watching is a service to the training: what goes wrong with it ends nothing."""
        try:
            self.watcher.look(last=last)
            if new := self.watcher.new_checkpoints():
                for path in new:
                    configs.remember(path, self.attempt.marks)
                self._remove_outdated()
        except OSError as error:  # a full disk, which may have room again
            if last:
                say(f"The last lines were not read: {error}")
        except Exception as error:  # noqa: BLE001 - same
            if repr(error) not in self._failures:
                self._failures.add(repr(error))
                traceback.print_exc()

    def _remove_outdated(self) -> None:
        """Not while the loss is no number: then the older ones are the good ones."""
        keep = self.settings["keep_last"]
        if self.watcher.strange:
            return
        for one in runs.outdated(RUNS, keep, self.settings["pipeline_stages"]):
            size = one.bytes
            runs.remove(one)
            kept = "newest checkpoint is" if keep == 1 else f"newest {keep} checkpoints are"
            self.watcher.say(f"Removed {one.path} ({mb(size)}): the {kept} kept.")

    @property
    def _stopping(self) -> bool:
        return self.attempt.wake.asked and not self.changes

    def _attend(self, group: Group) -> None:
        """What is to be done about what was seen."""
        if self._stopping:
            self._stop(group)
        elif SAVE.exists() and self.watcher.run and self.watcher.trains:
            (self.watcher.run / "save").touch()
            SAVE.unlink()
        resumed = self.watcher.console.resumed
        if resumed and resumed[0] > self.settings["epochs"] and not (self.changes or self.beyond):
            self.beyond = True
            group.end()
        elif self._ended is None and (ended := self._hopeless(group)):
            self._ended, self._problem = ended
            group.end()

    def _stop(self, group: Group) -> None:
        """Before its first step the trainer hears nothing, and has nothing to save."""
        if self.asked:
            return
        if self.watcher.run and self.watcher.trains:
            (self.watcher.run / "save_quit").touch()
            self.asked = True
        else:
            group.end()

    def _hopeless(self, group: Group) -> tuple[int, Problem] | None:
        settings, watcher = self.settings, self.watcher
        console, quiet = watcher.console, watcher.seconds_quiet
        if settings["nan_steps"] and watcher.strange >= settings["nan_steps"]:
            return NAN, words.loss_nan((console.step or 0) - watcher.strange + 1)
        waits = quiet > settings["hang_seconds"]
        if waits and (console.died or (console.caching and group.has_dead_child())):
            return HUNG, words.caching_died(console.died)
        if settings["stall_seconds"] and quiet > settings["stall_seconds"]:
            return self._stall(quiet)
        self._stall_told = False
        return None

    def _stall(self, quiet: float) -> tuple[int, Problem] | None:
        if not self._stall_told:
            self._stall_told = True
            self.watcher.warn(
                "stalled",
                f"Nothing was printed or written for {words.minutes(quiet)}.",
                "Look at the GPU: if it is idle, stop the job now and resume it.",
            )
        return (STALLED, words.stalled(quiet)) if self.settings["stall_action"] == "end" else None

    def _judge(self, code: int) -> int:
        if self._problem and self._ended and not self.watcher.console.complete:
            self._problem.tell()
            return self._ended
        if code == 0 and not self.watcher.console.complete and not self._stopping:
            return ENDED_EARLY
        return 128 - code if code < 0 else code
