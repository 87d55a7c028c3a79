"""The job file: a TOML that describes one training and can be shared. It holds no secret.

``recipe`` and ``name``, then the tables ``[settings]`` (what the recipe lets one
choose; relative paths are relative to the file), ``[compute]`` (where it runs) and
``[results]`` (where results go, beside the job's own folder).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import ParseError, TOMLKitError

from tuneyard import wording
from tuneyard.compute.base import computes
from tuneyard.errors import NotFound, WrongInput
from tuneyard.fields import PATHS, emptied, extra, setting, tables, texts, with_value
from tuneyard.recipes.base import Recipe, recipes
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from tuneyard.compute.base import Compute

_TABLES = ("settings", "compute", "results")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")
_HEAD = re.compile(r"\s*\[(?:\[\s*(?:\w+\s*\.\s*)*(?P<rows>\w+)\s*\]\])?")
_ROW = re.compile(r"(?:\w+\.)*?(?P<row>(?P<list>\w+)\.\d+)(?:\.(?P<name>\w+).*)?")
_LARGEST_FILE = 1 << 20  # bytes; a job file is a page of text


class ComputeChoice(BaseModel):
    """Where a job runs; beside the name, what that compute lets one choose."""

    model_config = ConfigDict(extra="allow")

    name: str = "local"

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Results(BaseModel):
    model_config = ConfigDict(extra="forbid")

    repository: str = setting(
        "",
        "Repository",
        "Where to push the results on the Hugging Face Hub, as owner/name. Empty pushes nothing.",
        importance="basic",
        group="Results",
        env="HF_UPLOAD_REPO_ID",
        widget="hub-model",
    )
    folder: str = setting(
        "",
        "Folder",
        "The folder inside the repository. Empty is its top.",
        group="Results",
        shown_when={"repository": "*"},
        env="HF_UPLOAD_SESSION_ID",
    )
    private: bool = setting(
        default=True,
        title="Private",
        help="A repository that is made for it is private.",
        group="Results",
        shown_when={"repository": "*"},
    )


class Job(BaseModel):
    """A job with all its settings filled in and its paths absolute."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    recipe: str
    name: str = Field(default="", max_length=100)
    settings: dict[str, Any] = {}
    compute: ComputeChoice = ComputeChoice()
    results: Results = Results()

    def changed(self, overrides: Mapping[str, Any]) -> Job:
        """The same with some values set anew, by dotted path. Raises WrongInput."""
        data = self.model_dump()
        for path, value in overrides.items():
            _set(data, path, value)
        return build(data)


def read(path: Path) -> Job:
    """A job from its file. Raises WrongInput with every problem, each with its place."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise WrongInput(
                [Problem("This is too large for a job file.", "too-large", place=str(path))]
            )
        text = text_of(path)
    except FileNotFoundError:
        raise NotFound(
            f"There is no file {path}.",
            code="no-file",
            next_step="Make one with `tuneyard new piper -o job.toml`.",
        ) from None
    except OSError as error:
        sentence = f"The file can't be read: {error.strerror}."
        raise WrongInput([Problem(sentence, "unreadable", place=str(path))]) from None
    except UnicodeDecodeError:
        problem = Problem(
            "The file is not written in UTF-8.",
            "unreadable",
            next_step="Save it anew, with the encoding UTF-8.",
            place=str(path),
        )
        raise WrongInput([problem]) from None
    return parse(text, path)


def text_of(path: Path) -> str:
    """Without the mark that some editors put before it. Raises OSError or UnicodeDecodeError."""
    return path.read_text(encoding="utf-8-sig")


def placed(job: Job, compute: str) -> Job:
    """The same job on another compute, with that one's defaults; "" leaves it where it is."""
    if not compute or compute == job.compute.name:
        return job
    return build({**job.model_dump(), "compute": {"name": compute}})


