"""What can be said at home before anything is fetched, of the settings and the model's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.at_home import memory
from tuneyard.recipes.diffusion_pipe.data import asked, buckets
from tuneyard.recipes.diffusion_pipe.data.at_home import boxes
from tuneyard.recipes.diffusion_pipe.data.media import Seen
from tuneyard.recipes.diffusion_pipe.data.report import listed
from tuneyard.recipes.diffusion_pipe.files import named
from tuneyard.recipes.diffusion_pipe.files.at_home import local
from tuneyard.runner.problems import Problem, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.data.buckets import Sorting

_DISK = (
    "The trainer keeps what it made of each file in cache/ in its folder; how large that gets is"
    " not documented."
)


def report(settings: Mapping[str, Any]) -> Report:
    """Nothing of the data itself: see `check`."""
    here = [each for each in named.paths(settings) if not each[1].startswith("hf:")]
    facts = {"memory": memory.sentence(settings), "disk": _DISK}
    found = Report(local.problems(settings, here), facts=facts)
    try:
        sortings = [
            asked.sorting(asked.of_folder(settings, entry))
            for _, entries in asked.sets(settings)
            for entry in entries
        ]
    except ValueError:
        return found  # that a size can't be read is a problem of the settings, see rules.py
    found.problems += _misplaced(sortings)
    return found


def clip(path: Path) -> Seen | None:
    """How long and large a clip is, where PyAV is missing."""
    found = boxes.video(path)
    return Seen(found.width, found.height, found.frames, found.fps) if found else None


def _misplaced(sortings: Sequence[Sorting]) -> Iterator[Problem]:
    """The trainer mixes sizes up that aren't in its order: see `buckets.Sorter.place`."""
    for sorting in dict.fromkeys(map(_frozen, sortings)):
        sorter = buckets.Sorter(sorting, 16)
        wrong = [size for size in sorting.size_buckets if sorter.place(*size) != size]
        if wrong:
            names = listed(["×".join(map(str, size)) for size in wrong])
            yield Problem(
                f"The trainer mixes these exact sizes up: files of {names} get another size, or"
                " are left out.",
                "sizes-mixed",
                "size_buckets",
                "List sizes of one length only, each shape once, from narrow to wide; other"
                " lengths go into a folder of their own.",
                "warning",
            )


def _frozen(sorting: Sorting) -> Sorting:
    return sorting._replace(
        resolutions=(), ar_buckets=(), frame_buckets=(), size_buckets=tuple(sorting.size_buckets)
    )
