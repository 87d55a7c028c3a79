"""What a script's lines say of its training: how far it is, its figures, its checkpoints.

Usual lines are understood as they are; patterns of the user's own come on top. A line is
read to 2000 characters, and a pattern that takes long over one is not used again.
"""

from __future__ import annotations

import contextlib
import math
import re
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 2000  # characters
_SLOW = 0.2  # seconds of computing for one pattern on one line

_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WHOLE = r"(\d{1,3}(?:,\d{3})+|\d+)"
_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"

# 45%|████▌     | 450/1000 [00:16<00:08 of tqdm, and Keras' own bar
_BAR = re.compile(r"\d%\|[^|]*\|\s*(\d+)/(\d+)\s|^\s*(\d+)/(\d+)\s+[━─=>\[]")
# Epoch 3, epoch: 3/10, Epoch [3 of 10], 'epoch': 0.25
_EPOCH = re.compile(
    r"\bepoch\b['\"]?[\s:=#\[(]*(\d+(?:\.\d+)?)(?:\s*(?:/|of)\s*(\d+))?", re.IGNORECASE
)
# step 120, global_step=120, iter: 120/1000, Batch 5/20, [ 20/500]
_STEP = re.compile(
    rf"\b(?:global_step|steps?|iter(?:ation)?)\b['\"]?[\s:=#\[(]*{_WHOLE}(?:\s*(?:/|of)\s*{_WHOLE})?"
    rf"|\bbatch\b[\s:=#\[(]*{_WHOLE}\s*(?:/|of)\s*{_WHOLE}|\[\s*(\d+)/(\d+)\b",
    re.IGNORECASE,
)
# loss: 0.5, val_loss=0.5, 'learning_rate': 5e-05, train loss 0.5
_FIGURE = re.compile(
    rf"(?<![\w./:])(?:((?:(?:train|val|valid|validation|eval|test|avg|mean)[ _/])?loss)[\s:=]+{_NUMBER}"
    rf"|([A-Za-z][\w./-]{{0,59}})['\"]?\s*[:=]\s*{_NUMBER})(?![\w:/]|\.\d)",
    re.IGNORECASE,
)
# A figure is told by a word of its name. Of a setting that is printed once, none has a point.
_TELLING = re.compile(
    r"(^|[_./ -])(loss|acc|accuracy|perplexity|ppl|wer|cer|f1|bleu|mse|mae|rmse|kl|mel|reward|auc"
    r"|iou|map|ssim|psnr|mos)([_./ -]|$)"
)
_WITH_A_STEP = re.compile(r"(^|[_./ -])(lr|rate|norm|score|precision|recall)([_./ -]|$)")
_SETTING = re.compile(r"[_./ -](weight|scale|coef|fn|type|lambda|alpha|threshold|smoothing)$")

_PLACE = {"step": "step", "total": "total", "steps": "total", "epoch": "epoch", "epochs": "epochs"}


@dataclass
class Line:
    """What one line says, each as it is written."""

    place: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    checkpoint: str = ""


@dataclass(frozen=True)
class Record:
    """`progress` and `metrics` as the runner takes them, without a time."""

    progress: dict[str, Any]
    metrics: dict[str, Any] | None
    checkpoint: str = ""


class Reader:
    """Reads lines in their order; it knows where the training is by those before."""

    def __init__(self, patterns: Iterable[str] = (), *, usual: bool = True) -> None:
        self.patterns = [re.compile(text) for text in patterns]
        self.usual = usual
        self.given_up: list[str] = []  # patterns that took too long
        self._where = Where()

    def read(self, line: str) -> Record | None:
        line = _TERMINAL.sub("", line)[:_LONGEST].strip()
        if not line:
            return None
        found = usual(line) if self.usual else Line()
        for pattern in list(self.patterns):
            self._add(found, pattern, line)
        moved = self._where.move(found)
        if not (moved or found.figures or found.checkpoint):
            return None
        metrics = {**self._where.metrics(), **found.figures} if found.figures else None
        return Record(self._where.progress(), metrics, found.checkpoint)

    def progress(self) -> dict[str, Any]:
        return self._where.progress()

    def _add(self, found: Line, pattern: re.Pattern[str], line: str) -> None:
        try:
            with _within(_SLOW):
                match = pattern.search(line)
        except TimeoutError:
            self.patterns.remove(pattern)
            self.given_up.append(pattern.pattern)
            return
        for name, text in match.groupdict().items() if match else ():
            if text is None:
                continue
            if name == "checkpoint":
                found.checkpoint = text
            elif name in _PLACE:
                found.place[_PLACE[name]] = text
            else:
                _note(found.figures, name, text)


