"""Writes a site into a folder: the page's own files, what it knows, and how to serve it."""

from __future__ import annotations

import shutil
import time
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tuneyard.errors import Missing, NotPossible

from . import data, nginx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .hosts import Hosts

_OURS = "site.json"  # a folder that has one may be built anew
_STALE = 7 * 86_400.0  # seconds


def build(folder: Path, hosts: Hosts, root: str = "", static: Path | None = None) -> list[Path]:
    """Writes the site, over an earlier one; returns its files.

    What only an earlier one had goes after a week: pages that are open may still ask for it.
    `root` is where the folder will lie on the computer that serves it, if that is another
    place. `static` is the page as it was built, if not the one that is installed. Raises
    Missing without a page, NotPossible for a folder with something else in it.
    """
    page = static or installed()
    if not (page / "index.html").is_file():
        raise Missing(
            "Tuneyard was installed without this page.",
            code="site-page",
            next_step="In a checkout, ./launch setup builds it. Unset TUNEYARD_SKIP_WEB first.",
        )
    folder = folder.absolute()
    _refuse_what_is_not_ours(folder)
    made = {
        **data.made(hosts),
        "nginx.conf": nginx.text(hosts, root or str(folder)).encode(),
        "README.md": _readme(hosts, root or str(folder)).encode(),
    }
    # The entry comes last: whoever opens the page meanwhile finds what it names.
    names = sorted(_names(page), key=lambda name: name == Path("index.html"))
    written = [_copy(page / name, folder / name) for name in names if name.name != "index.html"]
    written += [_write(folder / name, contents) for name, contents in made.items()]
    written += [_copy(page / "index.html", folder / "index.html")]
    for path in set(_files(folder / "assets", folder / data.PROGRAMS)) - set(written):
        if path.stat().st_mtime < time.time() - _STALE:
            path.unlink()
    return written


def installed() -> Path:
    """The page of this Tuneyard, as its build left it."""
    return Path(str(files(__package__) / "static"))


def _refuse_what_is_not_ours(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _OURS).is_file():
        raise NotPossible(
            f"{folder} has something else in it.",
            code="site-folder",
            next_step="Name a folder that is new or empty, or that holds a site already.",
        )
    if folder.exists() and not folder.is_dir():
        raise NotPossible(
            f"{folder} is no folder.", code="site-folder", next_step="Name a folder for the site."
        )


def _readme(hosts: Hosts, root: str) -> str:
    text = (files(__package__) / "README.md").read_text(encoding="utf-8")
    return Template(text).substitute(root=root, path=hosts.path)


def _names(page: Path) -> Iterable[Path]:
    return (path.relative_to(page) for path in _files(page, page / "assets"))


def _files(*folders: Path) -> list[Path]:
    there = (folder for folder in folders if folder.is_dir())
    return [path for folder in there for path in folder.iterdir() if path.is_file()]


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def _write(path: Path, contents: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    return path
