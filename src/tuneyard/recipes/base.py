"""What a recipe is, and how they are found.

A recipe is a folder with `settings.py` (pydantic: fields and defaults), `rules.py`
and `steps.py` (standard library, packed into every job) and optionally `check.py`
and `presets/`. Its package offers one `Recipe`, named by an entry point of the
group ``tuneyard.recipes``; the built-in ones come through the same door.

``rules``  problems(settings, results, place) -> list[Problem]
           CAUSES: rules for `runner.causes`; CHANGEABLE: what a resume may change
``steps``  plan(job, place) -> Plan; seen(line) -> Seen | None
           side_tasks(event, job) -> iterable of Step
           SPEED: names of the settings that decide seconds a step
``check``  check(settings, **facts) -> Report

Optional:
``closing``  closing(folder, settings) -> list of lines: what a job that succeeded gave
``older``    from_environment(environ) -> (settings, results, notes): variables of older scripts
``length``   length(settings, steps of an epoch) -> steps and most seconds, or None;
           EPOCH: names of the settings that decide how many steps an epoch has
``travel``   tables(settings), cases(): texts in place of its tables, cut to what a job can ask for
``needs``    NEEDS: what a plan needs as data, for a page that can't make one: see `site.recipes`
``look``     LOOK: what the page looks for on the Hub, by setting: see `site.recipes`;
           and, if a file's beginning tells whether it will do, SUFFIXES of such files,
           kind_in(file, size) -> what it is, misfit(settings, setting, place, that) -> Problem
           or None
``carried``  read(settings, place, files) -> those that a job reads of a folder, or a file, that the
           setting at this place names here; None for all: see `fields.texts` for places
``choices``  CHOICES: of a setting with a long list, search(text) -> list of (value, label)
``overview`` tables() -> list of Table: what the reference shows before the settings
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

GROUP = "tuneyard.recipes"

_NUMBER = re.compile(r"^\d\d-")


class Table(NamedTuple):
    """Cells are Markdown. `note` stands before it."""

    title: str
    note: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Recipe:
    """One trainer. `package` is the dotted name of its folder; nothing is imported until used.

    `example` names a folder of ``examples/`` whose job runs on any computer, with its data.
    `image` is what a pod's container begins with, if not the compute's own default.
    """

    name: str
    title: str
    summary: str
    package: str
    example: str = ""
    image: str = ""

    @cached_property
    def rules(self) -> ModuleType:
        return importlib.import_module(f"{self.package}.rules")

    @cached_property
    def steps(self) -> ModuleType:
        return importlib.import_module(f"{self.package}.steps")

    @cached_property
    def check(self) -> ModuleType:
        return importlib.import_module(f"{self.package}.check")

    @cached_property
    def settings(self) -> Any:
        """The pydantic model of its settings."""
        return importlib.import_module(f"{self.package}.settings").Settings

    def closing(self, folder: Path, settings: Mapping[str, Any]) -> list[str]:
        """What to say of a job that succeeded: where its results are and how to use them."""
        module = self._optional("closing")
        return list(module.closing(folder, settings)) if module else []

    def from_environment(
        self, environ: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        """Settings, results and notes, from the variables of an older script.

        Raises ValueError with a sentence.
        """
        module = self._optional("older")
        found: tuple[dict[str, Any], dict[str, Any], list[str]] = (
            module.from_environment(environ) if module else ({}, {}, [])
        )
        return found

    @property
    def length(self) -> ModuleType | None:
        """What tells how many steps a training has; None where nothing does."""
        return self._optional("length")

    @property
    def look(self) -> Mapping[str, Any]:
        """Which settings name something on the Hub, and how: see `site.recipes`."""
        module = self._optional("look")
        return module.LOOK if module else {}

    @property
    def contents(self) -> ModuleType | None:
        """What tells by a file's beginning whether it will do; None where nothing does."""
        module = self._optional("look")
        return module if module and hasattr(module, "misfit") else None

    def read(
        self, settings: Mapping[str, Any], place: str, files: Iterable[str]
    ) -> list[str] | None:
        """Of the files that a setting names, those that a job reads; None for all of them."""
        module = self._optional("carried")
        found: list[str] | None = module.read(settings, place, files) if module else None
        return found

    @property
    def choices(self) -> Mapping[str, Callable[[str], list[tuple[str, str]]]]:
        """For settings with a long list to choose from: a search for words, by setting.

        It answers pairs of value and label, all of them for an empty text.
        """
        module = self._optional("choices")
        return module.CHOICES if module else {}

    @property
    def overview(self) -> list[Table]:
        """What a reader of the reference wants to see before the settings."""
        module = self._optional("overview")
        return module.tables() if module else []

    def _optional(self, name: str) -> ModuleType | None:
        there = (files(self.package) / f"{name}.py").is_file()
        return importlib.import_module(f"{self.package}.{name}") if there else None

    @property
    def demo(self) -> Path | None:
        """The example's job file: packed into what was installed, or in the checkout."""
        package = files("tuneyard")
        places = (package / "examples", package / ".." / ".." / "examples")
        found = (Path(str(place / self.example / "job.toml")).resolve() for place in places)
        return next((path for path in found if self.example and path.is_file()), None)

    @cached_property
    def presets(self) -> Mapping[str, str]:
        """Job files to start from: name to TOML text; the first line says what it is for.

        They come in the order of their files' names; a number before a name (``01-``) is no
        part of it.
        """
        folder = files(self.package) / "presets"
        if not folder.is_dir():
            return {}
        found = sorted(folder.iterdir(), key=lambda item: item.name)
        return {
            _NUMBER.sub("", item.name.removesuffix(".toml")): item.read_text(encoding="utf-8")
            for item in found
            if item.name.endswith(".toml")
        }


@lru_cache(maxsize=1)
def recipes() -> dict[str, Recipe]:
    """All recipes that are installed, by name."""
    found = (entry.load() for entry in entry_points(group=GROUP))
    return {recipe.name: recipe for recipe in sorted(found, key=lambda recipe: recipe.name)}


def recipe_named(name: str) -> Recipe:
    """Raises NotFound for a name that no recipe has."""
    if name not in recipes():
        from tuneyard.errors import NotFound  # noqa: PLC0415 - doesn't travel with a recipe

        raise NotFound(
            f"There is no recipe “{name}”.",
            code="no-recipe",
            next_step=f"There are: {', '.join(recipes())}.",
        )
    return recipes()[name]


def purpose(preset: str) -> str:
    """What a preset is for: its first line."""
    return preset.partition("\n")[0].lstrip("# ")