def usual(line: str) -> Line:
    """What a line of one of the usual forms says."""
    found = Line()
    if epoch := _EPOCH.search(line):
        _take(found.place, ("epoch", "epochs"), epoch.groups())
    rest = line.replace(epoch[0], " ", 1) if epoch else line
    if step := _BAR.search(rest) or _STEP.search(rest):
        _take(found.place, ("step", "total"), [text for text in step.groups() if text])
    for match in _FIGURE.finditer(line):
        name, number = (match[1], match[2]) if match[1] else (match[3], match[4])
        name = name.lower()
        telling = _TELLING.search(name) or (found.place and _WITH_A_STEP.search(name))
        if telling and not _SETTING.search(name):
            _note(found.figures, name.replace(" ", "_"), number)
    return found


def _take(place: dict[str, str], names: tuple[str, str], texts: Iterable[str | None]) -> None:
    place.update({name: text for name, text in zip(names, texts) if text})  # noqa: B905 - 3.10


def _note(figures: dict[str, float], name: str, text: str) -> None:
    with contextlib.suppress(ValueError):
        number = float(text.replace(",", "").rstrip("%"))
        if math.isfinite(number):
            figures[name] = number


@dataclass
class Where:
    """Where the training is.

    `step` is as it was written. Where it begins anew with each epoch (`rounds`), steps of
    the whole training are counted on from epoch to epoch.
    """

    step: int | None = None
    total: int | None = None
    epoch: float | None = None
    epochs: int | None = None
    rounds: bool = False
    first_epoch: int = 1  # 0 for those who count from there
    records: int = 0
    _main: int | None = None  # the total of the bar that has figures
    _epoch_of_step: float | None = None

    def move(self, found: Line) -> bool:
        """Takes what a line says; whether it said anything of the place."""
        numbers = {name: _number(text) for name, text in found.place.items()}
        epoch, step, total = (numbers.get(name) for name in ("epoch", "step", "total"))
        if found.figures:
            self.records += 1
            self._main = int(total) if total else self._main
        elif total and self._main and total != self._main:
            return False  # a bar of something else: a validation, a download
        if epoch is not None:
            self._to_epoch(epoch, whole="." not in found.place["epoch"], bar=bool(total))
            self.epochs = int(numbers.get("epochs") or 0) or self.epochs
        if step is not None:
            self._to_step(int(step), int(total) if total else None)
        return bool(numbers)

    def _to_epoch(self, epoch: float, *, whole: bool, bar: bool) -> None:
        self.epoch = int(epoch) if whole else epoch
        if whole and epoch == 0:
            self.first_epoch = 0
        # “Epoch 3: 45%| 9/20” and “Epoch 3 [9/20]”: that many steps are in one epoch.
        self.rounds = self.rounds or (whole and bar)

    def _to_step(self, step: int, total: int | None) -> None:
        again = self.step is not None and step <= self.step and total and total == self.total
        if again and isinstance(self.epoch, int) and self.epoch != self._epoch_of_step:
            self.rounds = True
        self.step, self.total = step, total or self.total
        self._epoch_of_step = self.epoch

    @property
    def _begun(self) -> int:
        """Epochs that were ended before this one."""
        return max(0, int(self.epoch or 0) - self.first_epoch) if self.rounds else 0

    def at(self) -> int:
        """The step of the whole training; without any, epochs are counted, else lines."""
        if self.step is not None:
            return self.step + self._begun * (self.total or 0)
        return self.records if self.epoch is None else int(self.epoch)

    def metrics(self) -> dict[str, Any]:
        epoch = {} if self.epoch is None else {"epoch": self.epoch}
        return {"step": self.at(), **epoch}

    def progress(self) -> dict[str, Any]:
        """For people, who count epochs from 1."""
        found: dict[str, Any] = {}
        if self.step is not None:
            found["step"] = self.at()
            rounds = (self.epochs or 0) if self.rounds else 1
            found["steps"] = (self.total or 0) * rounds or None
        if isinstance(self.epoch, int):
            found["epoch"] = self.epoch + 1 - self.first_epoch
        elif self.epoch is not None:
            found["epoch"] = max(1, math.ceil(self.epoch))
        if self.epochs:
            found["epochs"] = self.epochs
        return found


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number < 1e15 else None


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError after so much computing: a training leaves the watcher little time.

    In the main thread alone; `re` looks for signals.
    """

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
