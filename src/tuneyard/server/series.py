"""Metrics for charts: columns over steps or time, thinned so that no peak is lost; and as a table.

What was read of a job stays in memory for a while, so that a chart that is zoomed, or asked
for again while the job trains, costs only what is new.
"""

from __future__ import annotations

import csv
import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuneyard.runner.masking import Masker

from .columns import AXES, Columns, pieces, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tuneyard.runner.folder import JobFolder

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

MEMORY = 64 << 20  # bytes that columns of all jobs may take

_NO_METRICS = ("epoch",)  # only shown if asked for
_FAR = 1e300  # no step or moment is beyond
_NAMED = 20  # places where a metric was no number


class SeriesReader:
    """All jobs' metrics. Its calls read the disk and compute: they are for threads, any number."""

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = memory
        self._jobs: OrderedDict[Path, Columns] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self,
        folder: JobFolder,
        *,
        x: Literal["step", "t"] = "step",
        points: int = 2000,
        names: Sequence[str] | None = None,
        begin: float | None = None,
        end: float | None = None,
    ) -> dict[str, Any]:
        """What `shapes.jobs.Series` holds, of at most about `points` points a metric.

        Where an attempt repeats a step, the newer value counts.
        """
        known = Masker.of_job(folder.masks).text
        columns = self._columns(folder.metrics)
        with columns.lock:
            columns.update()
            shown = {known(name): name for name in columns.names}
            wanted = [n for n in shown if n not in _NO_METRICS] if names is None else names
            wanted = [name for name in wanted if name in shown]
            raw = [shown[name] for name in wanted]
            lines = _Lines(columns, x, raw, begin, end)
            found = lines.thinned(points) if len(lines.x) > points else lines.whole()
            strange = list(lines.no_number(wanted))
            offset = columns.offset
        self._bound()
        return {
            "x": found.x.tolist(),
            "names": wanted,
            "columns": [_as_json(column) for column in found.columns],
            "no_number": strange,
            "next": offset,
            "total": len(lines.x),
            "thinned": len(lines.x) > points,
        }

    def csv(self, folder: JobFolder) -> Iterator[str]:
        """All lines, as a table in pieces of text."""
        columns = self._columns(folder.metrics)
        with columns.lock:
            columns.update()
            names = [name for name in (*AXES, *columns.names) if columns.offset]
        self._bound()
        return _table(folder, names)

    def _columns(self, path: Path) -> Columns:
        with self._lock:
            columns = self._jobs.setdefault(path, Columns(path))
            self._jobs.move_to_end(path)
            return columns

    def _bound(self) -> None:
        """Forgets the jobs that were longest not asked for."""
        with self._lock:
            while len(self._jobs) > 1 and sum(c.bytes for c in self._jobs.values()) > self.memory:
                self._jobs.popitem(last=False)


class _Found(NamedTuple):
    x: Numbers
    columns: list[Numbers]


