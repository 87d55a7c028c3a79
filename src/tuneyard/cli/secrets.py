"""``tuneyard secrets``: tokens, known by their names; a value is never shown or taken as an argument."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from tuneyard.errors import Missing, NotFound, WrongInput
from tuneyard.home import home
from tuneyard.runner.problems import Problem
from tuneyard.secrets import KNOWN, Secrets

from .app import Json, noun
from .ask import ask
from .words import print_json

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
    "keeper": "environment, keyring or file; null if nobody holds it",
}

_WHERE = {
    "environment": "in the environment",
    "keyring": "in the system's keyring",
    "file": "in a file that only you can read",
    None: "not known",
}


@group.command()
def ls(json: Json = False) -> None:
    """Say which tokens are known, and where each one is kept."""
    secrets = Secrets(home())
    found = [
        {"name": name, "about": about, "keeper": secrets.keeper(name)}
        for name, about in KNOWN.items()
    ]
    if json:
        print_json(found)
        return
    for secret in found:
        keeper = _WHERE[secret["keeper"]]
        typer.echo(f"{secret['name']:<14}  {keeper:<32}  {secret['about']}")


@group.command("set")
def set_(
    name: Name,
    keep: Annotated[
        Literal["keyring", "file"],
        typer.Option(help="Where: the system's keyring, or a file that only you can read."),
    ] = "keyring",
) -> None:
    """Keep a token for later jobs.

    It is asked for without being shown, or read from a pipe: it is no argument, since
    those can be seen by others.
    """
    _must_be_known(name)
    value = ask(name) if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not value:
        raise WrongInput([Problem("Nothing was given.", "empty", name, "Type or pipe the token.")])
    secrets = Secrets(home())
    try:
        secrets.keep(name, value, keep)
    except Exception as error:  # each keyring has errors of its own
        if keep == "file":
            raise
        raise Missing(
            f"There is no keyring here that could keep it ({type(error).__name__}).",
            code="no-keyring",
            next_step=f"Keep it in a file that only you can read: tuneyard secrets set {name} --keep file",
        ) from None
    typer.echo(f"{name} is kept {_WHERE[keep]}.")
    if secrets.keeper(name) == "environment":
        typer.echo("It is also set in the environment, and that one is used while it is.")


@group.command()
def forget(name: Name) -> None:
    """Remove a token from wherever it was kept."""
    _must_be_known(name)
    secrets = Secrets(home())
    before = secrets.keeper(name)
    secrets.forget(name)
    if before is None:
        raise NotFound(f"{name} isn't kept anywhere.", code="no-secret")
    if secrets.keeper(name) == "environment":
        typer.echo(f"{name} is set in the environment still; unset it there.")
    else:
        typer.echo(f"{name} is no longer kept.")


def _must_be_known(name: str) -> None:
    if name not in KNOWN:
        raise NotFound(
            f"No job asks for a secret called “{name}”.",
            code="no-such-secret",
            field=name,
            next_step=f"There are: {', '.join(KNOWN)}.",
        )
