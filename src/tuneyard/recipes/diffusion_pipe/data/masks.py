"""Masks and control pictures: those of the same name in another folder, whatever their ending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.data import media
from tuneyard.recipes.diffusion_pipe.data.report import of_files
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuneyard.recipes.diffusion_pipe.data.media import File, Listing, Seen


def masks(
    seen: Sequence[tuple[File, Seen]], asked: Mapping[str, Any], folder: str
) -> list[Problem]:
    """`seen` are the files that are trained on: a mask must be exactly as large."""
    default = asked["default_mask_file"]
    if not asked["mask_path"] and not default:
        return []
    by_stem = _by_stem(asked["mask_path"])
    if by_stem is None:
        return [_no_folder(asked["mask_path"], "mask_path")]
    missing, broken, other = [], [], []
    heads: dict[Path, Seen | None] = {}
    for file, own in seen:
        mask = by_stem.get(file.stem) or (Path(default) if default else None)
        if mask is None:
            missing.append(file.name)
            continue
        if mask not in heads:
            heads[mask] = _head(mask)
        head = heads[mask]
        if head is None or not own.width:
            continue
        if head.error:
            broken.append(f"{mask.name} ({head.error})")
        elif (head.width, head.height) != (own.width, own.height):
            sizes = f"{head.width}×{head.height}, not {own.width}×{own.height}"
            other.append(f"{mask.name} ({sizes})")
    return [
        *of_files(
            "mask-missing",
            missing,
            "{n} {has} no mask: the whole picture is learnt",
            "Draw one of the same name, or set default_mask_file.",
            place=asked["mask_path"] or folder,
        ),
        *of_files(
            "mask-broken",
            sorted(set(broken)),
            "{n} can’t be opened, at which the trainer hangs",
            "Save them again, or remove them.",
            noun="mask",
            severity="error",
            place=asked["mask_path"] or folder,
        ),
        *of_files(
            "mask-size",
            other,
            "{n} {be} not as large as the picture, at which the trainer hangs",
            "Make each mask exactly as large as its picture.",
            noun="mask",
            severity="error",
            place=asked["mask_path"] or folder,
        ),
    ]


def controls(listing: Listing, asked: Mapping[str, Any]) -> list[Problem]:
    """Every file needs one, even those that are then left out."""
    where = asked["control_path"]
    if not where:
        return []
    by_stem = _by_stem(where)
    if by_stem is None:
        return [_no_folder(where, "control_path")]
    missing = [file.name for file in listing.files if file.stem not in by_stem]
    used = {by_stem[file.stem] for file in listing.files if file.stem in by_stem}
    heads = ((path, _head(path)) for path in sorted(used))
    broken = [f"{path.name} ({head.error})" for path, head in heads if head and head.error]
    return [
        *of_files(
            "control-missing",
            missing,
            "{n} {has} no control picture, at which the trainer hangs",
            "Put one of the same name into the folder, or remove the file.",
            severity="error",
            place=where,
        ),
        *of_files(
            "control-broken",
            broken,
            "{n} can’t be opened, at which the trainer hangs",
            "Save them again.",
            noun="control picture",
            severity="error",
            place=where,
        ),
    ]


def _by_stem(folder: str) -> dict[str, Path] | None:
    """None where there is no such folder."""
    if not folder:
        return {}
    try:
        found = sorted(path for path in Path(folder).iterdir() if path.is_file())
    except OSError:
        return None
    return {media.File(path).stem: path for path in found}


def _head(path: Path) -> Seen | None:
    ((_, seen),) = media.look([media.File(path)])
    return seen


def _no_folder(path: str, name: str) -> Problem:
    return Problem(
        f"There is no folder {path} that can be read.",
        "folder-missing",
        "directories",
        f"Correct {name}, or leave it empty.",
        place=path,
    )
