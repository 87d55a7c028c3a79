"""The runner: takes a job through the steps of its plan and keeps its state true.

It may be killed at any moment. All it knows is in the folder; the next runner
reads it there, finds the step that goes on, and carries on watching it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from . import causes, environ, gpus, process, side, speeds
from .alone import alone
from .ends import LOST, Ended, Waiting, own_failure, unknown
from .folder import JobFolder, held, read, read_json, read_json_or, write_text
from .masking import Masker
from .metrics import Progress
from .process import Identity
from .saving import Saving
from .side import SideTasks
from .states import PHASE_STATES, State
from .status import Status
from .step import PHASES, Plan, Step, fingerprint, shared
from .watch import Watch
from .wrap import Order

if TYPE_CHECKING:
    from types import ModuleType

_END_OF_LOG = 64 << 10  # bytes in which a cause is looked for
_AGAIN = 1000  # more steps than any plan has


@dataclass(frozen=True)
class Limits:
    """All in seconds; a plan's ``limits`` replaces them, so that tests can be short.

    poll: between two looks at a running step. linger: what a command leaves
    behind may go on for. revive: until a missing runner is missed. side_tasks:
    that the end of training waits for samples. push: that a stop which saves
    waits for the checkpoint to be pushed. save: between two writes of progress.
    checkpoint: that one which was asked for may take.
    """

    poll: float = 0.2
    linger: float = 30.0
    revive: float = 2.0
    side_tasks: float = 900.0
    push: float = 300.0
    save: float = 1.0
    checkpoint: float = 900.0

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Limits:
        known = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in plan.get("limits", {}).items() if k in known})


def main(argv: list[str]) -> int:
    folder = JobFolder(argv[0])
    return alone(folder, lambda: Runner(folder).run())


class Runner:
    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.status = Status(folder)
        self.attempt = max(folder.attempts(), default=1)
        self.only: list[str] = read_json_or(folder.attempt(self.attempt), {}).get("only") or []
        self.gpus = gpus.Held()
        self.limits = Limits()
        self.plan = Plan("", "", ())
        self.module: ModuleType | None = None

    def run(self) -> None:
        if self.status.state.ended and self.status.data.get("attempt") == self.attempt:
            return
        try:
            self._load()
            self._begin()
            self._wait_for_gpus()
            self._run_steps()
            self._end(State.SUCCEEDED)
        except Ended as end:
            self._end(end.state, end.cause)
        except Waiting as waiting:
            self.status.save(needs=waiting.names, runner=None)
            self.status.event("needs", names=waiting.names)
        except Exception as error:
            if not self._anything_lives():
                self._end(State.FAILED, own_failure(error))
            raise
        finally:
            gpus.give_back(self.folder, self.gpus)

    # -- the beginning and the end ------------------------------------------------

    def _load(self) -> None:
        plan = read_json(self.folder.plan)
        self.plan = Plan.from_json(plan)
        self.limits = Limits.of(plan)
        self.module = importlib.import_module(self.plan.module) if self.plan.module else None

    def _begin(self) -> None:
        _sweep_temporary_files(self.folder)
        for path, text in self.plan.files.items():
            target = self.folder.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, text)
        now: dict[str, Any] = {"runner": Identity.mine().as_json(), "needs": []}
        if self.status.data.get("attempt") == self.attempt:
            self.status.save(**now)
            return
        before, cause = self.status.state, self.status.data.get("cause")
        self.status.data.update(_a_new_attempt(self.attempt, len(self.plan.steps)), **now)
        if before.ended:
            self.status.move(State.QUEUED, before=before.value, cause_before=cause)
        else:
            self.status.save(before=None, cause_before=None)
        self.status.event("attempt", attempt=self.attempt, offset=self._log_size())

    def _end(self, state: State, cause: causes.Cause | None = None) -> None:
        while process.kill_all(self.folder):
            time.sleep(0.02)
        gpus.leave(self.folder.home, self.folder.id)
        nobody: dict[str, Any] = dict.fromkeys(
            ("runner", "wrapper", "command", "stopping", "waiting")
        )
        told = asdict(cause) if cause else None
        if self.only and (before := self.status.data.get("before")):
            # An attempt of a few chosen steps leaves the job's end as it was.
            if state is not State.SUCCEEDED:
                self.status.event("warning", step=",".join(self.only), state=state, cause=told)
            state, told = State(before), self.status.data.get("cause_before")
        self.status.move(state, ended=time.time(), cause=told, **nobody)

    def _anything_lives(self) -> bool:
        return held(self.folder.job_lock) or bool(process.of_job(self.folder))

    def _log_size(self) -> int:
        return self.folder.log.stat().st_size if self.folder.log.exists() else 0

    # -- waiting for a place ------------------------------------------------------

    def _wait_for_gpus(self) -> None:
        if not self.plan.needs.gpus:
            return
        ids = gpus.present()  # asked once: the driver's tool takes a while to answer
        while (found := gpus.take(self.folder, self.plan.needs.gpus, ids)).held is None:
            if self._stop_wanted() and self.status.state is State.QUEUED:
                raise Ended(State.STOPPED)
            waiting = {"for": "gpu", "before": found.before}
            if self.status.data.get("waiting") != waiting:
                self.status.save(waiting=waiting)
            time.sleep(self.limits.poll)
        self.gpus = found.held
        self.status.save(gpus=self.gpus.ids, waiting=None)

    # -- steps --------------------------------------------------------------------

    def _run_steps(self) -> None:
        tasks = SideTasks(
            self.folder,
            self.status,
            getattr(self.module, "side_tasks", lambda _event, _job: ()),
            lambda task, key: self._order(task, key, fingerprint(task), side.LOCK),
        )
        progress = Progress(self.folder, self.status, self.plan, self.module, self.limits.save)
        try:
            self._run_each(tasks, progress)
        except Ended as end:
            if end.state is State.STOPPED and not self.only:
                with contextlib.suppress(Ended):  # a push that can't be started changes nothing
                    self._push_last(tasks)
            raise

    def _run_each(self, tasks: SideTasks, progress: Progress) -> None:
        newest = 0
        for number, step in enumerate(self.plan.steps, start=1):
            if self.only and step.name not in self.only:
                continue
            mark = fingerprint(step)
            record = read_json_or(self.folder.finished(str(number)), {})
            if not self._done(record, mark, newest):
                if step.phase == "finish" and not self.only:
                    self._finish_side_tasks(tasks)
                record = self._run_step(number, step, mark, tasks, progress)
            newest = max(newest, record["attempt"])

    def _done(self, record: dict[str, Any], mark: str, newest: int) -> bool:
        """Whether a step was finished for good: neither it nor one before it has changed since.

        What an attempt is made for is done in it, whatever was done before.
        """
        if record.get("exit") != 0 or record.get("fingerprint") != mark:
            return False
        return bool(record["attempt"] >= (self.attempt if self.only else newest))

    def _run_step(
        self,
        number: int,
        step: Step,
        mark: str,
        tasks: SideTasks,
        progress: Progress,
        key: str = "",
    ) -> dict[str, Any]:
        """`key` names its records where they are not to replace those of an earlier attempt."""
        key = key or str(number)
        watch = Watch(self.folder, self.status, step, self._order(step, key, mark))
        begun = watch.started is not None
        if not begun:
            self._make_again(number, step, tasks, progress)
            # Anew: what was made again may lie elsewhere now.
            watch = Watch(self.folder, self.status, step, self._order(step, key, mark))
        if not begun and self._stop_wanted():
            raise Ended(State.STOPPED)
        if not begun and (lacking := environ.missing(step.secrets, os.environ)):
            raise Waiting(lacking)
        place = {"n": number, "name": step.name, "title": step.title, "offset": self._log_size()}
        if step.save:
            place["saves"] = True
        if not begun:
            self.status.move(PHASE_STATES[step.phase], step=place, phase=step.phase)
            self.status.event("step", step=step.name, n=number, offset=place["offset"])
            watch.start()
        record = self._follow(watch, tasks, progress)
        if step.phase == "train":
            self._note_speed(step, record, progress)
        self._judge(step, record)
        return record

    def _make_again(self, number: int, step: Step, tasks: SideTasks, progress: Progress) -> None:
        """What a step needs that others made for all jobs, where it was cleaned since.

        It is the same as before: what came after it still holds, and so do its records.
        """
        for before, maker in enumerate(self.plan.steps[: number - 1], start=1):
            if self._cleaned(maker, step):
                # A number, by which its wrapper knows it for a step and not a side task.
                key = str(before + _AGAIN * self.attempt)
                self._run_step(before, maker, fingerprint(maker), tasks, progress, key)

    def _cleaned(self, maker: Step, step: Step) -> bool:
        needed = (
            path
            for path, until in shared(maker.shares, self.folder)
            if PHASES.index(step.phase) <= PHASES.index(until)
        )
        return any(not path.exists() for path in needed)

    def _follow(self, watch: Watch, tasks: SideTasks, progress: Progress) -> dict[str, Any]:
        noted = False
        saving = Saving(self.folder, self.status, watch.step, self.limits.checkpoint)
        while (record := watch.look()) is None:
            if not noted and (started := watch.started) and started["command"]:
                self.status.save(wrapper=started["wrapper"], command=started["command"])
                noted = True
            progress.pump()
            if wanted := self._stop_wanted():
                self._stop(watch, tasks, wanted)
            else:
                tasks.pump()
                saving.look()
            watch.pause(self.limits.poll)
        progress.drain()
        saving.end(stopping=bool(self.status.data.get("stopping")))
        return record

    def _note_speed(self, step: Step, record: dict[str, Any], progress: Progress) -> None:
        """For the next job's estimate; as an event too, since a pod's home ends with it."""
        pace, said = progress.pace, progress.follower.progress if progress.follower else {}
        if pace.seconds_a_step is None or not getattr(self.module, "SPEED", ()):
            return
        settings = read_json_or(self.folder.job, {}).get("settings", {})
        speed = speeds.Speed(
            t=time.time(),
            recipe=self.plan.recipe,
            job=self.folder.id,
            device=gpus.device(self.gpus.ids),
            settings={**settings, **step.reads},  # with what this attempt has set anew
            steps=pace.steps,
            seconds_a_step=round(pace.seconds_a_step, 4),
            memory=record.get("memory"),
            seconds=round(pace.seconds, 1),
            epoch_steps=said.get("epoch_steps"),
        )
        speeds.note(self.folder.home, speed)
        self.status.event("speed", **asdict(speed))

    def _judge(self, step: Step, record: dict[str, Any]) -> None:
        code = record["exit"]
        if self.status.data.get("stopping"):
            raise Ended(State.STOPPED)
        if code is None:
            raise Ended(State.LOST, LOST)
        if code == 0:
            return
        cause = self._cause(step, code)
        if not step.optional:
            raise Ended(State.FAILED, cause)
        self.status.event("warning", step=step.name, title=step.title, cause=asdict(cause))

    def _cause(self, step: Step, code: int) -> causes.Cause:
        begin = max(self.status.data["step"]["offset"], self._log_size() - _END_OF_LOG)
        end = read(self.folder.log, begin, _END_OF_LOG).data
        # A trainer may have printed a token there; what is quoted in state.json has stars.
        end = Masker.of_job(self.folder.masks).mask(end)
        rules = [causes.TOLD, *getattr(self.module, "CAUSES", ()), *causes.GENERAL]
        return causes.find(rules, code, end, step.name) or unknown(code, end, step.title)

    def _finish_side_tasks(self, tasks: SideTasks) -> None:
        """The last samples belong before the job's own last steps."""
        deadline = time.monotonic() + self.limits.side_tasks
        while not self._stop_wanted():
            tasks.pump()
            if not tasks.busy:
                return
            if time.monotonic() > deadline:
                tasks.drop()
            time.sleep(0.02)

    def _order(self, step: Step, key: str, mark: str, lock: str = "job.lock") -> Order:
        visible = {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus.ids)} if self.gpus.ids else {}
        return Order(
            folder=str(self.folder.path),
            key=key,
            name=step.name,
            attempt=self.attempt,
            fingerprint=mark,
            command=[self._expand(word) for word in step.command],
            lock=lock,
            env={**(visible if step.gpu else {}), **step.env},
            secrets=step.secrets,
            keep=self.gpus.locks,
            nice=step.nice,
            linger=self.limits.linger,
            revive=self.limits.revive,
        )

    def _expand(self, word: str) -> str:
        if "${" not in word:
            return word
        trainer = read_json_or(self.folder.work / "trainer.json", {}).get("python", "")
        for name, value in (
            ("runner", str(self.folder.runner)),
            ("python", sys.executable),
            ("trainer", trainer),
            ("home", str(self.folder.home)),
            ("job", str(self.folder.path)),
        ):
            word = word.replace(f"${{{name}}}", value)
        return word

    # -- stopping -----------------------------------------------------------------

    def _stop_wanted(self) -> str:
        """``save`` or ``now``, or nothing."""
        try:
            text = self.folder.stop.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        return "now" if text == "now" else "save"

    def _stop(self, watch: Watch, tasks: SideTasks, wanted: str) -> None:
        if wanted == "now":
            tasks.drop()
        else:
            tasks.hold()
        stopping = self.status.data.get("stopping") or {"at": time.time()}
        if stopping.get("how") != wanted:
            stopping = {**stopping, "how": wanted}
            self.status.save(stopping=stopping)
            self.status.event("stopping", how=wanted)
        if wanted == "now" or time.time() > stopping["at"] + watch.step.stop.grace:
            watch.kill()
        else:
            watch.ask()

    def _push_last(self, tasks: SideTasks) -> None:
        """What a stop has saved goes where the job's results go. What takes longer ends with the job."""
        if self._stop_wanted() == "now" or not tasks.leave_last_push():
            return
        waiting = self.status.data.get("waiting") or {}
        if waiting.get("for") != "push":
            waiting = {"for": "push", "since": time.time()}
            self.status.save(waiting=waiting)
        while tasks.busy and self._stop_wanted() != "now":
            if time.time() > waiting["since"] + self.limits.push:
                late = causes.Cause(
                    "push-late", "It took too long, and was ended.", "A resume does it."
                )
                self.status.event("warning", step="push", title=tasks.title, cause=asdict(late))
                return
            time.sleep(self.limits.poll)
            tasks.go_on()


def _a_new_attempt(number: int, steps: int) -> dict[str, Any]:
    return {
        "attempt": number,
        "started": time.time(),
        "ended": None,
        "phase": None,
        "step": {},
        "steps": steps,
        "progress": {},
        "cause": None,
        "stopping": None,
        "saving": None,
        "waiting": None,
    }


def _sweep_temporary_files(folder: JobFolder) -> None:
    """What a kill in the middle of a write left; nobody else writes while we hold the lock."""
    for path in folder.path.glob(".*.tmp"):
        path.unlink(missing_ok=True)