def parse(text: str, path: Path) -> Job:
    """A job from the text of a file that lies, or would lie, at `path`."""
    try:
        data = tomlkit.parse(text).unwrap()
    except ParseError as error:
        place = f"{path}:{error.line}"
        problem = Problem(
            f"This is not valid TOML: {str(error).partition(' at line')[0].rstrip('.')}.",
            "toml",
            next_step="A value that is text needs quotes; a name stands before “=”.",
            place=place,
        )
        raise WrongInput([problem]) from None
    except (TOMLKitError, ValueError, RecursionError) as error:
        sentence = f"This is not valid TOML: {str(error).rstrip('.')}."
        step = "A name may stand once in its table." if "already" in sentence else ""
        raise WrongInput([Problem(sentence, "toml", next_step=step, place=str(path))]) from None
    try:
        return build(data, base=path.parent)
    except WrongInput as wrong:
        raise WrongInput([_placed(p, text, path) for p in wrong.problems]) from None


def build(data: Mapping[str, Any], base: Path | None = None) -> Job:
    """A job from plain data: defaults filled in, paths made absolute from `base`."""
    problems: list[Problem] = []
    job: Job | None = None
    recipe = recipes().get(str(data.get("recipe", "")))
    if recipe is not None and "settings" in data:
        data = {**data, "settings": emptied(recipe.settings, data["settings"])}
    try:
        job = Job.model_validate(data)
    except ValidationError as error:
        problems += _explain(error, "", Job)
    if recipe is None and "recipe" in data:
        problems.append(_unknown("recipe", str(data["recipe"]), recipes()))
    elif recipe is not None:
        settings = data.get("settings", {})
        problems += _wrong(recipe.settings, settings, "settings.")
    compute = computes().get(job.compute.name) if job is not None else None
    if job is not None and compute is None:
        problems.append(_unknown("compute.name", job.compute.name, computes()))
    elif job is not None and compute is not None:
        problems += _wrong(compute.settings, job.compute.options, "compute.")
    if problems or job is None or recipe is None or compute is None:
        raise WrongInput(problems)
    complete = recipe.settings.model_validate(job.settings).model_dump()
    options = compute.settings.model_validate(job.compute.options).model_dump()
    settings = _placed_in(base, recipe, complete) if base else complete
    choice = ComputeChoice(name=compute.name, **options)
    return job.model_copy(update={"settings": settings, "compute": choice})


def as_toml(job: Job) -> str:
    """A job file that makes the same job: what is set otherwise than by default.

    Basic settings are written out in any case.
    """
    document = tomlkit.document()
    document.update({"format": job.format, "recipe": job.recipe, "name": job.name})
    document["settings"] = _set_values(recipe_of(job).settings, job.settings)
    options = _set_values(compute_of(job).settings, job.compute.options)
    document["compute"] = {"name": job.compute.name, **options}
    document["results"] = _set_values(Results, job.results.model_dump())
    return tomlkit.dumps(document)


def recipe_of(job: Job) -> Recipe:
    return recipes()[job.recipe]


def compute_of(job: Job) -> Compute:
    return computes()[job.compute.name]


def override(text: str) -> tuple[str, Any]:
    """``epochs=20`` as a path and a value: TOML if it is such, else text. Raises WrongInput."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        problem = Problem(
            f"“{text}” sets nothing.", "override", next_step="Write name=value, such as epochs=20."
        )
        raise WrongInput([problem])
    return path.strip(), _value(value.strip())


def _set_values(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that a job file has to name. TOML has no word for none: see `emptied`."""
    fields, nested = model.model_fields, tables(model)
    wanted: dict[str, Any] = {
        name: "" if value is None else value
        for name, value in values.items()
        if (value is not None or fields[name].default is not None)
        and (value != fields[name].default or extra(fields[name], "importance") == "basic")
    }
    # Last, since whatever follows a list of tables would belong to the last of them.
    rows = {name: wanted.pop(name) for name in nested if wanted.get(name)}
    return wanted | {
        name: [_set_values(nested[name], row) for row in each] for name, each in rows.items()
    }


def _value(text: str) -> Any:
    if text == "":
        return None
    try:
        return tomlkit.parse(f"value = {text}").unwrap()["value"]
    except (TOMLKitError, ValueError, RecursionError):
        return text


def _set(data: dict[str, Any], path: str, value: Any) -> None:
    """``epochs`` and ``settings.epochs`` are the same; ``results.folder`` is another table's.

    ``directories.0.path`` is of the first of a list of tables.
    """
    if path == "name":
        data["name"] = value
        return
    table, _, name = path.partition(".")
    if not name or table not in _TABLES:
        table, name = "settings", path
    try:
        data[table] = with_value(data[table], name, value)
    except (LookupError, ValueError, TypeError):
        problem = Problem(
            f"There is nothing called “{path}”.",
            "override",
            field=path,
            next_step="Write a setting's name, or results.… or compute.….",
        )
        raise WrongInput([problem]) from None


