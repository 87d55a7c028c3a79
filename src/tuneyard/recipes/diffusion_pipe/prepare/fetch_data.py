"""Brings the datasets here: folders in place, those of the Hub once for all jobs.

Writes ``data.json``: ``directories`` and ``evaluation``, in the settings' order, each with
``path`` (absolute), of the Hub's also ``name`` and ``commit``. A dataset of the Hub lies in
``$TUNEYARD_HOME/cache/datasets/<owner>--<name>/<commit>``, which never changes: pictures that
were taken out of it later are not trained on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tuneyard.recipes import hub
from tuneyard.runner.folder import read_json, write_json
from tuneyard.runner.problems import Problem

_WHOLE = ".tuneyard"  # lies in a dataset that is complete
_TABLES = (".parquet", ".arrow")
_WORDS = (".txt", ".json", ".md", ".csv", ".jsonl", ".yaml", ".npz", ".bak", ".db")


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    settings = read_json(Path("settings.json"))
    home = Path(os.environ["TUNEYARD_HOME"]).absolute() / "cache" / "datasets"
    found: dict[str, list[dict[str, str]]] = {}
    for name in ("directories", "evaluation"):
        found[name] = []
        for number, directory in enumerate(settings[name]):
            try:
                found[name].append(bring(directory["path"], f"{name}.{number}.path", home))
            except hub.HubError as error:
                error.problem.tell()
                return 1
    write_json(Path("data.json"), {"format": 1, **found})
    return 0


def bring(name: str, field: str, home: Path) -> dict[str, str]:
    """Where one directory lies here. Raises HubError; `field` is the setting that names it."""
    if name.startswith("hf:"):
        return _from_hub(name, field, home)
    path = Path(name).expanduser().absolute()
    if not path.is_dir():
        raise hub.HubError(
            Problem(
                f"There is no folder {path}.",
                "data-missing",
                field,
                "Correct the path, or name a dataset of the Hub: hf:owner/name.",
            )
        )
    return {"path": str(path)}


def _from_hub(name: str, field: str, home: Path) -> dict[str, str]:
    named = hub.named(name)
    shelf = home / named.shelf
    only = [f"{named.path}/*"] if named.path else []
    try:
        listing = hub.look(named.repository, named.revision, "dataset", only=only)
    except hub.HubError as error:
        earlier = _earlier(shelf, named.path)
        if error.problem.code not in hub.PASSING or earlier is None:
            raise
        print(f"{error.problem.sentence} Using {name} as it was fetched earlier.", flush=True)
        return _found(earlier, named, name)
    _refuse_tables(listing, field, name)
    folder = shelf / listing.commit
    if not _mark(folder, named.path).exists():
        hub.fetch_listed(listing, folder)
        _mark(folder, named.path).touch()
    return _found(folder, named, name)


def _found(folder: Path, named: hub.Named, name: str) -> dict[str, str]:
    return {"path": str(folder / named.path), "name": name, "commit": folder.name}


def _mark(folder: Path, path: str) -> Path:
    return folder / f"{_WHOLE}{'-' if path else ''}{path.replace('/', '~')}"


def _earlier(shelf: Path, path: str) -> Path | None:
    marks = [_mark(folder, path) for folder in shelf.glob("*")]
    found: Any = (mark for mark in marks if mark.exists())
    newest: Path | None = max(found, key=lambda mark: mark.stat().st_mtime, default=None)
    return newest and newest.parent


def _refuse_tables(listing: hub.Listing, field: str, name: str) -> None:
    """What has no pictures or clips as files."""
    others = [path for path in listing.sizes if not path.lower().endswith((*_TABLES, *_WORDS))]
    if any("." in Path(path).name for path in others):
        return
    if any(path.endswith(_TABLES) for path in listing.sizes):
        raise hub.HubError(
            Problem(
                f"{name} has its pictures inside Parquet files, which the trainer can't read.",
                "hub-parquet",
                field,
                "Save them as files with a .txt caption beside each, and name that folder,"
                " or push it as a dataset of its own.",
            )
        )
    raise hub.HubError(
        Problem(
            f"{name} has no pictures or clips.",
            "hub-no-media",
            field,
            f"Look at {listing.about.page}: name a folder of it as {name}/folder.",
        )
    )
