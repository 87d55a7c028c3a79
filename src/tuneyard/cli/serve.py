"""``tuneyard serve``: the app in the browser."""

from __future__ import annotations

import os
import re
from typing import Annotated

import typer

from tuneyard.errors import WrongInput
from tuneyard.home import home
from tuneyard.runner.problems import Problem

from .app import noun
from .ask import can_ask

app = noun()

_NAME = re.compile(r"[\w.-]+", re.ASCII)


@app.command()
def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Where to listen. For others to reach it, it needs a password."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Where that is taken, fail.  [default: 8400, or a free one]"
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the link, and open no browser.")
    ] = False,
    allow_host: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="A further name that it is asked for by, such as a proxy's. Repeatable.",
        ),
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
    practice: Annotated[
        bool,
        typer.Option(
            "--practice",
            help="Rehearse renting for free, in a home of its own: nothing is rented or paid,"
            " and pods are processes on this computer.",
        ),
    ] = False,
) -> None:
    """Open the app in the browser.

    Starts its server, until Ctrl-C; jobs go on without it. Of a home's servers there is one:
    if it runs already, that one is opened. Others on the network reach it only with --host
    and a password, from TUNEYARD_PASSWORD or asked for.
    """
    # No job that it starts is to find the password in its environment.
    password = os.environ.pop("TUNEYARD_PASSWORD", "")
    from tuneyard.server.listen import Place
    from tuneyard.server.serve import Wanted
    from tuneyard.server.serve import serve as run

    if not password and can_ask() and not Place.of(host).is_here_only:
        password = _ask()
    allowed = tuple(map(_name, allow_host))
    wanted = Wanted(host, port, not no_browser, allowed, password, practice)
    if not practice:
        raise typer.Exit(run(home(), wanted, typer.echo))
    from tuneyard.compute.runpod.practice.beside import beside

    with beside(home()) as said:
        for line in said:
            typer.echo(line)
        raise typer.Exit(run(home(), wanted, typer.echo))


def _ask() -> str:
    said: str = typer.prompt(
        "A password for other computers", hide_input=True, confirmation_prompt=True, err=True
    )
    return said


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise WrongInput(
            [
                Problem(
                    f"“{text}” is no name of a computer.",
                    "host-name",
                    "allow_host",
                    "Give the name alone, such as train.example.org.",
                )
            ]
        )
    return text
