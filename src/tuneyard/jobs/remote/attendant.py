"""What an attendant knows of a remote job, and how it writes that down."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuneyard.jobs import inputs
from tuneyard.jobs.manager import Manager
from tuneyard.runner import masking
from tuneyard.runner.folder import append_line, read_json_or, read_lines, write_json
from tuneyard.runner.states import State

from .handle import Handle, new_handle
from .limits import Limits
from .mirror.checkpoints import newest_checkpoint
from .mirror.folder import Mirror
from .shown import shown
from .terms.rental import Rental
from .unheard import look_first

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder

    from . import words
    from .handle import Phase


class Attendant:
    """What is known of the newest attempt of one job, and how it is written down."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.limits = Limits.given()
        self.job = Manager(folder.home).asked(folder)
        self.attempt = max(folder.attempts(), default=1)
        self.started: float = read_json_or(folder.attempt(self.attempt), {}).get("created", 0.0)
        self.status = read_json_or(folder.state, {"state": State.QUEUED.value, "attempt": 0})
        self.handle = self._handle()
        self.mirror = Mirror(folder, self.handle, self.save)
        self._rental: Rental | None = None

    @property
    def over(self) -> bool:
        """Whether the newest attempt has come to its end."""
        return self.status.get("attempt") == self.attempt and State(self.status["state"]).ended

    # -- what happens, written down ------------------------------------------------

    def to(self, phase: Phase, **more: Any) -> None:
        """Another phase, on the disk before anything else happens."""
        for name, value in {"phase": phase, "said": "", **more}.items():
            setattr(self.handle, name, value)
        if phase == "gone" or (phase == "fetching" and self.handle.asked):
            self.handle.ended = self.handle.ended or time.time()
        self.save()
        if phase == "gone" and self.handle.created:
            self.event("cost", dollars=round(self.handle.spent(time.time()), 4))
        self.show()

    def end(self, verdict: words.Verdict) -> None:
        """The job is over, as home sees it; what may cost is ended first."""
        self.to("releasing" if self.handle.asked else "gone", verdict=verdict)

    def lose(self, verdict: words.Verdict) -> None:
        """The same of a job whose pod is gone, unless its repository knows better."""
        self.handle.unheard = self.handle.pod if self.job.results.repository else ""
        self.end(verdict)

    def say(self, said: str) -> None:
        """What is going on while there is nothing else to see, in others' words at times."""
        said = self.masked(said)
        if said != self.handle.said:
            self._show_said(said)
            if said:
                self.event("pod", said=said)

    def hear(self, lines: list[str], **more: Any) -> None:
        """The same of several lines at once, which are masked; `more` says where they are from."""
        self.event("pod", said=lines[-1], lines=lines, **more)
        self._show_said(lines[-1])

    def masked(self, text: str) -> str:
        return masking.Masker.of_job(self.folder.masks).text(text)

    def event(self, name: str, **more: Any) -> None:
        append_line(self.folder.events, {"t": time.time(), "event": name, **more})

    def save(self) -> None:
        self.handle.write(self.folder)

    def show(self, needs: list[str] | None = None) -> None:
        """Writes state.json, if what home and pod know makes another one."""
        state = shown(self.handle, self.mirror.state, started=self.started, needs=needs)
        moved = state["state"] != self.status.get("state")
        state["since"] = time.time() if moved else self.status.get("since")
        if state == self.status:
            return
        self.status = state
        write_json(self.folder.state, state)
        if moved and (state["state"] == State.PROVISIONING or State(state["state"]).ended):
            self.event("state", state=state["state"])

    def _show_said(self, said: str) -> None:
        self.handle.said = said
        self.save()
        self.show()

    # -- what is asked -------------------------------------------------------------

    @property
    def stop(self) -> str:
        """``save`` or ``now``, or nothing: how the job is to be stopped."""
        try:
            text = self.folder.stop.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        return "now" if text == "now" else "save"

    def pause(self, seconds: float) -> None:
        """Until then, or until the job is to be stopped some other way than before."""
        before, end = self.stop, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.stop == before:
            time.sleep(min(left, 0.2))

    def rental(self) -> Rental:
        """What is asked for, with all that has to travel packed and ready."""
        if self._rental is None:
            manifest, replaced = inputs.told(self._travelling(), self.handle.hub)
            cache = inputs.recipe.programs(self.folder.home)
            self._rental = Rental(self.job, self.folder.id, cache, replaced, tuple(manifest))
        return self._rental

    @property
    def travels(self) -> bool:
        """Whether anything has to travel, without packing it."""
        return bool(inputs.of(self.job) or self._checkpoint() or self._recipe())

    def packed(self) -> list[inputs.Packed]:
        """What has to travel: the recipe, the job's data from here, and checkpoints to go on from."""
        again = self.again()
        return [*self._travelling(), *([again] if again else [])]

    def again(self) -> inputs.Packed | None:
        """The checkpoint that a pod gets whose disk was wiped. Raises InputsError."""
        if self.handle.again is None:
            return None
        place, here = self.handle.again
        return replace(inputs.pack(self.folder.path / here, self.folder.home), place=place)

    def _travelling(self) -> list[inputs.Packed]:
        """The recipe first: without it a pod knows nothing of its job."""
        data = inputs.pack_all(self.job, self.folder.home, resume=self._checkpoint())
        return [*self._recipe(), *data]

    def _recipe(self) -> list[inputs.Packed]:
        return inputs.recipe.of(self.job, self.folder.home)

    def _checkpoint(self) -> tuple[str, Path] | None:
        """The newest that came home from an earlier attempt: its path there, and here."""
        return newest_checkpoint(self.folder, self.attempt) if self.handle.mirrored else None

    # -- the beginning -------------------------------------------------------------

    def _handle(self) -> Handle:
        found = Handle.read(self.folder)
        if found is not None and found.attempt == self.attempt:
            return found
        new = new_handle(self.folder, self.attempt, found)
        if self.job.results.repository:
            look_first(new, found, self.folder)
        return new

    def begin(self) -> None:
        """Writes down that the attempt has begun, once however often it is called."""
        masking.remember(self.folder.masks, [self.handle.token])
        if not any(_begins(line, self.attempt) for line in read_lines(self.folder.events)):
            for record in (self.folder.path / "steps").glob("*"):
                record.unlink()  # of the attempt before: a new pod does all of it again
            size = self.folder.log.stat().st_size if self.folder.log.exists() else 0
            self.event("attempt", attempt=self.attempt, offset=size)
        self.save()
        self.show()


def _begins(line: Mapping[str, Any], attempt: int) -> bool:
    return line.get("event") == "attempt" and line.get("attempt") == attempt and "from" not in line
