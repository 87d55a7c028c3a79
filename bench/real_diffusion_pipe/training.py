"""A job of the real trainer: what Tuneyard says of it, and what the trainer itself printed."""

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from real_diffusion_pipe import stage

from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.diffusion_pipe.trainer import runs
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines
from tuneyard.runner.process import of_job
from tuneyard.runner.states import State

LONGEST = 900.0  # seconds that anything is waited for
_LOOK = 0.2

_STEP = re.compile(r"^steps: (\d+) loss: (\S+) ", re.MULTILINE)
_EPOCH = re.compile(r"^Started new epoch: (\d+)$", re.MULTILINE)
_RATE = re.compile(r"\[Rank 0\] step=(\d+), skipped=0, lr=\[([^],]+)")
_PORT = re.compile(r"'--master_port', '(\d+)'")


@dataclass(frozen=True)
class Stage:
    """What all jobs of a bench share; `root` is its folder."""

    root: Path
    repository: stage.Repository
    python: Path
    model: Path

    @property
    def wan(self) -> Path:
        place = self.root / "tiny-wan"
        return place if place.exists() else stage.wan(self.python, self.repository.path, place)

    def clips(self, name: str, *groups: tuple[int, int, int]) -> str:
        """By how many, their frames, and how many of these a second."""
        for count, frames, fps in groups:
            stage.clips(self.python, self.root / name, count, frames, fps)
        return str(self.root / name)

    def pictures(self, name: str, *groups: tuple[int, tuple[int, int]]) -> str:
        for count, size in groups:
            stage.pictures(self.root / name, count, size)
        return str(self.root / name)


class Printed(NamedTuple):
    """What the trainer said, read by nobody but us."""

    losses: list[tuple[int, float]]
    rates: list[float]
    epochs: dict[int, int]  # after which step each began
    ports: list[str]

    @property
    def last(self) -> int:
        return max((step for step, _ in self.losses), default=0)


class Training:
    def __init__(self, stage: Stage, name: str, **settings: Any) -> None:
        self.home = Manager(stage.root / "home")
        own = {
            "model": "flux",
            "diffusers_path": str(stage.model),
            "dtype": "float32",
            "resolutions": ["64"],
            "rank": 2,
            "optimizer": "adamw",
            "warmup_steps": 0,
            "save_every_n_epochs": 1,
            "repository": str(stage.repository.path),
            "revision": stage.repository.revision,
            "trainer_python": str(stage.python),
        }
        asked = {"recipe": "diffusion-pipe", "name": name, "settings": {**own, **settings}}
        self.begun = time.time()
        self.folder: JobFolder = self.home.start(jobs.build(asked))

    # -- its life -----------------------------------------------------------------------

    def ended(self) -> str:
        self.until(lambda: self._over, "its end")
        return str(self.state["state"])

    def until(self, found: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + LONGEST
        while not (answer := found()):
            if time.monotonic() > deadline or (self._over and not found()):
                raise TimeoutError(f"{self.folder.id}: {what} didn't come: {self.log[-2000:]}")
            time.sleep(_LOOK)
        return answer

    def until_step(self, step: int) -> None:
        self.until(lambda: self.printed().last >= step or self._over, f"step {step}")

    def stop(self, how: Any = "save") -> str:
        self.home.stop(self.folder, how)
        return self.ended()

    def resume(self, **settings: Any) -> None:
        overrides = {f"settings.{name}": value for name, value in settings.items()}
        self.home.resume(self.folder, overrides)

    # -- what it left --------------------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        return dict(read_json(self.folder.state))

    @property
    def cause(self) -> str:
        found = self.state["cause"] or {}
        return f"{found.get('code', '')}: {found.get('sentence', '')}"

    @property
    def log(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return self.folder.log.read_text(encoding="utf-8", errors="replace")
        return ""

    def printed(self) -> Printed:
        log = self.log
        epochs = {}
        for begun in _EPOCH.finditer(log):
            before = [int(found[1]) for found in _STEP.finditer(log, 0, begun.start())]
            epochs[int(begun[1])] = before[-1]
        return Printed(
            [(int(found[1]), float(found[2])) for found in _STEP.finditer(log)],
            [float(found[2]) for found in _RATE.finditer(log)],
            epochs,
            _PORT.findall(log),
        )

    def metrics(self) -> list[dict[str, Any]]:
        return list(read_lines(self.folder.metrics))

    def steps(self) -> list[dict[str, Any]]:
        """Of the training itself, as the charts have them."""
        return [line for line in self.metrics() if "loss" in line or "nan" in line]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in read_lines(self.folder.events) if event["event"] == name]

    def told(self, name: str) -> list[dict[str, Any]]:
        """What the recipe's own watcher told, beyond what the job's events have."""
        path = self.folder.work / "train" / "events.jsonl"
        return [event for event in read_lines(path) if event["event"] == name]

    @property
    def buckets(self) -> dict[str, Any]:
        return dict(read_json(self.folder.work / "buckets.json"))

    @property
    def run(self) -> Path:
        return runs.listed(self.folder.work / "train" / "runs")[-1]

    def alive(self, words: str = "") -> list[int]:
        """Processes of the job, the eldest first; with `words` those that have them in a command."""
        found = set(of_job(self.folder))
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.folder.id.encode() in (path / "environ").read_bytes():
                    found.add(int(path.name))
        return [pid for pid in sorted(found) if words in _command(pid)]

    @property
    def _over(self) -> bool:
        return not held(self.folder.runner_lock) and State(self.state["state"]).ended


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""
