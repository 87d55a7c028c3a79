"""Builds runner.pyz: the runner and one recipe's modules in a single file.

It goes into the job's folder, so that an upgrade never changes a job that runs.
"""

from __future__ import annotations

import importlib.util
import io
import marshal
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

from .folder import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.abc import Traversable
    from pathlib import Path

_ENTRY = "import sys\nfrom tuneyard.runner.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"
_UNCHECKED_HASH = (1).to_bytes(4, "little")  # the flags of a .pyc, PEP 552

# What only home needs: pydantic models, job files, the packer itself, estimates, words for people.
_AT_HOME = frozenset(
    {
        "at_home",
        "carried.py",
        "choices.py",
        "closing.py",
        "length.py",
        "look.py",
        "needs.py",
        "older.py",
        "overview.py",
        "pack.py",
        "presets",
        "settings",
        "settings.py",
        "travel.py",
    }
)
_IN_PODS = "tuneyard/runner/pod"  # no other place has to begin and end itself


def pack(target: Path, recipe: str = "", *, compiled: bool = True) -> None:
    """Writes a zipapp with the runner and, if named, a recipe's package (``tuneyard.recipes.piper``).

    `compiled` adds bytecode for this Python: a runner starts faster here, and
    other Pythons pass over it.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sources(recipe).items():
            if name.startswith(_IN_PODS):
                continue
            archive.writestr(name, source)
            if compiled and name.endswith(".py"):
                archive.writestr(f"{name}c", _bytecode(source, name))
    write_bytes(target, data.getvalue())


def sources(recipe: str = "") -> dict[str, bytes]:
    """All files of the program, by their names in it, with those that only a pod needs."""
    return {"__main__.py": _ENTRY.encode(), **dict(_modules(recipe))}


def _modules(recipe: str) -> Iterator[tuple[str, bytes]]:
    yield from _packages_above("tuneyard.runner")
    yield from _inside(files("tuneyard.runner"), "tuneyard/runner")
    if recipe:
        # What recipes share lies beside their folders; each of these has its rules.
        for item in files("tuneyard.recipes").iterdir():
            if not (item / "rules.py").is_file():
                yield from _item(item, f"tuneyard/recipes/{item.name}")
        yield from _packages_above(recipe)
        yield from _inside(files(recipe), recipe.replace(".", "/"))


def _packages_above(package: str) -> Iterator[tuple[str, bytes]]:
    parts = package.split(".")
    for depth in range(1, len(parts)):
        init = files(".".join(parts[:depth])) / "__init__.py"
        if init.is_file():
            yield f"{'/'.join(parts[:depth])}/__init__.py", init.read_bytes()


def _inside(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        yield from _item(item, f"{name}/{item.name}")


def _item(item: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    if item.name in _AT_HOME or item.name.startswith(("__pycache__", ".")):
        return
    if item.is_dir():
        yield from _inside(item, name)
    else:
        yield name, item.read_bytes()


def _bytecode(source: bytes, name: str) -> bytes:
    code = compile(source, name, "exec", dont_inherit=True)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code)
