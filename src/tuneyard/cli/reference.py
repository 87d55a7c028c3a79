"""Writes the reference pages: commands, exit codes, JSON, each recipe's and compute's settings.

    python -m tuneyard.cli.reference docs/reference

All of it is taken from what the commands and recipes themselves say.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tuneyard.compute.base import computes
from tuneyard.jobs import view
from tuneyard.jobs.job import Results
from tuneyard.recipes.base import purpose, recipes
from tuneyard.runner.causes import GENERAL

from . import disk, doctor, job_files, pods, profiles, secrets
from . import recipes as recipe_commands
from .exits import MEANINGS
from .main import COMMANDS, command
from .settings import by_group, by_importance, settings_of
from .tables import MANY, of_settings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.compute.base import Compute
    from tuneyard.recipes.base import Recipe

    from .settings import Setting

_WIDTH = 92  # columns of help in the pages

_MADE = "<!-- Made by `python -m tuneyard.cli.reference docs/reference`; don't edit. -->"

_JSON = {
    "check FILE": ("an object", job_files.CHECKED),
    "disk": ("an object", disk.FIELDS),
    "disk --clean": ("an object", disk.CLEANED),
    "doctor": ("a list, of each thing it looked at", doctor.FIELDS),
    "jobs": ("a list, of each job, the newest first", view.ROW),
    "pods ls": ("an object; `pods` prints the same", pods.FIELDS),
    "profiles ls": ("a list, of each profile", profiles.FIELDS),
    "recipes show NAME": ("an object", recipe_commands.FIELDS),
    "secrets ls": ("a list, of each secret", secrets.FIELDS),
    "secrets test NAME": ("an object", secrets.TESTED),
    "show ID": ("an object; `run`, `resume` and `push` print the same when they end", view.FIELDS),
}

_ENVIRONMENT = {
    "TUNEYARD_HOME": "Where jobs, environments and caches are. Default: the platform's directory for a user's data.",
    "TUNEYARD_PASSWORD": "What opens the app from other computers, for `tuneyard serve --host`; 12 characters at least. Jobs don't get it.",
    "TUNEYARD_DEBUG": "Set: an error of Tuneyard's own comes with its details.",
    "TUNEYARD_UV": "The uv to install trainers with.",
    "TUNEYARD_GPUS": "Ids, separated by commas, that stand in for this computer's GPUs: for rehearsals.",
    "TUNEYARD_RUNPOD_URL": "The address of RunPod's API, where it is another than the public one.",
    "TUNEYARD_RUNPOD_PROXY": "The same of its pods' own ports, as a template with `{pod}` and `{port}`.",
    "HF_ENDPOINT": "The address of the Hugging Face Hub, where it is another than the public one.",
    "NO_COLOR": "Set: no colours.",
}


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


def pages() -> dict[str, str]:
    """All pages, by file name. Of recipes, the built-in ones; of computes, those with settings."""
    built_in = {
        f"{recipe.name}.md": recipe_page(recipe)
        for recipe in recipes().values()
        if recipe.package == f"tuneyard.recipes.{recipe.name.replace('-', '_')}"
    }
    places = {
        f"{compute.name}.md": compute_page(compute)
        for compute in computes().values()
        if compute.settings.model_fields
    }
    return {"cli.md": cli_page(), **built_in, **places}


def cli_page() -> str:
    blocks = [
        "# The command line",
        _MADE,
        (
            "`tuneyard` makes, starts and watches jobs. An ID may be shortened to its beginning or its "
            "end while only one job fits: `tuneyard show first-voice`."
        ),
        *_commands(),
        "## Exit codes",
        table(("Code", "Meaning"), [(f"`{code}`", text) for code, text in MEANINGS.items()]),
        (
            "`run`, `resume` and `logs -f` end with their job's code. `push` ends with 0 if all was "
            "pushed. `stop` ends with 0 when the job has come to its end, whichever that is; `save` "
            "with 1 if no checkpoint came."
        ),
        "## JSON",
        (
            "With `--json` a command prints this, and nothing else, on its standard output. "
            "`plan --json` prints the plan as it would lie in `plan.json`, where `files` are path to text, "
            "and with it `estimate`: a sentence on speed and memory with its source."
        ),
        *_json(),
        "## Environment",
        table(("Variable", "Meaning"), [(f"`{n}`", text) for n, text in _ENVIRONMENT.items()]),
        "Tokens are taken from the environment too: see `tuneyard secrets ls` for their names.",
    ]
    return "\n\n".join(blocks) + "\n"


def recipe_page(recipe: Recipe) -> str:
    blocks = [
        f"# {recipe.title}",
        _MADE,
        f"Recipe `{recipe.name}`. {recipe.summary}.",
        "## Presets",
        f"`tuneyard new {recipe.name} --preset NAME` writes one of these job files:",
        table(
            ("Preset", "What it is for"),
            [(f"`{name}`", purpose(text)) for name, text in recipe.presets.items()],
        ),
        *_overview(recipe),
        *_settings(recipe),
        *_failures(recipe),
        "## Results",
        "In the job file's table `[results]`:",
        of_settings(settings_of(Results)),
    ]
    return "\n\n".join(blocks) + "\n"


def compute_page(compute: Compute) -> str:
    blocks = [
        f"# {compute.title}",
        _MADE,
        f"Compute `{compute.name}`. {compute.summary}",
        f'Its settings lie in the job file\'s table `[compute]`, beside `name = "{compute.name}"`.',
    ]
    for importance, settings in by_importance(settings_of(compute.settings)):
        blocks += [f"## {importance.capitalize()} settings", of_settings(settings)]
    return "\n\n".join(blocks) + "\n"


def _commands() -> Iterator[str]:
    root = command()
    top = _context(root, "tuneyard")
    yield _help("tuneyard", root, top)
    for name, later in root.commands.items():
        if name in COMMANDS:
            yield from _command(name, later.load(), top)  # type: ignore[attr-defined]


def _command(name: str, found: Any, parent: typer.Context) -> Iterator[str]:
    context = _context(found, name, parent)
    yield _help(context.command_path, found, context)
    for inner, sub in getattr(found, "commands", {}).items():
        yield from _command(inner, sub, context)


def _context(found: Any, name: str, parent: typer.Context | None = None) -> typer.Context:
    settings = {**found.context_settings, "terminal_width": _WIDTH}
    return typer.Context(found, parent=parent, info_name=name, **settings)


def _help(path: str, found: Any, context: typer.Context) -> str:
    return f"## {path}\n\n```text\n{found.get_help(context)}\n```"


def _json() -> Iterator[str]:
    for name, (shape, fields) in _JSON.items():
        yield f"### {name}\n\nPrints {shape}:"
        yield table(("Field", "Meaning"), [(f"`{field}`", text) for field, text in fields.items()])


def _overview(recipe: Recipe) -> Iterator[str]:
    for title, note, heads, rows in recipe.overview:
        yield f"## {title}"
        yield note
        yield table(heads, rows)


def _settings(recipe: Recipe) -> Iterator[str]:
    known = settings_of(recipe.settings)
    if len(known) > MANY:
        parts = list(by_group(known))
    else:
        parts = [(f"{name.capitalize()} settings", found) for name, found in by_importance(known)]
    shown: list[Setting] = []
    for title, settings in parts:
        yield f"## {title}"
        yield of_settings(settings, recipe)
        for setting in settings:
            yield from _rows(setting, shown, known)
            shown.append(setting)
    resume = (
        "“Resume” says whether a further attempt of the same job may set it anew "
        "(`tuneyard resume ID --set NAME=VALUE`)."
    )
    variable = (
        "“Variable” is the name it had in older training scripts: "
        f"`tuneyard new {recipe.name} --from-env` takes it over."
    )
    yield f"{resume} {variable}" if any(each.env for each in known) else resume


def _rows(setting: Setting, shown: list[Setting], known: list[Setting]) -> Iterator[str]:
    """Of a list of tables, what each of them holds; what another one's hold as well is not repeated."""
    if not setting.rows:
        return
    names = {row.name for row in setting.rows}
    others = (each for each in shown if each.rows)
    like = next((each for each in others if names >= {row.name for row in each.rows}), None)
    rows = [row for row in setting.rows if like is None or row not in like.rows]
    yield f"### Each of `{setting.name}`"
    if like:
        yield f"As each of `{like.name}`{', and:' if rows else '.'}"
    if rows:
        yield of_settings(rows, among=known)


def _failures(recipe: Recipe) -> Iterator[str]:
    """Every way of failing that has words of its own; which were seen, and which are known."""
    rules = [*recipe.rules.CAUSES, *GENERAL]
    unique = {rule.code: rule for rule in reversed(rules)}
    yield "## Failures"
    yield (
        "What Tuneyard says when a step fails, found by exit code and the end of the log. “Made here” "
        "is tested on the log of a failure that was made on a machine of ours; the others on the "
        "words of the source."
    )
    rows: list[tuple[str, ...]] = [
        (
            f"`{rule.code}`",
            _words(rule.sentence),
            _words(rule.next_step),
            rule.upstream or "made here",
        )
        for rule in sorted(unique.values(), key=lambda rule: rule.code)
    ]
    yield table(("Code", "What happened", "What to do", "Known from"), rows)


def _words(sentence: str) -> str:
    """A rule's sentence with ``…`` where the log fills something in."""
    return re.sub(r"\{\w+\}", "…", sentence)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
