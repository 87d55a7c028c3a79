"""How every command is made, so that all look and behave alike."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

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
ComputeName = Annotated[
    str,
    typer.Option(
        "--compute",
        metavar="NAME",
        help="Run it there, whatever the file says: local or runpod.",
        autocompletion=completion.compute_names,
    ),
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Use the secrets of this profile first; see `tuneyard profiles`.",
        autocompletion=completion.profiles,
    ),
]


class Light:
    """For commands that must come at once: typer imports pydantic for any option that is None,
    which --help is unless it is given.
    """

    def get_help_option(self, context: Any) -> Any:
        option = super().get_help_option(context)  # type: ignore[misc]
        option.default = False
        return option


class LightCommand(Light, TyperCommand):
    """A command none of whose parameters is read by pydantic."""


def noun(**more: Any) -> typer.Typer:
    """The commands of one file. Plain help: rich would double the time that --help takes."""
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=SETTINGS,
        **more,
    )
