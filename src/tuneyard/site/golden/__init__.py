"""What Python does of what the page does as well: cases that the page's own tests read.

    python -m tuneyard.site.golden web/src/lib/api/direct/golden

Whole numbers are written without a point, as a browser writes them. Short texts stand for
program and boot script, so that a change of these changes no case.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tuneyard.site import data
from tuneyard.site.hosts import Hosts

from . import datasets, files, folders, offering, requests, states, words
from .numbers import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def texts() -> dict[str, str]:
    """All golden files by name."""
    cases: Mapping[str, Any] = {
        "site.json": data.example(Hosts()),
        "requests.json": requests.cases(),
        "needs.json": requests.needs(),
        "catalog.json": offering.catalogs(),
        "offers.json": offering.cases(),
        "jobfiles.json": files.cases(),
        "datasets.json": datasets.cases(),
        "folders.json": folders.cases(),
        "shown.json": states.cases(),
        "words.json": words.cases(),
    }
    return {
        name: json.dumps(plain(found), indent=1, ensure_ascii=False) + "\n"
        for name, found in cases.items()
    }


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")
