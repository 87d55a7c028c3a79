"""A home to take pictures of: jobs in every state, without a trainer.

All of them are the one training (`trained.py`) at different moments, but for the job that
failed: its log is that of a real failure, from the tests. Locks that a runner would hold are
held here, so that the server leaves these jobs as they are.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trained import Training, make_up

from tuneyard.jobs import plan as plans
from tuneyard.jobs.files import RECORDS
from tuneyard.jobs.job import Job, build
from tuneyard.jobs.storage.uploads import Uploads
from tuneyard.recipes.base import recipes
from tuneyard.runner import causes
from tuneyard.runner.ends import LOST
from tuneyard.runner.folder import JobFolder, acquire, append_line, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping

GPU = "gpu-0"  # stands in for one, by TUNEYARD_GPUS: the queue has something to wait for
ROOT = Path(__file__).parents[2]
_LOSS_NAN = 99.0  # seconds that the bars of that failure's log say
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


@dataclass
class Home:
    """A home with jobs, by what they show. Its locks are held until it is closed."""

    path: Path
    training: Training
    dataset: Path
    now: float = field(default_factory=time.time)
    jobs: dict[str, str] = field(default_factory=dict)  # what it shows: its id
    locks: list[int] = field(default_factory=list)

    @classmethod
    def make(
        cls, path: Path, training: Training | None, *, gpu: bool = False, rented: bool = False
    ) -> Home:
        """`training` None is made up. With a `gpu`, one job has it and others wait for it; with
        `rented`, one is for a pod.
        """
        os.environ["TUNEYARD_GPUS"] = GPU if gpu else ""
        dataset = path.with_name("recordings")
        if not dataset.exists():
            shutil.copytree(ROOT / "examples/first-voice", dataset)
        home = cls(path, training or _made_up(path.with_name("made-up"), dataset), dataset)
        home._fill(gpu=gpu)
        if rented:
            home._at("rented", "far-voice", 0.5, 0.0, {"name": "runpod", "gpus": ["NVIDIA A40"]})
        return home

    def close(self) -> None:
        for lock in self.locks:
            os.close(lock)

    def _fill(self, *, gpu: bool) -> None:
        self._finished("done", "first-voice", 2 * _HOUR)
        self._at("stopped", "half-voice", 0.45, _DAY)
        self._at("lost", "lost-voice", 0.7, 3 * _DAY)
        self._failed(ROOT / "tests/data/logs/piper/loss-nan.log", 26 * _HOUR)
        self._needing("waits-for-secret", "shared-voice", 20 * _MINUTE)
        self._at("running", "second-voice", 0.6, 0.0)
        if gpu:
            self._preparing("preparing", "night-voice")
            self._queued("next", "quiet-voice", 0, 9 * _MINUTE)
            self._queued("queued", "slow-voice", 1, 4 * _MINUTE)
            order = [self.jobs["next"], self.jobs["queued"]]
            write_json(self.path / "queue.json", {"order": order})
        self._uploaded()
        self._environment()
        self._date()

    # -- jobs ---------------------------------------------------------------------

    def _finished(self, what: str, name: str, ago: float) -> None:
        folder = self._new(what, name, self.now - ago - self._took)
        state = self.training.copy(folder, self.now - ago, self._places)
        write_json(folder.state, state)

    def _at(
        self,
        what: str,
        name: str,
        share: float,
        ago: float,
        compute: Mapping[str, Any] | None = None,
    ) -> None:
        """One that got so far with its training: stopped or lost there, or running still."""
        moment = self.training.moment(share)
        begun = self.now - ago - (moment - self.training.begun)
        folder = self._new(what, name, begun, compute=compute)
        state = self.training.copy(folder, self.now - ago, self._places, moment)
        if what in {"running", "rented"}:
            self._hold(folder.runner_lock)
            self._hold(folder.job_lock)
            write_json(folder.state, state)
        else:
            cause = asdict(LOST) if what == "lost" else None
            self._end(folder, {**state, "state": what, "cause": cause}, self.now - ago)

    def _failed(self, log: Path, ago: float) -> None:
        """Prepared like the others; then its training is the one of that log."""
        begins, ends = self.training.moment(0.0), self.now - ago
        started = ends - _LOSS_NAN
        created = started - (begins - self.training.begun)
        folder = self._new("failed", "loud-voice", created, {"learning_rate": 0.9})
        state = self.training.copy(folder, started, self._places, begins)
        with folder.log.open("ab") as file:
            file.write(log.read_bytes())
        rules = recipes()["piper"].steps.CAUSES
        cause = causes.find([*rules, *causes.GENERAL], 1, log.read_bytes(), "train")
        if cause is None:
            raise SystemExit(f"No rule explains {log}.")
        n, _ = self._step(folder, "train")
        record = {"name": "train", "attempt": 1, "exit": 1, "started": started, "ended": ends}
        write_json(folder.finished(str(n)), record)
        self._end(folder, {**state, "state": "failed", "cause": asdict(cause)}, ends)

    def _needing(self, what: str, name: str, ago: float) -> None:
        """Trained to its end, and waits for the token that it pushes with."""
        results = {"repository": "somebody/shared-voice"}
        folder = self._new(what, name, self.now - ago - self._took, results=results)
        state = self.training.copy(folder, self.now - ago, self._places)
        n, step = self._step(folder, "push")
        place = {"n": n, "name": "push", "title": step["title"], "offset": 0}
        needs = {"needs": ["HF_WRITE_TOKEN"], "step": place, "steps": n}
        write_json(folder.state, {**state, "state": "finishing", "ended": None, **needs})

    def _preparing(self, what: str, name: str) -> None:
        """Has the GPU, and has only just begun."""
        folder = self._new(what, name, self.now - _MINUTE, {"accelerator": "auto"})
        moment = self.training.begun + 2.0
        state = self.training.copy(folder, self.now, self._places, moment)
        write_json(folder.state, {**state, "state": "preparing", "gpus": [GPU]})
        self._hold(folder.runner_lock)
        self._hold(folder.job_lock)
        (self.path / "gpus").mkdir(exist_ok=True)
        self._hold(self.path / f"gpus/{GPU}.lock")
        write_json(self.path / f"gpus/{GPU}.json", {"job": folder.id})

    def _queued(self, what: str, name: str, before: int, ago: float) -> None:
        folder = self._new(what, name, self.now - ago, {"accelerator": "auto"})
        state = {"state": "queued", "attempt": 1, "started": self.now - ago, "needs": []}
        waiting = {"for": "gpu", "before": before}
        write_json(folder.state, {**state, "since": self.now - ago, "waiting": waiting})
        self._hold(folder.runner_lock)

    # -- helpers ------------------------------------------------------------------

    def _new(
        self,
        what: str,
        name: str,
        created: float,
        settings: Mapping[str, Any] | None = None,
        results: Mapping[str, Any] | None = None,
        compute: Mapping[str, Any] | None = None,
    ) -> JobFolder:
        name = f"made-up-{name}" if self.training.made_up else name
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(created))
        folder = JobFolder(self.path / "jobs" / f"{stamp}-{name}")
        folder.make()
        asked = {**self.training.job["settings"], "accelerator": "cpu", **(settings or {})}
        asked["dataset"] = str(self.dataset)
        write_plan(folder, _job(name, asked, results or {}, compute or {"name": "local"}))
        write_json(folder.attempt(1), {"created": created})
        os.utime(folder.job, (created, created))
        self.jobs[what] = folder.id
        return folder

    def _end(self, folder: JobFolder, state: Mapping[str, Any], at: float) -> None:
        write_json(folder.state, {**state, "ended": at, "since": at})
        append_line(folder.events, {"t": at, "event": "state", "state": state["state"]})

    def _step(self, folder: JobFolder, name: str) -> tuple[int, dict[str, Any]]:
        steps = plan_of(folder)
        return next((n, step) for n, step in enumerate(steps, start=1) if step["name"] == name)

    def _hold(self, lock: Path) -> None:
        number = acquire(lock)
        if number is None:
            raise SystemExit(f"Somebody else holds {lock}.")
        self.locks.append(number)

    def _environment(self) -> None:
        """The trainer's, if the real training left one: the same files at two places."""
        made = self.now - 4 * _DAY  # before all that use it
        for found in (self.training.home / "envs").glob("[!.]*/tuneyard.json"):
            target = self.path / "envs" / found.parent.name
            shutil.copytree(found.parent, target, symlinks=True, copy_function=_linked)
            (target / found.name).unlink()
            shutil.copyfile(found, target / found.name)
            os.utime(target / found.name, (made, made))
        shutil.rmtree(self.path.with_name("made-up"), ignore_errors=True)

    def _uploaded(self) -> None:
        """The recordings once more, as somebody would have dropped them into the page."""
        uploads = Uploads(self.path)
        upload = uploads.begin()["id"]
        for path in sorted(self.dataset.rglob("*")):
            if path.is_file():
                name = path.relative_to(self.dataset.parent).as_posix()
                with uploads.receive(upload, name) as file:
                    file.write(path.read_bytes())
        uploads.done(upload)

    def _date(self) -> None:
        """Records of a job that has ended are as old as its end."""
        for job in self.jobs.values():
            folder = JobFolder(self.path / "jobs" / job)
            ended = read_json(folder.state).get("ended") or self.now
            for name in RECORDS:
                if name != folder.job.name and (folder.path / name).exists():
                    os.utime(folder.path / name, (ended, ended))

    @property
    def _took(self) -> float:
        return self.training.ended - self.training.begun

    @property
    def _places(self) -> dict[str, str]:
        old = self.training.job["settings"]["dataset"]
        return {old: str(self.dataset), str(self.training.home): str(self.path)}


def plan_of(folder: JobFolder) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = read_json(folder.plan)["steps"]
    return steps


def write_plan(folder: JobFolder, job: Job) -> None:
    write_json(folder.job, plans.as_json(job, folder.id))
    write_json(folder.plan, plans.make(job, folder.id).as_json())


def _job(
    name: str,
    settings: Mapping[str, Any],
    results: Mapping[str, Any],
    compute: Mapping[str, Any],
) -> Job:
    data = {"settings": dict(settings), "results": dict(results), "compute": dict(compute)}
    return build({"recipe": "piper", "name": name, **data})


def _made_up(place: Path, dataset: Path) -> Training:
    folder = JobFolder(place / "jobs" / "made-up")
    folder.make()
    wanted = {"dataset": str(dataset), "quality": "tiny", "epochs": 12, "checkpoint_epochs": 4}
    write_plan(folder, _job("made-up", wanted, {}, {"name": "local"}))
    return make_up(folder, plan_of(folder))


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copyfile(source, target)
