"""Trains: starts diffusion-pipe on the GPUs that it was given, and sees it through to its end.

Run in the job's ``work/`` under the trainer's Python. Exit codes: 0 the goal is reached (or
was already); 66 the loss became no number; 67 the caching died while the trainer waited for
it; 68 nothing happened any more; 70 the trainer ended as if all were well, before its
goal; 143 stopped on request; else the trainer's own, of a signal 128 more than its number.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe import collect, writing
from tuneyard.recipes.diffusion_pipe.data import views
from tuneyard.recipes.diffusion_pipe.trainer import configs, events, launch, runs
from tuneyard.recipes.diffusion_pipe.trainer.extent import Extent
from tuneyard.recipes.diffusion_pipe.trainer.group import Group, Wake
from tuneyard.recipes.diffusion_pipe.trainer.layout import (
    COMPLETE,
    EVENTS,
    OUTPUTS,
    RUNS,
    SAVE,
    say,
)
from tuneyard.recipes.diffusion_pipe.trainer.watcher import Watcher, catch_up
from tuneyard.runner import process
from tuneyard.runner.folder import read_json, read_json_or, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.diffusion_pipe.trainer.console import Console
    from tuneyard.recipes.diffusion_pipe.trainer.runs import Checkpoint

NAN, HUNG, STALLED, ENDED_EARLY, STOPPED = 66, 67, 68, 70, 143
_LOOK = 0.25  # seconds between two looks
_PORTS = 3  # tries, where somebody takes the port that was free a moment ago


def main(_argv: list[str]) -> int:
    wake = Wake()
    home = Path(os.environ["TUNEYARD_HOME"])
    RUNS.mkdir(parents=True, exist_ok=True)
    places = views.places(read_json(Path("data.json")), Path.cwd().parent, home)
    try:
        return Training(wake, home, places).run()
    except ValueError as error:
        Problem(str(error), "gpu-gone", next_step="Start the job again.").tell()
        return 1
    finally:
        places.close()


class Training:
    """One attempt: the trainer may be started more than once in it."""

    def __init__(self, wake: Wake, home: Path, places: views.Places) -> None:
        self.wake = wake
        self.home = home
        self.places = places
        self.job = read_json(Path("job.json"))
        self.settings = self._named(read_json(Path("settings.json")))
        self.vendor = read_json(Path("vendor.json"))
        self.models = _paths(read_json_or(Path("models.json"), {}))
        self.buckets = read_json_or(Path("buckets.json"), {})
        self.attempt = int(os.environ.get(process.JOB, ":1").rpartition(":")[2])
        self.marks = configs.marks(self.settings, self.buckets)

    def run(self) -> int:
        for note in self.places.notes:
            say(note)
        found = self._newest()
        past = catch_up()
        if found and past.complete:
            self._note_end(past, found.step)
        if found and self._reached(found):
            say(f"The training already has all its steps, {found.step} of them.")
            return 0
        start = Start(self, found, changes={})
        code = start.run()
        console = start.watcher.console
        if console.complete:
            reason = self._note_end(console, console.step)
            events.tell(EVENTS, "end", reason=reason, step=console.step, epoch=console.epoch)
        return self._stopped(start) if self.wake.asked else code

    def _named(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Weights & Biases wants names."""
        names = {"wandb_project": self.job["name"], "wandb_run": self.job["id"]}
        return {**settings, **{name: settings[name] or own for name, own in names.items()}}

    def _newest(self) -> Checkpoint | None:
        found, damaged = runs.newest(RUNS, self.settings["pipeline_stages"])
        for checkpoint in damaged:
            checkpoint.path.rename(checkpoint.path.with_name(f"{checkpoint.path.name}.damaged"))
            say(f"Warning: the checkpoint {checkpoint.path} is damaged; an older one is used.")
        return found

    def _reached(self, found: Checkpoint) -> bool:
        """Whether there is nothing to do: the trainer itself would go on for a whole epoch."""
        most = self.settings["max_steps"]
        if most and found.step >= most:
            return True
        before = read_json_or(COMPLETE, {})
        epochs = before.get("epochs") if before.get("step") == found.step else None
        return epochs is not None and self.settings["epochs"] <= epochs

    def _note_end(self, console: Console, step: int | None) -> str:
        """Which goal was reached; the trainer saves the model of the last epoch, or of a step."""
        by_epochs = console.saved == f"epoch{console.epoch}"
        write_json(COMPLETE, {"step": step, "epochs": console.epoch if by_epochs else None})
        return "epochs" if by_epochs else "max_steps"

    def _stopped(self, start: Start) -> int:
        found = self._newest()
        over = start.watcher.console.complete
        if found and start.asked and not over and self._wants_model(found):
            found = self._save_model(found) or found
        path = str(found.path) if found else None
        events.tell(EVENTS, "interrupted", path=path, step=found.step if found else None)
        if found:
            say(f"The training was stopped. It goes on from {found.path}.")
        else:
            say("The training was stopped before it had a checkpoint.")
        return STOPPED

    def _wants_model(self, found: Checkpoint) -> bool:
        """The trainer leaves no model at a stop; one that was just saved will do."""
        saved = events.Before.of(EVENTS).steps
        there = [saved.get(str(model.path)) for model in runs.models(found.run)]
        return self.settings["lora_at_stop"] and found.step not in there

    def _save_model(self, found: Checkpoint) -> Checkpoint | None:
        """One step more, after which the trainer saves the model, as at the end of a training."""
        say("The model is saved as it is now: the trainer makes one step more for it.")
        last = Start(self, found, changes={"max_steps": found.step + 1})
        if last.run() != 0:
            say("The model could not be saved; the checkpoint is good.")
            return None
        console = last.watcher.console
        if console.saved == f"epoch{self.settings['epochs']}":
            self._note_end(console, console.step)
        return self._newest()