class _Lines:
    """Some metrics over one axis, each value of which stands there once, in order."""

    def __init__(
        self,
        columns: Columns,
        axis: str,
        names: Sequence[str],
        begin: float | None,
        end: float | None,
    ) -> None:
        x, places = _in_order(columns.axis(axis))
        low = 0 if begin is None else int(np.searchsorted(x, begin, "left"))
        high = len(x) if end is None else int(np.searchsorted(x, end, "right"))
        self._metrics = [_within(*columns.metric(name), places, low, high) for name in names]
        used = np.zeros(max(high - low, 0), bool)
        for at, _ in self._metrics:
            used[at] = True
        self._places = np.cumsum(used) - 1
        self.x = x[low:high][used]

    def whole(self) -> _Found:
        return _Found(self.x, [self._line(metric) for metric in self._metrics])

    def thinned(self, points: int) -> _Found:
        """Least and greatest of each stretch, in the order in which they came."""
        starts = _stretches(self.x, points // 2)
        ends = np.append(starts[1:], len(self.x)) - 1
        kept = np.column_stack((np.ones(len(starts), bool), ends > starts)).ravel()
        x = np.column_stack((self.x[starts], self.x[ends])).ravel()[kept]
        columns = [_extremes(self._line(metric), starts)[kept] for metric in self._metrics]
        return _Found(x, columns)

    def no_number(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Which of the metrics were logged and were no number, and where."""
        for name, metric in zip(names, self._metrics, strict=True):
            if not np.isfinite(metric[1]).all():
                x = self.x[np.isinf(self._line(metric))]
                if len(x):
                    yield {"name": name, "count": len(x), "x": x[:_NAMED].tolist()}

    def _line(self, metric: tuple[Places, Numbers]) -> Numbers:
        """A value for each of x: NaN where nothing was logged, infinity where it was no number."""
        at, values = metric
        line = np.full(len(self.x), np.nan)
        line[self._places[at]] = np.where(np.isfinite(values), values, np.inf)
        return line


def _in_order(axis: Numbers) -> tuple[Numbers, Places]:
    """The values of an axis, each once, and for each line its place among them; -1: none."""
    known = np.abs(axis) < _FAR
    if known.all() and (axis[1:] > axis[:-1]).all():
        return axis, np.arange(len(axis))
    places = np.full(len(axis), -1)
    x, places[known] = np.unique(axis[known], return_inverse=True)
    return x, places


def _within(
    lines: Places, values: Numbers, places: Places, low: int, high: int
) -> tuple[Places, Numbers]:
    """Values with their places from `low` on; of several at one place the newest is the last."""
    at = places[lines]
    inside = (at >= low) & (at < high)
    return at[inside] - low, values[inside]


def _stretches(x: Numbers, most: int) -> Places:
    """Where each of so many stretches of the same width begins; those without a point are none."""
    number = ((x - x[0]) / (x[-1] - x[0]) * most).astype(np.int64)
    number[-1] = most - 1
    return np.concatenate(([0], np.flatnonzero(np.diff(number)) + 1))


def _extremes(line: Numbers, starts: Places) -> Numbers:
    """Two values for each stretch: the least and the greatest, or one and NaN if it has only one."""
    known = np.where(np.isfinite(line), line, np.nan)
    least, greatest = np.fmin.reduceat(known, starts), np.fmax.reduceat(known, starts)
    falling = _first(known, greatest, starts) < _first(known, least, starts)
    one, other = np.where(falling, (greatest, least), (least, greatest))
    other[np.add.reduceat(np.isfinite(known).astype(np.int64), starts) < 2] = np.nan
    return np.column_stack((one, other)).ravel()


def _first(known: Numbers, wanted: Numbers, starts: Places) -> Places:
    """Where in each stretch its wanted value first is."""
    sizes = np.diff(np.append(starts, len(known)))
    places = np.where(known == np.repeat(wanted, sizes), np.arange(len(known)), len(known))
    return np.minimum.reduceat(places, starts)


def _as_json(column: Numbers) -> list[float | None]:
    known = np.isfinite(column)
    return [value if fine else None for value, fine in zip(column.tolist(), known, strict=True)]


def _table(folder: JobFolder, names: Sequence[str]) -> Iterator[str]:
    masker = Masker.of_job(folder.masks)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_cell(name, masker) for name in names])
    yield text.getvalue()
    if not names:
        return
    with open(folder.metrics, "rb") as file:
        for data in pieces(file, 0):
            text.seek(0)
            text.truncate()
            writer.writerows([_cell(row.get(name), masker) for name in names] for row in rows(data))
            yield text.getvalue()


def _cell(value: Any, masker: Masker) -> Any:
    """A text that a spreadsheet would take for a formula stays a text."""
    if not isinstance(value, str):
        return value if isinstance(value, int | float) else ""
    value = masker.text(value)
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
