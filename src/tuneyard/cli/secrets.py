"""``tuneyard secrets``: tokens, known by their names; a value is never shown or taken as an argument."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

import typer

from tuneyard.errors import NotFound
from tuneyard.home import home
from tuneyard.jobs.store import Store
from tuneyard.secrets import KNOWN, must_be_known

from . import completion
from .app import Json, noun
from .ask import ask
from .words import colour, print_json

app = noun()
group = noun(no_args_is_help=True)
app.add_typer(group, name="secrets", help="Keep tokens, and say where each one is.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Such as HF_TOKEN.",
        autocompletion=lambda incomplete: [name for name in KNOWN if name.startswith(incomplete)],
    ),
]

# For the reference: what `secrets ls --json` prints of each.
FIELDS = {
    "name": "its name",
    "about": "what it is used for",
    "keeper": "memory, environment, keyring or file; null if nobody holds it",
    "ending": "its last four characters, if it is long enough; else null",
    "own": "whether the profile has a value of its own for it",
}

# For the reference: what `secrets test --json` prints.
TESTED = {
    "ok": "whether it can do what its name promises; null if that could not be found out",
    "sentences": "what was found out",
    "next_step": "what to do about it, or empty",
}

ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Those of this profile; see `tuneyard profiles`.",
        autocompletion=completion.profiles,
    ),
]

_WHERE = {
    "memory": "in memory",
    "environment": "in the environment",
    "keyring": "in the system's keyring",
    "file": "in a file that only you can read",
    None: "not known",
}


@group.command()
def ls(profile: ProfileName = "", json: Json = False) -> None:
    """Say which tokens are known, and where each one is kept."""
    store = Store(home())
    scope = store.profiles.get(profile).scope if profile else store.profiles.scope("")
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "about": about,
            "keeper": store.secrets.keeper(name, scope),
            "ending": store.secrets.ending(name, scope),
            "own": name in scope.own,
        }
        for name, about in KNOWN.items()
    ]
    if json:
        print_json(found)
        return
    for secret in found:
        keeper = _WHERE[secret["keeper"]]
        if secret["own"]:
            keeper += f", of {profile}"
        ending = f"…{secret['ending']}" if secret["ending"] else ""
        typer.echo(f"{secret['name']:<14}  {keeper:<32}  {ending:<5}  {secret['about']}")


@group.command("set")
def set_(
    name: Name,
    keep: Annotated[
        Literal["keyring", "file"],
        typer.Option(help="Where: the system's keyring, or a file that only you can read."),
    ] = "keyring",
    profile: ProfileName = "",
) -> None:
    """Keep a token for later jobs; those that wait for it go on.

    It is asked for without being shown, or read from a pipe: it is no argument, since
    those can be seen by others.
    """
    must_be_known(name)
    store = Store(home())
    if profile:
        store.profiles.get(profile)  # before anybody types a token for nothing
    value = ask(name) if sys.stdin.isatty() else sys.stdin.readline().strip()
    store.profiles.keep(name, value, keep, profile)
    typer.echo(f"{name} is kept {_WHERE[keep]}.")
    if not profile and store.secrets.keeper(name) == "environment":
        typer.echo("It is also set in the environment, and that one is used while it is.")
    for job_id in store.tend_waiting():
        typer.echo(f"The job {job_id} waited for it and goes on.")


@group.command()
def forget(name: Name, profile: ProfileName = "") -> None:
    """Remove a token from wherever it was kept."""
    must_be_known(name)
    store = Store(home())
    before = _is_kept(store, name, profile)
    store.profiles.forget(name, profile)
    if not before:
        raise NotFound(f"{name} isn't kept anywhere.", code="no-secret")
    if not profile and store.secrets.keeper(name) == "environment":
        typer.echo(f"{name} is set in the environment still; unset it there.")
    else:
        typer.echo(f"{name} is no longer kept.")


@group.command("test")
def try_(
    name: Name,
    on: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="A repository of the Hub to try it on.")
    ] = "",
    profile: ProfileName = "",
    json: Json = False,
) -> None:
    """Find out what a token can do, by asking those who gave it.

    Nothing is changed there. The exit code is 0 if it can do what its name promises.
    """
    from tuneyard.jobs import tokens  # the Hub's library takes a while to load

    store = Store(home())
    scope = store.profiles.get(profile).scope if profile else store.profiles.scope("")
    found = tokens.try_out(store.secrets, name, repository=on, scope=scope)
    if json:
        told = {"ok": found.ok, "sentences": found.sentences, "next_step": found.next_step}
        print_json(told)
    else:
        sign, style = _SIGNS[found.ok]
        typer.echo(f"{colour(sign, style)} {' '.join(found.sentences)}")
        if found.next_step:
            typer.echo(f"  {found.next_step}")
    raise typer.Exit(0 if found.ok else 1)


_SIGNS = {True: ("✓", "green"), False: ("✕", "red"), None: ("?", "magenta")}


def _is_kept(store: Store, name: str, profile: str) -> bool:
    if profile:
        return name in store.profiles.get(profile).secrets
    return store.secrets.keeper(name) is not None
