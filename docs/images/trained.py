"""A training to make pictures of: a real one's folder, or one that is made up and says so.

Nothing is trained here. A real one's figures, log, samples and times stay what they were;
only its dates move to where they are wanted, and its paths to the home of the pictures.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import struct
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import (
    JobFolder,
    append_line,
    read_json,
    read_json_or,
    read_lines,
    write_json,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_MOMENTS = frozenset({"t", "started", "ended", "since", "created"})
_LARGE = 10_000_000  # bytes; of what is larger only the length is copied
_PLENTY = 20_000_000_000  # bytes that are free
_WORK = ("metadata.csv", "data.json", "check.json", "base.json", "settings.json", "trainer.json")


@dataclass(frozen=True)
class Training:
    """One that came to its end. Its `home` is where it ran."""

    folder: JobFolder
    made_up: bool = False

    @property
    def home(self) -> Path:
        return self.folder.home

    @property
    def job(self) -> dict[str, Any]:
        return read_json(self.folder.job)

    @property
    def begun(self) -> float:
        return float(read_json(self.folder.state)["started"])

    @property
    def ended(self) -> float:
        return float(read_json(self.folder.state)["ended"])

    def moment(self, share: float) -> float:
        """When so much of its training step was done."""
        step = self._train
        return float(step["started"] + share * (step["ended"] - step["started"]))

    def copy(
        self, to: JobFolder, ended: float, places: Mapping[str, str], until: float = math.inf
    ) -> dict[str, Any]:
        """Puts it into another folder, as if it had ended, or had been at `until`, at `ended`.

        Gives the state that it had then. `places` are paths to write in place of others.
        """
        stop = min(until, self.ended)
        move = ended - stop
        to.make()
        self._records(to, stop, move, places)
        self._files(to, stop, move, places)
        return self._state(to, stop, move)

    # -- parts --------------------------------------------------------------------

    def _records(self, to: JobFolder, stop: float, move: float, places: Mapping[str, str]) -> None:
        for lines, target in (
            (read_lines(self.folder.metrics), to.metrics),
            (read_lines(self.folder.events), to.events),
        ):
            for line in lines:
                if line["t"] <= stop:
                    append_line(target, _moved(_replaced(line, places), move))
        for path in sorted((self.folder.path / "steps").glob("*.json")):
            record = read_json(path)
            if record["ended"] <= stop:
                write_json(to.finished(path.stem), _moved(record, move))
        to.log.write_bytes(_replaced_bytes(self._log(stop, list(read_lines(to.metrics))), places))
        to.log.chmod(0o600)

    def _log(self, stop: float, metrics: list[dict[str, Any]]) -> bytes:
        """Its log up to a moment: up to the step of then, or the progress bar that says as much."""
        log = self.folder.log.read_bytes()
        if stop >= self.ended:
            return log
        steps = [e for e in read_lines(self.folder.events) if e["event"] == "step"]
        later = min((step["offset"] for step in steps if step["t"] > stop), default=len(log))
        if not metrics:
            now = max((step for step in steps if step["t"] <= stop), key=lambda step: step["t"])
            then = min((step["t"] for step in steps if step["t"] > stop), default=self.ended)
            share = (stop - now["t"]) / (then - now["t"])
            cut = now["offset"] + int((later - now["offset"]) * share)
            return log[: max(now["offset"], log.rfind(b"\n", 0, cut) + 1)]
        epoch = metrics[-1]["epoch"]
        done = len({line["step"] for line in metrics if line["epoch"] == epoch})
        bar = rb"Epoch %d: [^\r\n]*?\| %d/\d+ \[[^\r\n]*\]|Epoch %d: [^\r\n]*?\| %d/\d+"
        found = [match.end() for match in re.finditer(bar % ((epoch, done) * 2), log[:later])]
        return log[: found[-1] if found else later]

    def _files(self, to: JobFolder, stop: float, move: float, places: Mapping[str, str]) -> None:
        for group in sorted(self.folder.samples.glob("*/samples.json")):
            if group.stat().st_mtime <= stop:
                _copy_tree(group.parent, to.samples / group.parent.name, move, places)
        if stop >= self.ended:
            _copy_tree(self.folder.outputs, to.outputs, move, places)
        for name in _WORK:
            _copy(self.folder.work / name, to.work / name, move, places)
        for event in read_lines(to.events):
            if event["event"] == "checkpoint":
                _copy(self.folder.work / event["path"], to.work / event["path"], move, places)

    def _state(self, to: JobFolder, stop: float, move: float) -> dict[str, Any]:
        whole = read_json(self.folder.state)
        if stop >= self.ended:
            moved: dict[str, Any] = _moved(whole, move)
            return moved
        lines = list(read_lines(to.metrics))
        events = list(read_lines(to.events))
        steps = [event for event in events if event["event"] == "step"]
        state = next(event["state"] for event in reversed(events) if event["event"] == "state")
        newest: dict[str, Any] = {}
        for line in lines:
            newest |= line
        name = next(iter(whole.get("figure") or {}), None)
        progress = {**(whole.get("progress") or {}), "step": newest.get("step"), "epoch": None}
        if "epoch" in newest:
            progress["epoch"] = newest["epoch"] + 1
        return {
            "state": state,
            "attempt": 1,
            "started": self.begun + move,
            "ended": None,
            "since": next(e["t"] for e in reversed(events) if e["event"] == "state"),
            "phase": {"preparing": "prepare", "training": "train"}.get(state, "finish"),
            "step": self._place(steps[-1]),
            "steps": whole["steps"],
            "progress": {**progress, "seconds_left": self.moment(1.0) - stop} if lines else {},
            "figure": {name: newest[name]} if name in newest else {},
            "cause": None,
            "needs": [],
            "waiting": None,
            "stopping": None,
        }

    def _place(self, event: Mapping[str, Any]) -> dict[str, Any]:
        steps = read_json(self.folder.plan)["steps"]
        title = steps[event["n"] - 1]["title"]
        return {"n": event["n"], "name": event["step"], "title": title, "offset": event["offset"]}

    @property
    def _train(self) -> dict[str, Any]:
        records = (read_json(path) for path in (self.folder.path / "steps").glob("[0-9]*.json"))
        return next(record for record in records if record["name"] == "train")


def _moved(data: Any, move: float) -> Any:
    """The same JSON with its moments so many seconds later."""
    if isinstance(data, list):
        return [_moved(each, move) for each in data]
    if not isinstance(data, dict):
        return data
    return {
        name: value + move
        if name in _MOMENTS and isinstance(value, int | float)
        else _moved(value, move)
        for name, value in data.items()
    }


def _replaced(data: dict[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    text = json.dumps(data)
    for old, new in places.items():
        text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    found: dict[str, Any] = json.loads(text)
    return found


def _replaced_bytes(data: bytes, places: Mapping[str, str]) -> bytes:
    for old, new in places.items():
        data = data.replace(old.encode(), new.encode())
    return data


def _copy_tree(source: Path, to: Path, move: float, places: Mapping[str, str]) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            _copy(path, to / path.relative_to(source), move, places)


def _copy(source: Path, to: Path, move: float, places: Mapping[str, str]) -> None:
    if not source.is_file():
        return  # of checkpoints, only the newest are kept
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.stat().st_size > _LARGE:
        _hollow(to, source.stat().st_size)
    elif source.suffix in {".json", ".csv", ".md", ".toml"}:
        to.write_bytes(_replaced_bytes(source.read_bytes(), places))
    else:
        shutil.copyfile(source, to)
    times = source.stat()
    os.utime(to, (times.st_atime + move, times.st_mtime + move))


def _hollow(path: Path, size: int) -> None:
    """A file that holds nothing. It takes its room on the disk, where there is plenty."""
    with open(path, "wb") as file:
        file.truncate(size)
        if shutil.disk_usage(path).free > _PLENTY:
            os.posix_fallocate(file.fileno(), 0, size)


# -- made up ----------------------------------------------------------------------

_SAYS = "This training is made up for pictures of the app: nothing was trained."
_EPOCHS, _STEPS_AN_EPOCH, _SECONDS_A_STEP, _EVERY = 12, 10, 6.0, 4
_SECONDS_A_STAGE = 8.0  # of each step but the training


def make_up(folder: JobFolder, steps: list[dict[str, Any]]) -> Training:
    """One that never was, in the form of a real one. `folder` has a job.json and a plan.json."""
    Maker(folder, steps).make()
    return Training(folder, made_up=True)


class Maker:
    """Writes the records of a training in the order in which a runner would."""

    def __init__(self, folder: JobFolder, steps: list[dict[str, Any]]) -> None:
        self.folder = folder
        self.steps = steps
        self.now = 1_000_000.0
        self.random = random.Random(1)  # noqa: S311 - the same noise each time
        self.loss = 0.0

    def make(self) -> None:
        begun = self.now
        self._event("attempt", attempt=1, offset=0)
        self._say(_SAYS)
        states = {"prepare": "preparing", "train": "training", "finish": "finishing"}
        phase = ""
        for n, step in enumerate(self.steps, start=1):
            if step["phase"] != phase:
                phase = step["phase"]
                self._event("state", state=states[phase])
            self._step(n, step)
        self._event("state", state="succeeded")
        write_text(self.folder.outputs / "README.md", f"{_SAYS}\n")
        self._date(self.folder.outputs / "README.md")
        self._state(begun)

    def _step(self, n: int, step: Mapping[str, Any]) -> None:
        started = self.now
        self._event("step", step=step["name"], n=n, offset=self.folder.log.stat().st_size)
        self._say(f"{step['title']} (made up)")
        if step["name"] == "train":
            self._train()
        else:
            self.now += _SECONDS_A_STAGE
        if step["name"] == "speak":
            self._speak("final", None, 0)
        record = {"name": step["name"], "attempt": 1, "exit": 0, "started": started}
        write_json(self.folder.finished(str(n)), {**record, "ended": self.now})

    def _train(self) -> None:
        for epoch in range(_EPOCHS):
            for batch in range(_STEPS_AN_EPOCH):
                step = epoch * _STEPS_AN_EPOCH + batch + 1
                self.now += _SECONDS_A_STEP
                self.loss = 60 + 140 * math.exp(-step / 40) + self.random.gauss(0, 3)
                figures = {"loss_g": round(self.loss, 3), "made_up": round(self.loss / 50, 4)}
                append_line(
                    self.folder.metrics, {"t": self.now, "epoch": epoch, "step": step, **figures}
                )
                self._bar(epoch, batch + 1)
            self._say("")
            if (epoch + 1) % _EVERY == 0:
                self._checkpoint(epoch, (epoch + 1) * _STEPS_AN_EPOCH)

    def _bar(self, epoch: int, done: int) -> None:
        filled = "█" * done + " " * (_STEPS_AN_EPOCH - done)
        text = f"\rEpoch {epoch}: {done * 100 // _STEPS_AN_EPOCH:3d}%|{filled}| {done}/{_STEPS_AN_EPOCH}"
        self._write(text)

    def _checkpoint(self, epoch: int, step: int) -> None:
        path = f"train/checkpoints/epoch={epoch}-step={step}.ckpt"
        (self.folder.work / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder.work / path).write_bytes(bytes(1_000_000))
        self._date(self.folder.work / path)
        self._event("checkpoint", path=path, epoch=epoch, step=step, interrupted=False)
        self._speak(f"epoch-{epoch + 1:05d}", epoch, step)

    def _speak(self, group: str, epoch: int | None, step: int) -> None:
        texts = ["Made up: a low tone.", "Made up: a tone that rises."]
        tones: list[Callable[[float], float]] = [lambda _: 220.0, lambda t: 220.0 + 110.0 * t]
        made = []
        for number, (text, tone) in enumerate(zip(texts, tones, strict=True), start=1):
            name = f"{number:02d}.wav"
            seconds = 1.0 + number / 2
            path = self.folder.samples / group / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _sound(path, seconds, tone)
            self._date(path)
            made.append({"file": name, "text": text, "speaker": "", "seconds": seconds})
        listing = self.folder.samples / group / "samples.json"
        write_json(listing, {"epoch": epoch, "step": step, "samples": made})
        self._date(listing)

    def _state(self, begun: float) -> None:
        done = {"step": _EPOCHS * _STEPS_AN_EPOCH, "steps": _EPOCHS * _STEPS_AN_EPOCH}
        last = self.steps[-1]
        write_json(
            self.folder.state,
            {
                "state": "succeeded",
                "attempt": 1,
                "started": begun,
                "ended": self.now,
                "since": self.now,
                "phase": "finish",
                "step": {"n": len(self.steps), "name": last["name"], "title": last["title"]},
                "steps": len(self.steps),
                "progress": {**done, "epoch": _EPOCHS, "epochs": _EPOCHS, "seconds_left": 0},
                "figure": {"loss_g": round(self.loss, 3)},
            },
        )

    def _date(self, path: Path) -> None:
        os.utime(path, (self.now, self.now))

    def _event(self, name: str, **more: Any) -> None:
        append_line(self.folder.events, {"t": self.now, "event": name, **more})

    def _say(self, line: str) -> None:
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        with self.folder.log.open("ab") as log:
            log.write(text.encode())


def _sound(path: Path, seconds: float, tone: Callable[[float], float]) -> None:
    rate = 22_050
    phase = 0.0
    values: list[int] = []
    for index in range(int(seconds * rate)):
        at = index / rate
        phase += 2 * math.pi * tone(at) / rate
        loud = math.sin(math.pi * at / seconds) * (0.6 + 0.4 * math.sin(12 * at))
        values.append(int(12_000 * loud * math.sin(phase)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(_packed(values))


def _packed(values: Iterable[int]) -> bytes:
    listed = list(values)
    return struct.pack(f"<{len(listed)}h", *listed)


def read_training(path: Path) -> Training:
    """A finished job's folder. Raises SystemExit in words for anything else."""
    folder = JobFolder(path.resolve())
    state = read_json_or(folder.state, {})
    if state.get("state") != "succeeded":
        raise SystemExit(f"{path} is no folder of a job that has succeeded.")
    return Training(folder)
