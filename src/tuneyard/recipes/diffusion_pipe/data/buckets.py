"""Which size each file is trained at, what is left over, and how many steps that makes.

The trainer prints none of it; this counts as its ``utils/dataset.py`` and ``train.py`` do,
down to how they round. An *item* is a picture or video with one of its captions.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Pair = tuple[int, int]
    Key = tuple[float, ...]  # (aspect ratio, width, height, frames) or (width, height, frames)


class Item(NamedTuple):
    """A file with its captions. `fps` is None of a picture; of a video, what the file says."""

    name: str
    width: int
    height: int
    frames: int = 1
    fps: float | None = None
    captions: int = 1


class Sorting(NamedTuple):
    """How the files of one folder are sorted: the trainer's own settings, by its own names."""

    resolutions: Sequence[int | float | Pair] = ()
    enable_ar_bucket: bool = False
    ar_buckets: Sequence[float | Pair] = ()
    min_ar: float = 0.5
    max_ar: float = 2.0
    num_ar_buckets: int = 7
    frame_buckets: Sequence[int] = (1,)
    size_buckets: Sequence[tuple[int, int, int]] = ()
    num_repeats: float = 1


class Batches(NamedTuple):
    """Items on one GPU at once, by the side of a square of the same area; None stands for all.

    `ranks` are the GPUs that each see other items: GPUs / pipeline_stages.
    """

    video: Mapping[int | None, int]
    image: Mapping[int | None, int]
    accumulation: int = 1
    ranks: int = 1

    def of(self, width: float, height: float, frames: float) -> int:
        """Items in one step at this size, on all GPUs."""
        sizes = self.image if frames == 1 else self.video
        if None in sizes:
            items = sizes[None]
        else:
            side = math.sqrt(width * height)
            items = sizes[min(sizes, key=lambda size: abs((size or 0) - side))]
        return items * self.accumulation * self.ranks


class Bucket(NamedTuple):
    """Items of one size. `ar` is the aspect ratio they were sorted by, None for a fixed size."""

    size: tuple[int, int, int]
    ar: float | None
    items: int
    batch: int

    @property
    def steps(self) -> int:
        return self.items // self.batch

    @property
    def dropped(self) -> int:
        """Items of an epoch that are in no step, since they fill no batch."""
        return self.items % self.batch


class Skipped(NamedTuple):
    """A file that fits nowhere: ``video`` for a model of pictures, ``short``, or ``still``.

    `folder` is the number of its folder; `frames` are those at the model's rate.
    """

    folder: int
    name: str
    why: str
    frames: int = 0


class Plan(NamedTuple):
    """What an epoch of one dataset is made of.

    `latents` and `texts` are what is prepared before it: each file at each of its sizes, and
    each caption, once for each text encoder.
    """

    buckets: list[Bucket]
    skipped: list[Skipped]
    steps_per_epoch: int
    latents: int = 0
    texts: int = 0

    @property
    def items(self) -> int:
        return sum(bucket.items for bucket in self.buckets)


def plan(
    folders: Iterable[tuple[Sorting, Iterable[Item]]],
    *,
    fps: float | None,
    multiple: int,
    batches: Batches,
    subsample: float | None = None,
) -> Plan:
    """One dataset: its folders in order, for a model of this frame rate and rounding.

    `fps` is None of a model that takes pictures alone.
    """
    counts: Counter[Key] = Counter()
    skipped: list[Skipped] = []
    latents = texts = 0
    for number, (sorting, items) in enumerate(folders):
        sorter = Sorter(sorting, multiple)
        groups: Counter[Key] = Counter()
        files: Counter[Key] = Counter()
        for item in items:
            frames = _frames(item, fps)
            if frames is None:
                skipped.append(Skipped(number, item.name, "video"))
            elif (key := sorter.place(item.width, item.height, frames)) is None:
                why = "still" if frames == 1 else "short"
                skipped.append(Skipped(number, item.name, why, frames))
            else:
                groups[key] += item.captions
                files[key] += 1
        for key, captions in groups.items():
            texts += captions
            for size in sorter.sizes(key):
                counts[size] += int(captions * sorting.num_repeats)
                latents += files[key]
    buckets = [_bucket(key, items, batches) for key, items in sorted(counts.items(), key=_order)]
    steps = sum(bucket.steps for bucket in buckets)
    steps = int(steps * subsample) if subsample else steps
    return Plan(buckets, skipped, steps, latents, texts)


