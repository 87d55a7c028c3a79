"""``tuneyard``: a command line over the same functions that any other face calls.

A command's module is imported when it is called, so that ``--help`` comes at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from .app import SETTINGS, Light


class Known(NamedTuple):
    """A command before its module is imported: where it is, and its line in ``--help``."""

    module: str
    help: str


COMMANDS = {
    "serve": Known("serve", "Open the app in the browser."),
    "new": Known("job_files", "Write a job file to start from."),
    "check": Known("job_files", "Find what is wrong with a job file, before anything runs."),
    "plan": Known("job_files", "Say what a job file would do, without starting anything."),
    "run": Known("runs", "Start a job and follow it."),
    "jobs": Known("jobs", "List the jobs, the newest first."),
    "show": Known("job", "Show one job: its state, steps, results."),
    "logs": Known("logs", "Print a job's log."),
    "save": Known("job", "Save a checkpoint now, while the training goes on."),
    "stop": Known("job", "Stop a job, with a checkpoint to go on from."),
    "resume": Known("runs", "Go on with a job that has ended."),
    "push": Known("runs", "Push what a job made to the Hugging Face Hub, once more."),
    "rm": Known("job", "Delete a job with all that it made."),
    "recipes": Known("recipes", "List what can be trained, and its settings."),
    "secrets": Known("secrets", "Keep tokens, and say where each one is."),
    "profiles": Known("profiles", "Name sets of tokens and of defaults for new jobs."),
    "pods": Known("pods", "List rented pods with what they cost, and end them."),
    "site": Known("site", "Make the page that needs no server, and try it."),
    "disk": Known("disk", "Say what takes how much of the disk, and clean it."),
    "doctor": Known("doctor", "Look whether this computer has what jobs need."),
}

_EPILOG = """\b
Begin with:  tuneyard new piper -o job.toml
Exit codes:  0 succeeded, 1 failed, 2 wrong input, 3 stopped, 4 lost"""


class Later(TyperCommand):
    """A command that is imported when it is called or completed."""

    def __init__(self, name: str, known: Known) -> None:
        super().__init__(name, short_help=known.help, rich_markup_mode=None)
        self.word = name
        self.module = known.module

    def load(self) -> Any:
        """The command itself; a file with one command is that command."""
        module = importlib.import_module(f".{self.module}", __package__)
        command: Any = typer.main.get_command(module.app)
        return command.commands[self.word] if isinstance(command, TyperGroup) else command

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        return self.load().make_context(info_name, args, parent=parent, **extra)


class Commands(Light, TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, known in COMMANDS.items():
            self.add_command(Later(name, known))


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=SETTINGS,
    epilog=_EPILOG,
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; whatever goes wrong is said in words."""
    _never_fail_on_a_character()
    try:
        command().main(args=arguments, prog_name="tuneyard")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - the last place where it can be put into words
        code = _tell(error)
    return _flushed(code)


def command() -> TyperGroup:
    """All commands, as typer's own machinery takes them."""
    found = typer.main.get_command(app)
    for parameter in found.params:
        if parameter.name in {"install_completion", "show_completion"}:
            parameter.default = False  # as for --help, see Light
    assert isinstance(found, TyperGroup)  # noqa: S101 - by the class that `app` names
    return found


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # slow, and rarely asked for

        typer.echo(f"tuneyard {version('tuneyard')}")
        raise typer.Exit


@app.callback()
def tuneyard(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Sets up, launches and watches the training of AI models."""


def _tell(error: Exception) -> int:
    from .failures import tell  # a command that works needs none of it

    if os.environ.get("TUNEYARD_DEBUG"):
        raise error
    return tell(error)


def _never_fail_on_a_character() -> None:
    """A terminal that can't show a sign shows another one; it is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flushed(code: int) -> int:
    """Writes out what is left; a reader that has gone (``| head``) is no error."""
    try:
        if out := sys.stdout:  # none where it was closed from the beginning
            out.flush()
    except BrokenPipeError:
        # Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())
