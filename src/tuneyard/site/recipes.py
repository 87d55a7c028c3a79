"""What the page is told of a recipe, so that it needs to know none.

What a training needs depends on its settings, and only Python can make a plan. So a recipe
says it as data, in its module ``needs``: for each of gpus, gpu_memory_gb and disk_gb a
number, and for source and gpu_memory_source a text; null, or one of

``{"setting": name}``, ``{"compute": name}``  the job's own value
``{"first": [...]}``      the first that isn't null
``{"sum": [...]}``, ``{"product": [...]}``
``{"most": [...]}``       of those that aren't null
``{"largest": [[a, x], ...]}``  x beside the largest a, of those that aren't null
``{"quotient": [a, b]}``  a divided by b; ``{"whole": [a, b]}`` the same, rounded down
``{"rounded": [a, n]}``   to n digits behind the point; null stays null
``{"by": x, "is": {text of x: ...}, "else": ...}``
``{"cases": [[{setting: pattern, ...}, ...], ...], "else": ...}``  the first whose patterns
                          are all of these settings' texts, in letters of any case

A recipe without that module needs what its first preset does.

Likewise its module ``look`` says what the page looks for on the Hub before anything is
rented: LOOK, by setting (``directories.*.path``: in all rows of a list of tables), each with
any of

``secrets``    names of the tokens that may read it, the first that is held is used
``required``   whether a job without it can't run
``kind``       "model": its values are ``hf:owner/name[@revision][/path]`` of models
``addresses``  of values that are no address themselves: where the file lies
``layout``     of a dataset: how its sound files, and the list that goes with them, are called
"""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.settings import AT_HOME, IMAGE
from tuneyard.fields import widget_of
from tuneyard.jobs import menu
from tuneyard.jobs import plan as plans
from tuneyard.jobs.job import Job, build, placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuneyard.recipes.base import Recipe
    from tuneyard.runner.step import Plan, Step

COMPUTE = "runpod"
_ANY = "owner/name"  # stands for a repository


def described(recipe: Recipe) -> dict[str, Any]:
    """All that the API says of a recipe, for jobs that run in a pod, and what it leaves to Python.

    `plan` is that of its first preset, `pushing` the same with a repository for the results.
    """
    view = menu.whole(recipe)
    for preset in view["presets"]:
        preset["job"] = draft(in_pod(menu.preset(preset["text"])))
    return {
        **view,
        **facts(recipe),
        "look": recipe.look,
        "choices": {
            setting: [{"value": value, "label": label} for value, label in search("")]
            for setting, search in recipe.choices.items()
        },
    }


def facts(recipe: Recipe) -> dict[str, Any]:
    """What a pod's request depends on, beside the job."""
    job = first_job(recipe)
    plan = plans.make(job)
    return {
        "name": recipe.name,
        "package": recipe.package,
        "image": recipe.image or IMAGE,
        "needs": needs(recipe) or asdict(plan.needs),
        "secret_settings": _listing_secrets(recipe),
        "switched_secrets": dict(_switched_secrets(recipe, job)),
        "plan": _plan(plan),
        "pushing": _plan(plans.make(job.changed({"results.repository": _ANY}))),
    }


def needs(recipe: Recipe) -> dict[str, Any] | None:
    """As its module ``needs`` has it; None where there is none."""
    module = _optional(recipe, "needs")
    return module.NEEDS if module else None


def first_job(recipe: Recipe) -> Job:
    """Of its first preset, in a pod; of its defaults where it has no preset."""
    preset = next(iter(recipe.presets.values()), None)
    job = menu.preset(preset) if preset else build({"recipe": recipe.name})
    return in_pod(job)


def in_pod(job: Job) -> Job:
    return placed(job, COMPUTE)


def draft(job: Job) -> dict[str, Any]:
    """A job as the page has it: without what only an attendant at home obeys."""
    data = job.model_dump()
    data["compute"] = {name: each for name, each in data["compute"].items() if name not in AT_HOME}
    return data


def _optional(recipe: Recipe, name: str) -> Any:
    """Its module of this name; None where there is none."""
    package = f"{recipe.package}.{name}"
    return import_module(package) if find_spec(package) else None


def _listing_secrets(recipe: Recipe) -> list[str]:
    """Its settings that list what a job's own program is given, each as NAME or OWN=NAME."""
    fields = recipe.settings.model_fields
    return [name for name in fields if widget_of(recipe.settings, name) == "secrets"]


def _switched_secrets(recipe: Recipe, job: Job) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Switches among its settings that let a job's steps have further secrets, with these."""
    usual = set(plans.make(job).secrets)
    for name, field in recipe.settings.model_fields.items():
        if field.annotation is bool and not job.settings[name]:
            switched = plans.make(job.changed({f"settings.{name}": True}))
            more = [secret for secret in switched.secrets if secret not in usual]
            if more:
                yield name, [asdict(secret) for secret in more]


def _plan(plan: Plan) -> dict[str, Any]:
    return {"steps": [_step(step) for step in plan.steps], "notes": list(plan.notes)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "phase": step.phase,
        "note": step.note,
        "optional": step.optional,
        "secrets": [asdict(secret) for secret in step.secrets],
    }