def total(steps_per_epoch: int, epochs: int, max_steps: int | None = None) -> int:
    """Steps of the whole training."""
    steps = steps_per_epoch * epochs
    return min(steps, max(max_steps, 1)) if max_steps is not None else steps


def sides(sorting: Sorting) -> list[float]:
    """Of a square with the area of each resolution, in order; none where sizes are exact."""
    if sorting.size_buckets:
        return []
    given = (math.sqrt(r[0] * r[1]) if isinstance(r, tuple) else r for r in sorting.resolutions)
    return sorted({round(side, 3) for side in given})


class Sorter:
    """Puts files of one folder into groups, and groups into sizes."""

    def __init__(self, sorting: Sorting, multiple: int) -> None:
        self._multiple = multiple
        # A stable order: equally long ones stay as they were given.
        self._sizes = sorted(sorting.size_buckets, key=lambda size: size[2], reverse=True)
        self._sides = sides(sorting)
        self._lengths = sorted({1, *sorting.frame_buckets})
        self.ratios = sorted(set(self._given_ratios(sorting)))
        self._logs = [math.log(ratio) for ratio in self.ratios]

    def place(self, width: int, height: int, frames: int) -> Key | None:
        """The group of a file by its size, and its frames at the model's rate. None: no group."""
        wanted = math.log(width / height)
        nearest = sorted(range(len(self._logs)), key=lambda i: abs(wanted - self._logs[i]))
        if self._sizes:
            # The trainer takes the number of a ratio, among ratios that are sorted and
            # each there once, for the number of a size, sorted by length: so it is here.
            return next((self._sizes[i] for i in nearest if _fits(self._sizes[i][2], frames)), None)
        length = max((length for length in self._lengths if length <= frames), default=0)
        return (self.ratios[nearest[0]], length) if _fits(length, frames) else None

    def sizes(self, key: Key) -> Iterator[Key]:
        """At which sizes a group is trained: at each resolution."""
        if self._sizes:
            yield key
            return
        ratio, frames = key
        for side in self._sides:
            area = side**2
            width = math.sqrt(area * ratio)
            yield ratio, self._rounded(width), self._rounded(area / width), frames

    def _rounded(self, side: float) -> int:
        return round(side / self._multiple) * self._multiple

    def _given_ratios(self, sorting: Sorting) -> Iterator[float]:
        if sorting.size_buckets:
            yield from (_thousandth(width / height) for width, height, _ in sorting.size_buckets)
        elif not sorting.enable_ar_bucket:
            yield 1.0
        elif sorting.ar_buckets:
            for ratio in sorting.ar_buckets:
                yield round(ratio[0] / ratio[1] if isinstance(ratio, tuple) else ratio, 3)
        else:
            yield from map(_thousandth, _geometric(*sorting[3:6]))


def _fits(length: int, frames: int) -> bool:
    """A video never goes where pictures go."""
    return 0 < length <= frames and not (frames > 1 and length == 1)


def _frames(item: Item, fps: float | None) -> int | None:
    if item.fps is None:
        return 1
    return int(item.frames * fps / item.fps) if fps is not None else None


def _bucket(key: Key, items: int, batches: Batches) -> Bucket:
    width, height, frames = (int(side) for side in key[-3:])
    ratio = key[0] if len(key) == 4 else None
    return Bucket((width, height, frames), ratio, items, batches.of(width, height, frames))


def _order(counted: tuple[Key, int]) -> tuple[float, ...]:
    key = counted[0]
    return (key[-1], key[-3] * key[-2], *key)


def _geometric(low: float, high: float, number: int) -> list[float]:
    """As numpy.geomspace: its two ends are exact."""
    if number < 2:
        return [low][:number]
    first, last = math.log10(low), math.log10(high)
    step = (last - first) / (number - 1)
    return [low, *(10 ** (first + i * step) for i in range(1, number - 1)), high]


def _thousandth(number: float) -> float:
    """As numpy rounds: Python's own round differs where a decimal can't be held exactly."""
    return round(number * 1000) / 1000
