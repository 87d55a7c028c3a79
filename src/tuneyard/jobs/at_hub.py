"""What a job names on the Hub, looked for before anything is set up, rented or fetched."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.fields import extra, matters, texts
from tuneyard.recipes import hub
from tuneyard.recipes.hub import client
from tuneyard.recipes.hub.addresses import Place
from tuneyard.recipes.hub.problems import of_answer
from tuneyard.runner.problems import Report

from .asking_hub import within
from .job import recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

    from tuneyard.runner.problems import Problem

    from .job import Job

_WAIT = 15.0  # seconds for one answer
_FRESH = 60.0  # seconds that one is good for

_ROW = re.compile(r"\.\d+(?=\.|$)")
_WEIGHT = re.compile(r"=[\d.]+$")  # behind a file's name: how much of it


class _Named(NamedTuple):
    """A text that names something there; `field` is its place among the settings."""

    field: str
    text: str
    place: Place
    secrets: Sequence[str]


def look(job: Job, held: Mapping[str, str]) -> Report:
    """Whether what a job names on the Hub can be had with the tokens that are `held`, by name.

    And whether its results may be pushed, if a token for that is held. Where the Hub can't be
    asked, nothing is wrong: that is said under *not checked*.
    """
    report = Report()
    try:
        for named in _named(job):
            report.problems += _missing(job, named, held)
        report.problems += _refused(job.results.repository, held)
    except hub.HubError as error:
        said = f"What the job names on the Hub: {error.problem.sentence}"
        report.not_checked.append(f"{said} It is looked for when the job starts.")
    return report


def _named(job: Job) -> Iterator[_Named]:
    recipe = recipe_of(job)
    looks = recipe.look
    for field, _, text in texts(recipe.settings, job.settings):
        pattern = _ROW.sub(".*", field)
        entry = looks.get(pattern) or looks.get(pattern.removesuffix(".*"))
        told = recipe.settings.model_fields[field.partition(".")[0]]
        if entry is None or not matters(extra(told, "shown_when"), job.settings):
            continue
        try:
            place = _place(text.strip(), entry)
        except hub.HubError:
            continue  # written wrongly: the recipe's own rules say how it is to be
        if place is not None:
            yield _Named(field, text, place, entry["secrets"])


def _place(text: str, entry: Mapping[str, Any]) -> Place | None:
    """Raises HubError."""
    if text.startswith("hf:"):
        kind = entry.get("kind", "dataset")
        if "layout" in entry:  # all of it, at a revision that may have slashes in it
            repository, _, revision = text.removeprefix("hf:").partition("@")
            return Place(kind, repository, revision, "")
        return Place(kind, *hub.named(_WEIGHT.sub("", text)))
    address = entry.get("addresses", {}).get(text, text)
    return Place.of(address) if hub.is_address(address) else None


def _missing(job: Job, named: _Named, held: Mapping[str, str]) -> Iterator[Problem]:
    """Raises HubError if the Hub can't be asked."""
    secret = next((held[name] for name in named.secrets if held.get(name)), None)
    now = int(time.monotonic() / _FRESH)
    try:
        size = _ask(named.place, tuple(named.secrets), secret, now)
    except hub.HubError as error:
        if error.problem.code in hub.PASSING:
            raise
        yield replace(error.problem, field=named.field)
        return
    contents = recipe_of(job).contents
    if contents and size and named.place.path.endswith(contents.SUFFIXES):
        kind = _kind(contents, named.place, size, secret, now)
        setting = named.field.partition(".")[0]
        if kind and (problem := contents.misfit(job.settings, setting, named.text, kind)):
            yield replace(problem, field=named.field)


@lru_cache(maxsize=256)
def _ask(place: Place, secrets: tuple[str, ...], secret: str | None, _when: int) -> int:
    """The bytes of a file, 0 of anything else. Raises HubError with what is wrong.

    What was right is not asked again for a minute.
    """
    kind, repository, revision, path = place.kind, place.repository, place.revision, place.path
    about = hub.About(repository, kind, secrets, bool(secret), revision=revision, path=path)

    def ask() -> int:
        api = client.api(secret)
        api.auth_check(repository, repo_type=kind)
        wanted = {"revision": revision or None, "repo_type": kind}
        if not path:
            if revision:
                api.repo_info(repository, **wanted)
            return 0
        found = api.get_paths_info(repository, [path], **wanted)
        if not found:
            raise hub.HubError(of_answer(404, {"x-error-code": "EntryNotFound"}, about))
        return getattr(found[0], "size", 0)

    return within(_WAIT, lambda: client.patiently(ask, about, 1))


@lru_cache(maxsize=256)
def _kind(contents: ModuleType, place: Place, size: int, secret: str | None, _when: int) -> Any:
    """What a file is, by its beginning; None where that can't be read. Raises HubError."""
    about = hub.About(place.repository, place.kind, (), with_token=bool(secret))
    revision = place.revision or "main"

    def look() -> Any:
        return hub.peek(about, revision, place.path, lambda f: contents.kind_in(f, size), secret)

    return within(_WAIT, look)


def _refused(repository: str, held: Mapping[str, str]) -> Iterator[Problem]:
    """Raises HubError if the Hub can't be asked."""
    secret = next((held[name] for name in hub.WRITE if held.get(name)), None)
    if not repository or not secret:
        return
    try:
        found = within(_WAIT, lambda: hub.access(repository, "model", secret))
    except hub.HubError as error:
        if error.problem.code in hub.PASSING:
            raise
        yield replace(error.problem, field="results.repository")
        return
    if not found.write:
        about = hub.About(repository, "model", hub.WRITE, with_token=True, writing=True)
        yield replace(found.problem or of_answer(403, {}, about), field="results.repository")
