"""One folder of a dataset, looked through: what is trained of it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.data import captions, masks, media
from tuneyard.recipes.diffusion_pipe.data.buckets import Item
from tuneyard.recipes.diffusion_pipe.data.report import listed, of_files
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuneyard.recipes.diffusion_pipe.data.media import File, Listing, Seen

    Reader = Callable[[Path], Seen | None]


# The settings that decide what is found in a folder.
ASKED = (
    *("path", "mask_path", "default_mask_file", "control_path"),
    *("skip_empty_caption", "cache_shuffle_num", "online_captions"),
)


@dataclass
class Folder:
    """`items` are its files with a size; of `unread` nothing here could tell it."""

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)


def look(path: str, asked: Mapping[str, Any], videos: Reader | None = None) -> Folder:
    """`asked` are the settings as they hold for it; `videos` reads a clip that nothing else does."""
    try:
        listing = media.listed(Path(path))
    except OSError as error:
        return Folder(problems=[_unreadable(path, error)])
    found = Folder()
    found.problems += _about(path, listing, asked)
    found.problems += masks.controls(listing, asked)
    if not listing.files:
        return found
    words = captions.read(Path(path), listing, asked)
    found.problems += words.problems
    counts = dict(words.files)
    heads = []
    for file, seen in media.look(list(counts)):
        head = videos(file.path) if seen is None and videos and not file.member else seen
        if head is None:
            found.unread.append(file.name)
        else:
            heads.append((file, head))
    whole = [(file, head) for file, head in heads if not head.error]
    found.problems += _heads(path, heads) + masks.masks(whole, asked, path)
    found.guessed = [file.name for file, head in whole if head.guessed]
    found.items = [
        Item(file.name, head.width, head.height, head.frames, head.fps, counts[file])
        for file, head in whole
    ]
    return found


def _unreadable(path: str, error: OSError) -> Problem:
    if isinstance(error, NotADirectoryError):
        packed = path.lower().endswith((".zip", ".7z", ".rar", ".gz"))
        step = "Unpack it, and name that folder." if packed else "Name the folder that it lies in."
        said = f"{path} is a file."
    elif Path(path).exists():
        said, step = f"{path} can’t be read ({error.strerror}).", "Look who may."
    else:
        said, step = f"There is no folder {path}.", "Look whether it is spelt right."
    return Problem(said, "folder-missing", "directories", step)


def _about(path: str, listing: Listing, asked: Mapping[str, Any]) -> list[Problem]:
    """What the list of its files tells."""
    problems = of_files(
        "archive-damaged",
        [f"{name} ({why})" for name, why in listing.damaged],
        "{n} can’t be read as plain .tar, at which the trainer hangs",
        "Pack it again without compression.",
        severity="error",
        place=path,
    )
    inside = [
        name
        for name in listing.folders
        if name != "cache"
        and str(Path(path, name)) not in (asked["mask_path"], asked["control_path"])
        and _has_files(Path(path, name))
    ]
    if all(file.litter for file in listing.files) and not listing.damaged:
        problems.append(
            Problem(
                f"There are no pictures or videos in {path}.",
                "folder-empty",
                "directories",
                f"Sub-folders are not entered: name {listed(inside)} in it, each by itself:"
                f" {path}/{inside[0]}, say."
                if inside
                else "Put some into it, or remove it from the dataset.",
                place=path,
            )
        )
    elif inside:
        problems.append(
            Problem(
                f"Sub-folders are not entered, so what is in {listed(inside)} is not trained on.",
                "folder-inside",
                "directories",
                "Name those that should be, each by itself.",
                "warning",
                path,
            )
        )
    return problems


def _has_files(folder: Path) -> bool:
    try:
        return any(media.listed(folder).files)
    except OSError:
        return False


def _heads(path: str, heads: list[tuple[File, Seen]]) -> list[Problem]:
    """What the heads of its files tell."""
    turned = [file.name for file, head in heads if head.turned]
    return [
        *of_files(
            "media-damaged",
            [f"{file.name} ({head.error})" for file, head in heads if head.error and head.fatal],
            "{n} would make the trainer hang",
            "Save it again, or remove it.",
            severity="error",
            place=path,
        ),
        *of_files(
            "media-unknown",
            [
                f"{file.name} ({head.error})"
                for file, head in heads
                if head.error and not head.fatal
            ],
            "{n} can’t be opened, so the trainer leaves {it} out",
            "Save it again as .png or .mp4, or remove it.",
            place=path,
        ),
        *of_files(
            "media-turned",
            turned,
            "{n} {be} stored turned: the trainer doesn’t heed how a camera was held, and learns {it}"
            " as stored",
            "Save them again upright, with a program that turns the picture itself.",
            place=path,
        ),
    ]