class Start:
    """One start of the trainer, from a checkpoint or from the beginning.

    `changes` in the settings are for the one step at a stop: that one isn't stopped.
    """

    def __init__(
        self, training: Training, found: Checkpoint | None, *, changes: Mapping[str, Any]
    ) -> None:
        self.training = training
        self.settings = training.settings
        self.found = found
        self.changes = changes
        self.asked = False  # the trainer, to save and end
        self._ended: int | None = None  # by us, and why
        self._problem: Problem | None = None
        self._stall_told = False
        self._failures: set[str] = set()
        self.watcher = self._watcher()
        self.options = self._options()

    def run(self) -> int:
        taken: set[int] = set()
        for _ in range(_PORTS):
            with_port = launch.free_port(self.training.home, taken)
            taken.add(with_port.number)
            try:
                code = self._once(with_port.number)
            finally:
                with_port.close()
            console = self.watcher.console
            if not (code and console.port_taken and console.begun is None) or self._stopping:
                break
            say(f"Port {with_port.number} was taken meanwhile; another one is tried.")
            self.watcher = self._watcher()
        return code

    # -- before ---------------------------------------------------------------------------

    def _watcher(self) -> Watcher:
        extent = Extent(
            _steps_per_epoch(self.training.buckets),
            self.settings["epochs"],
            self.settings["max_steps"],
            examples=self.settings["x_axis_examples"],
        )
        run = self.found.run if self.found else None
        return Watcher(self.training.job["name"], extent, run)

    def _options(self) -> list[str]:
        """Of the command. What would not take effect after a resume is reset for it."""
        options = writing.options(self.settings, resume=self.found is not None)
        if self.found is None:
            return options
        changed = configs.changed(self.found.path, self.training.marks)
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
        training = self.training
        if self.found:
            steps = events.Before.of(EVENTS).steps
            told = {Path(path).name: step for path, step in steps.items()}
            for model in runs.models(self.found.run):
                collect.offer(model, training.job["name"], OUTPUTS)
            runs.make_ready(self.found, told)
        config = configs.write(
            training.attempt,
            self.settings,
            training.places,
            training.models,
            changes=self.changes,
        )
        command = launch.command(
            config,
            devices=launch.devices(os.environ, self.settings["gpus"]),
            port=port,
            run=self.found.run.name if self.found else "",
            options=self.options,
        )
        environ = launch.environment(self.settings, training.vendor, os.environ)
        group = Group(command, Path(training.vendor["path"]), environ, training.wake)
        while not group.ended():
            training.wake.sleep(_LOOK)
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
            for path in self.watcher.new_checkpoints():
                configs.remember(path, self.training.marks)
        except OSError as error:  # a full disk, which may have room again
            if last:
                say(f"The last lines were not read: {error}")
        except Exception as error:  # noqa: BLE001 - same
            if repr(error) not in self._failures:
                self._failures.add(repr(error))
                traceback.print_exc()

    @property
    def _stopping(self) -> bool:
        return self.training.wake.asked and not self.changes

    def _attend(self, group: Group) -> None:
        """What is to be done about what was seen."""
        if self._stopping:
            self._stop(group)
        elif SAVE.exists() and self.watcher.run and self.watcher.trains:
            (self.watcher.run / "save").touch()
            SAVE.unlink()
        if self._ended is None and (ended := self._hopeless(group)):
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
            return NAN, _loss_nan((console.step or 0) - watcher.strange + 1)
        waits = quiet > settings["hang_seconds"]
        if waits and (console.died or (console.caching and group.has_dead_child())):
            return HUNG, _caching_died(console.died)
        if settings["stall_seconds"] and quiet > settings["stall_seconds"]:
            return self._stall(quiet)
        self._stall_told = False
        return None

    def _stall(self, quiet: float) -> tuple[int, Problem] | None:
        if not self._stall_told:
            self._stall_told = True
            self.watcher.warn(
                "stalled",
                f"Nothing was printed or written for {_minutes(quiet)}.",
                "Look at the GPU: if it is idle, stop the job now and resume it.",
            )
        return (STALLED, _stalled(quiet)) if self.settings["stall_action"] == "end" else None

    def _judge(self, code: int) -> int:
        if self._problem and self._ended and not self.watcher.console.complete:
            self._problem.tell()
            return self._ended
        if code == 0 and not self.watcher.console.complete and not self._stopping:
            return ENDED_EARLY
        return 128 - code if code < 0 else code


def _steps_per_epoch(buckets: Mapping[str, Any]) -> int | None:
    found: int | None = buckets.get("sets", {}).get("train", {}).get("steps_per_epoch")
    return found


def _paths(models: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in models.items() if name != "format"}


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def _loss_nan(step: int) -> Problem:
    return Problem(
        f"The loss is not a number (nan) since step {step}, so the training was ended.",
        "loss-nan",
        "learning_rate",
        "Lower the learning rate, or train in bfloat16; then resume from before, or start anew.",
    )


def _caching_died(error: str) -> Problem:
    said = f" with “{error}”" if error and not error.startswith("Process ") else ""
    return Problem(
        f"The process that prepares the data died{said}, and the trainer waits for it for ever.",
        "caching-died",
        "directories",
        "Look above in the log which file it was; correct or remove it, and resume. Without an error"
        " there, memory ran out.",
    )


def _stalled(quiet: float) -> Problem:
    return Problem(
        f"Nothing was printed or written for {_minutes(quiet)}, so the training was ended.",
        "stalled",
        "stall_seconds",
        "Resume: it goes on from the newest checkpoint.",
    )
