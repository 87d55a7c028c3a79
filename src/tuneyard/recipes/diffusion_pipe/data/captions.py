"""What is said of each file: its .txt, or its entry in captions.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes.diffusion_pipe.data.media import CAPTIONS
from tuneyard.recipes.diffusion_pipe.data.report import of_files
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.recipes.diffusion_pipe.data.media import File, Listing


class Captions(NamedTuple):
    """Files that are trained on, each with the number of its captions, and what is wrong."""

    files: list[tuple[File, int]]
    problems: list[Problem]


def read(folder: Path, listing: Listing, asked: Mapping[str, Any]) -> Captions:
    """`asked` holds ``skip_empty_caption``, ``cache_shuffle_num`` and ``online_captions``."""
    if listing.has_captions_json:
        found, problems = _of_json(folder, listing)
    else:
        found, problems = _of_texts(folder, listing)
        if asked["online_captions"]:
            problems.append(
                Problem(
                    f"Captions are to be read while training, and there is no {CAPTIONS}.",
                    "captions-json-missing",
                    "directories",
                    "Write one, or turn online_captions off.",
                    place=str(folder),
                )
            )
    missing = [file for file in listing.files if found.get(file) is None and not file.litter]
    problems += _missing(folder, missing, listing, asked)
    files = []
    for file in listing.files:
        if (captions := found.get(file)) is None and not asked["skip_empty_caption"]:
            captions = 1
        if captions and not file.litter:
            files.append((file, captions * max(asked["cache_shuffle_num"] or 0, 1)))
    return Captions(files, problems)


def _of_texts(folder: Path, listing: Listing) -> tuple[dict[File, int | None], list[Problem]]:
    found: dict[File, int | None] = {}
    empty, foreign, used = [], [], set()
    for file in listing.files:
        name = file.path.with_suffix(".txt").name
        if file.member or name not in listing.texts:
            continue
        used.add(name)
        found[file] = 1
        try:
            if not (folder / name).read_bytes().decode().strip():
                empty.append(name)
        except UnicodeDecodeError:
            foreign.append(name)
        except OSError as error:
            foreign.append(f"{name} ({error.strerror})")
    orphans = sorted(listing.texts - used)
    where = str(folder)
    return found, [
        *of_files(
            "caption-unreadable",
            foreign,
            "{n} can’t be read as UTF-8, at which the trainer hangs",
            "Save them again as UTF-8.",
            noun="caption",
            severity="error",
            place=where,
        ),
        *of_files(
            "caption-empty",
            empty,
            "{n} hold{s} no words: what they are of is trained without",
            "Write what can be seen, or remove the .txt to leave the picture out.",
            noun="caption",
            place=where,
        ),
        *of_files(
            "caption-orphan",
            orphans,
            "{n} belong{s} to no picture or video",
            "Look whether a picture is missing, or named otherwise.",
            noun="caption",
            place=where,
        ),
    ]


def _of_json(folder: Path, listing: Listing) -> tuple[dict[File, int | None], list[Problem]]:
    where = f"{folder}/{CAPTIONS}"
    try:
        entries = json.loads((folder / CAPTIONS).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return {}, [_bad_json(where, f"It can’t be read ({error}).")]
    if not isinstance(entries, dict):
        return {}, [_bad_json(where, "It holds no object.")]
    wrong = [name for name, texts in entries.items() if texts is not None and not _are_texts(texts)]
    if wrong:
        return {}, [_bad_json(where, f"The captions of {wrong[0]} are no list of texts.")]
    found: dict[File, int | None] = {}
    for file in listing.files:
        texts = entries.get(file.member or file.path.name)
        found[file] = None if texts is None else len(texts)
    names = {file.member or file.path.name for file in listing.files}
    empty = [file.name for file, texts in found.items() if texts == 0]
    return found, [
        *of_files(
            "caption-empty",
            empty,
            f"{{n}} {{has}} an empty list in {CAPTIONS}, so nothing is trained of {{it}}",
            "Write a caption, if only an empty one.",
            place=str(folder),
        ),
        *of_files(
            "caption-orphan",
            sorted(set(entries) - names),
            f"{CAPTIONS} has captions of {{n}} that {{be}} not there",
            "Look whether a picture is missing, or named otherwise.",
            place=str(folder),
        ),
        *of_files(
            "caption-unread",
            sorted(listing.texts),
            f"{{n}} in .txt files {{be}} not read, since there is a {CAPTIONS}",
            f"Remove {CAPTIONS} to use them.",
            noun="caption",
            place=str(folder),
        ),
    ]


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _bad_json(where: str, why: str) -> Problem:
    return Problem(
        f"The trainer hangs at this file. {why}",
        "captions-json",
        "directories",
        'Write it as {"a.png": ["first caption", "second caption"], "b.png": ["…"]}.',
        place=where,
    )


def _missing(
    folder: Path, files: list[File], listing: Listing, asked: Mapping[str, Any]
) -> list[Problem]:
    names = [file.name for file in files]
    if not asked["skip_empty_caption"]:
        return of_files(
            "caption-missing",
            names,
            "{n} {has} no caption and will be trained without words",
            "Write one for each, or turn skip_empty_caption on to leave them out.",
            place=str(folder),
        )
    if listing.has_captions_json:
        step = f"Write an entry for each into {CAPTIONS}."
    elif any(file.member for file in files):
        step = f"Captions of files in a .tar are read from {CAPTIONS} alone: write one beside it."
    else:
        step = (
            "Write a .txt of the same name beside each, or turn skip_empty_caption off to train"
            " them without words."
        )
    return of_files(
        "caption-missing",
        names,
        "{n} {has} no caption, so the trainer leaves {it} out",
        step,
        place=str(folder),
    )