def _wrong(model: Any, values: Any, table: str) -> list[Problem]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return list(_explain(error, table, model))
    return []


def _explain(error: ValidationError, prefix: str, model: Any) -> Iterator[Problem]:
    for detail in error.errors():
        field = (prefix + ".".join(str(part) for part in detail["loc"])).rstrip(".")
        said = _absent(detail, model) or wording.sentence(detail, field)
        yield Problem(said, detail["type"], field, _hint(detail, field, model))


def _absent(detail: ErrorDetails, model: Any) -> str:
    """What a recipe says of a setting that people look for, and that it hasn't got; or ""."""
    if detail["type"] != "extra_forbidden":
        return ""
    said: Any = _model_of(detail, model).model_config.get("json_schema_extra") or {}
    return str(said.get("absent", {}).get(str(detail["loc"][-1]), ""))


def _hint(detail: ErrorDetails, field: str, model: Any) -> str:
    if detail["type"] != "extra_forbidden" or _absent(detail, model):
        return ""
    import difflib  # noqa: PLC0415 - only for a mistake

    known = list(_model_of(detail, model).model_fields)
    near = difflib.get_close_matches(field.rpartition(".")[2], known, n=1)
    return f"Did you mean {near[0]}?" if near else "See `tuneyard recipes show` for all settings."


def _model_of(detail: ErrorDetails, model: Any) -> Any:
    """The model of the table in which something is wrong: of a row, what a row may have."""
    for part in detail["loc"][:-1]:
        model = tables(model).get(str(part), model)
    return model


def _unknown(field: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(
        f"There is no {field.partition('.')[0]} “{name}”.",
        f"unknown-{field.partition('.')[0]}",
        field,
        f"There are: {', '.join(known)}.",
    )


def _placed_in(base: Path, recipe: Recipe, settings: dict[str, Any]) -> dict[str, Any]:
    """The same with absolute paths, in lists of tables too."""
    for place, widget, text in list(texts(recipe.settings, settings)):
        if widget in PATHS:
            settings = with_value(settings, place, _absolute(text, base))
    return settings


def _absolute(value: str, base: Path) -> str:
    """A path made absolute. Addresses, Hub names and names of a table are left as they are."""
    if not value or "://" in value or value.startswith("hf:"):
        return value
    path = Path(value).expanduser()
    if path.is_absolute():
        return str(path)
    there = base.absolute() / path
    return str(there.resolve()) if value.startswith(".") or there.exists() else value


def _placed(problem: Problem, text: str, path: Path) -> Problem:
    """The same problem with the file and, if its name stands in it, the line."""
    from dataclasses import replace  # noqa: PLC0415 - only for a mistake

    line = line_of(problem.field, text)
    return replace(problem, place=f"{path}:{line}" if line else str(path))


def line_of(field: str, text: str) -> int | None:
    """The line of a job file that sets a field, or begins the row that it belongs to."""
    lines = {(row, name): number for number, row, name in reversed(list(_lines(text)))}
    return next((lines[each] for each in _where(field) if each in lines), None)


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Of each line that sets something: its number, its row (``directories.1``) and the name.

    Outside of lists of tables the row is ""; the head of a row has no name.
    """
    rows: dict[str, int] = {}
    row = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if head := _HEAD.match(line):
            name, row = head["rows"], ""
            if name:
                rows[name] = rows.get(name, -1) + 1
                row = f"{name}.{rows[name]}"
                yield number, row, ""
        elif key := _KEY.match(line):
            yield number, row, key[1]


def _where(field: str) -> Iterator[tuple[str, str]]:
    """Where a field may stand, as `_lines` names it, the exact place first."""
    if row := _ROW.fullmatch(field):
        yield row["row"], row["name"] or ""
        yield row["row"], ""
        yield "", row["list"]
    else:
        above, _, name = field.rpartition(".")
        yield "", name
        if above not in _TABLES:  # a value in a table of values
            yield "", above.rpartition(".")[2]
