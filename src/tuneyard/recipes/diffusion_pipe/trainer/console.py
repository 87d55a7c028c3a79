"""What the trainer's console says: where it is, its figures, and what goes wrong."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from tuneyard.recipes.diffusion_pipe.trainer.preparing import Preparing
from tuneyard.runner.folder import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.trainer.preparing import Caching

_AT_ONCE = 1 << 20  # bytes
_LONGEST = 64 << 10  # bytes of a line that are waited for

_LINE = re.compile(rb"[^\r\n]*[\r\n]")
_STEP = re.compile(r"steps: (\d+) loss: (\S+) iter time \(s\): ([\d.]+) samples/sec: ([\d.]+)$")
_RATE = re.compile(
    r"\[([\d-]{10} [\d:]{8}),(\d{3})\] \[INFO\] \[logging\.py:\d+:log_dist\] \[Rank 0\]"
    r" step=(\d+), skipped=\d+, lr=\[?([^],]*)"
)
_EPOCH = re.compile(r"Started new epoch: (\d+)$")
_RESUMED = re.compile(r"Resuming training from checkpoint\. Resuming at epoch: (\d+), step: (\d+)$")
_BATCH = re.compile(r"Global batch size = (\d+)$")
_SAVING = re.compile(r"Saving model to directory ((?:epoch|step)\d+)$")
_DIED = re.compile(r"Process \w*Process-[\d:]+:$")
_ERROR = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")


class Step(NamedTuple):
    t: float
    step: int
    epoch: int
    loss: float
    rate: float | None
    seconds: float
    samples: float


class Lines:
    """Lines of a growing log, each with the offset behind it. A bar's states are lines too."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self.offset = offset  # behind what was read; `_rest` is the end of it
        self._rest = b""

    def new(self, *, last: bool = False) -> Iterator[tuple[int, str]]:
        while chunk := read(self.path, self.offset, _AT_ONCE).data:
            begin = self.offset - len(self._rest)
            self.offset += len(chunk)
            data = self._rest + chunk
            end = 1 + max(data.rfind(b"\n"), data.rfind(b"\r"))  # what follows has no end yet
            for match in _LINE.finditer(data, 0, end):
                if text := match[0].rstrip():
                    yield begin + match.end(), text.decode("utf-8", "replace")
            self._rest = data[end:]
            if len(self._rest) > _LONGEST:
                self._rest = b""
        if last and self._rest.strip():
            yield self.offset, self._rest.strip().decode("utf-8", "replace")
            self._rest = b""


class Console:
    """Reads the lines of one start of the trainer, in their order.

    `epoch` counts from 1, as the trainer does. `begun` is the first step of this start.
    """

    def __init__(self, epoch: int = 1, preparing: Preparing | None = None) -> None:
        self.epoch = epoch
        self._preparing = preparing or Preparing()
        self.epochs: dict[int, int] = {}  # after which step each began, of those that were seen to
        self.begun: int | None = None
        self.step: int | None = None
        self.resumed: tuple[int, int] | None = None  # epoch and step to go on with
        self.batch = 1
        self.saved = ""  # the model that was saved last
        self.died = ""  # what a process of the caching ended with
        self.caching = False
        self.complete = False
        self.quit = False
        self.port_taken = False
        self.collided = False  # a process read a list of the data while another was writing it
        self._tracing = False
        self._rate: tuple[int, float, float] | None = None  # step, rate, time

    def read(self, line: str) -> Step | Caching | None:
        if match := _RATE.match(line):
            stamp = time.mktime(time.strptime(match[1], "%Y-%m-%d %H:%M:%S"))
            self._rate = (int(match[3]), _number(match[4]), stamp + int(match[2]) / 1000)
            return None
        if match := _STEP.match(line):
            return self._stepped(match)
        self._note(line)
        return self._preparing.read(line) if self.begun is None else None

    def _stepped(self, match: re.Match[str]) -> Step:
        step = int(match[1])
        self.step, self.caching, self.died = step, False, ""
        if self.begun is None:
            self.begun = step
        known = self._rate if self._rate and self._rate[0] == step else None
        return Step(
            t=known[2] if known else round(time.time(), 3),
            step=step,
            epoch=self.epoch,
            loss=_number(match[2]),
            rate=known[1] if known and math.isfinite(known[1]) else None,
            seconds=float(match[3]),
            samples=float(match[4]),
        )

    def _note(self, line: str) -> None:
        if self._tracing and _ERROR.match(line):
            self.died = line
        if line.startswith("caching "):
            self.caching = True
        elif match := _EPOCH.match(line):
            self.epoch = int(match[1])
            if self.step is not None:
                self.epochs[self.epoch] = self.step
        elif match := _RESUMED.match(line):
            self.epoch = int(match[1])
            self.resumed = (self.epoch, int(match[2]))
        elif match := _BATCH.match(line):
            self.batch = int(match[1])
        elif match := _SAVING.match(line):
            self.saved = match[1]
        elif _DIED.match(line):
            self.died, self._tracing = line, True
        elif line.startswith("trainable params: "):
            self.caching = False
            self._preparing.end()
        elif line == "TRAINING COMPLETE!":
            self.complete = True
        elif line == "Manually quitting":
            self.quit = True
        elif line.endswith(", in load_from_disk"):
            self.collided = True
        elif "EADDRINUSE" in line:
            self.port_taken = True


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
