"""Profiles: named sets of secrets and of defaults for new jobs, in ``profiles.json``.

A profile names the secrets that have a value of their own in it; the values are kept
where all secrets are. Which profile a job runs under is said by its attempts alone.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tuneyard.errors import NotFound, WrongInput
from tuneyard.recipes.base import recipes
from tuneyard.runner.folder import locked, read_json_or, write_json
from tuneyard.runner.problems import Problem
from tuneyard.secrets import COMMON, KNOWN, Scope, must_be_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tuneyard.secrets import Keep, Secrets

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LONGEST_TITLE = 100  # characters


@dataclass(frozen=True)
class Defaults:
    """What new jobs begin with: `settings` by recipe, and results."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """`secrets` are the names that have a value of their own in it, held now or not."""

    name: str
    title: str = ""
    secrets: tuple[str, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)

    @property
    def scope(self) -> Scope:
        return Scope(self.name, frozenset(self.secrets))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Profiles:
    """The profiles of one home, and the secrets that are kept for them."""

    def __init__(self, home: Path, secrets: Secrets) -> None:
        self.path = home / "profiles.json"
        self.secrets = secrets

    def all(self) -> list[Profile]:
        return [_profile(name, data) for name, data in sorted(self._data().items())]

    def get(self, name: str) -> Profile:
        """Raises NotFound."""
        data = self._data()
        if name not in data:
            known = f"There are: {', '.join(sorted(data))}." if data else "There are none yet."
            raise NotFound(
                f"There is no profile “{name}”.",
                code="no-profile",
                field="profile",
                next_step=f"{known} To make it: tuneyard profiles set {name}",
            )
        return _profile(name, data[name])

    def scope(self, name: str) -> Scope:
        """Whose secrets count. Of a profile that is gone no secret is known: its jobs wait."""
        if not name:
            return COMMON
        data = self._data()
        if name not in data:
            return Scope(name, frozenset(KNOWN))
        return _profile(name, data[name]).scope

    def put(self, name: str, title: str = "", defaults: Defaults | None = None) -> Profile:
        """Makes a profile, or sets it anew; its secrets stay. Raises WrongInput."""
        profile = Profile(name, title.strip(), defaults=defaults or Defaults())
        if problems := [*_wrong_words(profile), *_wrong_defaults(profile.defaults)]:
            raise WrongInput(problems)
        with self._writing() as data:
            profile = replace(profile, secrets=tuple(data.get(name, {}).get("secrets", ())))
            data[name] = _as_kept(profile)
        return profile

    def remove(self, name: str) -> None:
        """Removes a profile and the secrets that are kept for it. Raises NotFound."""
        for secret in self.get(name).secrets:
            self.secrets.forget(secret, name)
        with self._writing() as data:
            data.pop(name, None)

    # -- secrets of their own -----------------------------------------------------

    def keep(self, secret: str, value: str, keep: Keep, profile: str = "") -> None:
        """Keeps a secret, for all or for one profile. Raises WrongInput, NotFound, Missing."""
        must_be_known(secret)
        if profile:
            self.get(profile)
        self.secrets.keep(secret, value, keep, profile)
        if profile:
            self._own(profile, secret, owned=True)

    def forget(self, secret: str, profile: str = "") -> None:
        """Forgets it wherever it is kept; in a profile, the common value counts again."""
        must_be_known(secret)
        if profile:
            self.get(profile)
        self.secrets.forget(secret, profile)
        if profile:
            self._own(profile, secret, owned=False)

    def _own(self, name: str, secret: str, *, owned: bool) -> None:
        with self._writing() as data:
            if name in data:
                others = [known for known in data[name].get("secrets", ()) if known != secret]
                data[name]["secrets"] = sorted([*others, secret] if owned else others)

    # -- the file -----------------------------------------------------------------

    def _data(self) -> dict[str, dict[str, Any]]:
        return dict(read_json_or(self.path, {}).get("profiles", {}))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[dict[str, dict[str, Any]]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path.with_suffix(".lock")):
            data = self._data()
            yield data
            write_json(self.path, {"profiles": data})


def _profile(name: str, data: Mapping[str, Any]) -> Profile:
    defaults = data.get("defaults", {})
    return Profile(
        name,
        data.get("title", ""),
        tuple(data.get("secrets", ())),
        Defaults(defaults.get("settings", {}), defaults.get("results", {})),
    )


def _as_kept(profile: Profile) -> dict[str, Any]:
    return {key: value for key, value in profile.as_json().items() if key != "name"}


def _wrong_words(profile: Profile) -> Iterator[Problem]:
    if not _NAME.fullmatch(profile.name):
        yield Problem(
            "A profile's name is of small letters, digits and dashes, at most 40.",
            "profile-name",
            "name",
            "Such as “work”. Its title may be anything.",
        )
    if len(profile.title) > _LONGEST_TITLE or not (profile.title or "a").isprintable():
        sentence = f"A title is one line of at most {_LONGEST_TITLE} characters."
        yield Problem(sentence, "profile-title", "title")


def _wrong_defaults(defaults: Defaults) -> Iterator[Problem]:
    """What is wrong with the values that are given; what is left out is for each job to say."""
    from .job import build  # noqa: PLC0415 - a list of jobs comes without pydantic

    found: dict[str, Problem] = {}
    for recipe, settings in (defaults.settings or {next(iter(recipes())): {}}).items():
        try:
            build({"recipe": recipe, "settings": settings, "results": dict(defaults.results)})
        except WrongInput as wrong:
            problems = (p for p in wrong.problems if p.code != "missing")
            found |= {place: p for p in problems for place in [_place(p.field, recipe)]}
    yield from (replace(problem, field=place) for place, problem in found.items())


def _place(field: str, recipe: str) -> str:
    """Where it stands in a profile, of a field of a job."""
    table, _, name = field.partition(".")
    if table == "settings":
        return f"defaults.settings.{recipe}" + (f".{name}" if name else "")
    return f"defaults.{field}" if table == "results" else f"defaults.settings.{recipe}"
