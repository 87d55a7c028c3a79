"""Trains: starts diffusion-pipe on the GPUs that it was given, and sees it through to its end.

Run in the job's ``work/`` under the trainer's Python. Exit codes: 0 the goal is reached (or
was already); 66 the loss became no number; 67 the caching died while the trainer waited for
it; 68 nothing happened any more; 70 the trainer ended as if all were well, before its
goal; 143 stopped on request; else the trainer's own, of a signal 128 more than its number.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.recipes.diffusion_pipe.data import views
from tuneyard.recipes.diffusion_pipe.trainer import configs, events, runs
from tuneyard.recipes.diffusion_pipe.trainer.attempt import Attempt
from tuneyard.recipes.diffusion_pipe.trainer.group import Wake
from tuneyard.recipes.diffusion_pipe.trainer.layout import (
    COMPLETE,
    EVENTS,
    RUNS,
    say,
)
from tuneyard.recipes.diffusion_pipe.trainer.start import Start
from tuneyard.recipes.diffusion_pipe.trainer.watcher import catch_up
from tuneyard.runner.folder import read_json, read_json_or, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from tuneyard.recipes.diffusion_pipe.trainer.console import Console
    from tuneyard.recipes.diffusion_pipe.trainer.runs import Checkpoint

STOPPED = 143


def main(_argv: list[str]) -> int:
    wake = Wake()
    home = Path(os.environ["TUNEYARD_HOME"])
    RUNS.mkdir(parents=True, exist_ok=True)
    places = views.places(read_json(Path("data.json")), Path.cwd().parent, home)
    try:
        return Training(Attempt(wake, home, places)).run()
    except ValueError as error:
        Problem(str(error), "gpu-gone", next_step="Start the job again.").tell()
        return 1
    finally:
        places.close()


class Training:
    """Sees one attempt through: a start of the trainer, and what is left to do after its end."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.settings = attempt.settings

    def run(self) -> int:
        for note in self.attempt.places.notes:
            say(note)
        runs.clear(RUNS)
        found = self._newest()
        past = catch_up()
        if found and past.complete:
            self._note_end(past, found.step)
        if found and self._reached(found):
            return self._left_as_it_is(found)
        start = Start(self.attempt, found, changes={})
        code = start.run()
        if found and start.beyond and not self.attempt.wake.asked:
            return self._left_as_it_is(found)
        console = start.watcher.console
        if console.complete:
            reason = self._note_end(console, console.step)
            events.tell(EVENTS, "end", reason=reason, step=console.step, epoch=console.epoch)
        return self._stopped(start) if self.attempt.wake.asked else code

    def _newest(self) -> Checkpoint | None:
        found, damaged = runs.newest(RUNS, self.settings["pipeline_stages"])
        for checkpoint in damaged:
            runs.set_aside(checkpoint)
            say(f"Warning: the checkpoint {checkpoint.path} is damaged; an older one is used.")
        return found

    def _reached(self, found: Checkpoint) -> bool:
        """Whether there is nothing to do: the trainer itself would go on for a whole epoch.

        That a checkpoint was made at the very end of its epoch, only the trainer knows where it
        isn't the end of all: see `Start.beyond`.
        """
        most = self.settings["max_steps"]
        if most and found.step >= most:
            return True
        before = read_json_or(COMPLETE, {})
        whole = before.get("epochs") if before.get("step") == found.step else None
        within = events.Before.of(EVENTS).epochs.get(str(found.path), 1)
        epochs: int = self.settings["epochs"]
        return epochs <= max(whole or 0, within - 1)

    def _left_as_it_is(self, found: Checkpoint) -> int:
        """Of a goal that was set back behind where it is, there may be no model yet."""
        say(f"The training already has all its steps, {found.step} of them.")
        goal = f"epoch{self.settings['epochs']}"
        if goal not in [model.name for model in runs.models(found.run)] and self._wants_model(
            found
        ):
            found = self._save_model(found) or found
        each = configs.steps_per_epoch(self.attempt.buckets)
        about = {"epochs": self.settings["epochs"], "steps_per_epoch": each}
        events.tell(EVENTS, "start", steps=found.step, **about)
        return 0

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
        last = Start(self.attempt, found, changes={"max_steps": found.step + 1})
        if last.run() != 0:
            say("The model could not be saved; the checkpoint is good.")
            return None
        console = last.watcher.console
        if console.saved == f"epoch{self.settings['epochs']}":
            self._note_end(console, console.step)
        return self._newest()
