"""site.json: all that the page knows; and what pods run, one file a program.

Of a program that is too large for one request the recipe has a file of its own, named by its
SHA-256 alone: a page that finds a pod again which waits for it knows no more of it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuneyard.compute.base import computes
from tuneyard.compute.runpod import program
from tuneyard.compute.runpod.request import LARGEST, MOST_VARIABLES
from tuneyard.compute.runpod.settings import AT_HOME
from tuneyard.jobs import menu
from tuneyard.jobs.remote.terms.rental import SPARE_GB
from tuneyard.recipes.base import recipes
from tuneyard.runner.pod.serve import PORT

from .recipes import COMPUTE, described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuneyard.recipes.base import Recipe

    from .hosts import Hosts

PROGRAMS = "programs"
_LARGEST_JOB = 30_000  # bytes of a job's own JSON
_FIRST = 20  # of a list, in an example


def made(hosts: Hosts) -> dict[str, bytes]:
    """What is in files, by their path in the site's folder. Takes some ten seconds."""
    files: dict[str, bytes] = {}

    def programs(recipe: Recipe) -> Iterator[dict[str, Any]]:
        for settings, packed in program.prepared(recipe.package):
            text = packed.text.encode()
            file = _file(recipe, hashlib.sha256(text).hexdigest())
            files[file] = text
            alone: dict[str, Any] = {}
            if packed.recipe:
                sha256 = hashlib.sha256(packed.recipe).hexdigest()
                files[f"{PROGRAMS}/{sha256}.bz2"] = packed.recipe
                alone = {"recipe": {"sha256": sha256, "bytes": len(packed.recipe)}}
            yield {**_program(settings, file, len(text)), **alone}

    found = known(hosts, programs)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return {**files, "site.json": text.encode()}


def known(hosts: Hosts, programs: Callable[[Recipe], Iterable[dict[str, Any]]]) -> dict[str, Any]:
    """What site.json holds; `programs` lists a recipe's, the first that fits a job is its own."""
    return {
        "format": 1,
        "version": version("tuneyard"),
        "built": datetime.now(UTC).date().isoformat(),
        "hosts": hosts.as_json(),
        "port": PORT,
        "recipes": [
            {**described(recipe), "programs": list(programs(recipe))}
            for recipe in recipes().values()
        ],
        **_compute(),
        "prices": _prices(),
        "boot": program.boot(),
        "spare_gb": SPARE_GB,
        "limits": {"request": LARGEST, "job": _LARGEST_JOB, "variables": MOST_VARIABLES},
    }


def example(hosts: Hosts) -> dict[str, Any]:
    """The same, made at once: with programs that don't exist, and the first of long lists."""

    def programs(recipe: Recipe) -> Iterator[dict[str, Any]]:
        listed = [settings for settings, _ in program.cases(recipe.package)]
        for number, settings in enumerate([*listed[:_FIRST], {}]):
            yield _program(settings, _file(recipe, f"{number:012}"), 90_000 + number)

    found = known(hosts, programs)
    for recipe in found["recipes"]:
        recipe["choices"] = {name: each[:_FIRST] for name, each in recipe["choices"].items()}
    return {**found, "version": "0", "built": "2026-01-01", "boot": "<boot>"}


def _compute() -> dict[str, Any]:
    """Where jobs run; `at_home` is the schema of those of its settings that no page obeys."""
    view = menu.compute(computes()[COMPUTE])
    properties = dict(view["schema"]["properties"])
    at_home = {name: properties.pop(name) for name in AT_HOME}
    schema = {**view["schema"], "properties": properties}
    return {"computes": [{**view, "schema": schema}], "at_home": {"properties": at_home}}


def _program(settings: Mapping[str, Any], file: str, size: int) -> dict[str, Any]:
    return {"when": settings or None, "file": file, "bytes": size}


def _file(recipe: Recipe, digest: str) -> str:
    return f"{PROGRAMS}/{recipe.name}-{digest[:12]}.txt"


def _prices() -> dict[str, Any]:
    text = (files("tuneyard.compute.runpod") / "prices.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
