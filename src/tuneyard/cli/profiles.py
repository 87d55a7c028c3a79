"""``tuneyard profiles``: named sets of tokens and of defaults for new jobs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuneyard.errors import NotFound, WrongInput
from tuneyard.home import home
from tuneyard.jobs.profiles import Defaults, Profile
from tuneyard.runner.problems import Problem

from . import completion
from .app import Json, noun
from .words import print_json

app = noun()
group = noun(no_args_is_help=True)
app.add_typer(group, name="profiles", help="Name sets of tokens and of defaults for new jobs.")

# For the reference: what `profiles ls --json` prints of each.
FIELDS = {
    "name": "its name",
    "title": "its title, or empty",
    "secrets": "names of the tokens that have a value of their own in it",
    "defaults": "settings (by recipe) and results that new jobs begin with",
}

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Small letters, digits and dashes, such as work.",
        autocompletion=completion.profiles,
    ),
]


@group.command()
def ls(json: Json = False) -> None:
    """List the profiles."""
    from tuneyard.jobs.store import Store

    found = Store(home()).profiles.all()
    if json:
        print_json([profile.as_json() for profile in found])
        return
    if not found:
        typer.echo("There are none yet. To make one: tuneyard profiles set work")
    for profile in found:
        typer.echo("  ".join(part for part in (profile.name, profile.title) if part))
        for line in _lines(profile):
            typer.echo(f"  {line}")


@group.command("set")
def set_(
    name: Name,
    title: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    values: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="A default for new jobs, such as piper.batch_size=8 or results.private=false; "
            "empty takes it away. Repeatable.",
        ),
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
) -> None:
    """Make a profile, or change what is named of it.

    Its tokens are kept with `tuneyard secrets set TOKEN --profile NAME`.
    """
    from tuneyard.jobs.store import Store

    profiles = Store(home()).profiles
    try:
        before = profiles.get(name)
    except NotFound:
        before = Profile(name)
    defaults = _changed(before.defaults, values)
    profiles.put(name, before.title if title is None else title, defaults)
    typer.echo(f"To start a job under it: tuneyard run job.toml --profile {name}")


@group.command()
def rm(name: Name) -> None:
    """Remove a profile with the tokens that are kept for it."""
    from tuneyard.jobs.manager import Manager

    Manager(home()).remove_profile(name)
    typer.echo(f"Removed {name}.")


def _lines(profile: Profile) -> list[str]:
    tables = {**profile.defaults.settings, "results": profile.defaults.results}
    values = [
        f"{table}.{name} = {value!r}"
        for table, them in tables.items()
        for name, value in them.items()
    ]
    own = [f"{', '.join(profile.secrets)} of its own"] if profile.secrets else []
    return [*own, *values]


def _changed(before: Defaults, values: list[str]) -> Defaults:
    from tuneyard.jobs.job import override

    settings: dict[str, dict[str, Any]] = {r: dict(v) for r, v in before.settings.items()}
    results = dict(before.results)
    for text in values:
        path, value = override(text)
        table, dot, name = path.partition(".")
        if not dot or not name:
            step = "Write recipe.setting=value, such as piper.batch_size=8, or results.…"
            raise WrongInput([Problem(f"“{path}” names no setting.", "override", path, step)])
        target = results if table == "results" else settings.setdefault(table, {})
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value
    return Defaults({recipe: them for recipe, them in settings.items() if them}, results)
