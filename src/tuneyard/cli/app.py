"""How every command is made, so that all look and behave alike."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from . import completion

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}

JobId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The job; its beginning or its end is enough while only one job fits.",
        autocompletion=completion.jobs,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Detach = Annotated[bool, typer.Option("--detach", help="Don't wait for the end.")]
Raw = Annotated[bool, typer.Option("--log", help="Show the trainer's own log instead of progress.")]
Overrides = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a setting anew, such as epochs=20 or results.repository=me/voice. Repeatable.",
    ),
]


def noun(**more: Any) -> typer.Typer:
    """The commands of one file. Plain help: rich would double the time that --help takes."""
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=SETTINGS,
        **more,
    )
