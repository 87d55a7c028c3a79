"""What the page is told of recipes comes to what their plans say."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.jobs import menu
from tuneyard.jobs import plan as plans
from tuneyard.jobs.job import Job, build
from tuneyard.jobs.remote.terms.rental import SPARE_GB, Rental
from tuneyard.recipes.base import Recipe, recipe_named, recipes
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.site.recipes import described, facts, first_job, in_pod, needs

Values = Mapping[str, Any]

# What the page does of it; the golden files hold its own words to the same.
_OPERATIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "first": lambda of: next((value for value in of if value is not None), None),
    "sum": sum,
    "product": math.prod,
    "most": lambda of: max((value for value in of if value is not None), default=None),
    "quotient": lambda of: of[0] / of[1],
    "whole": lambda of: of[0] // of[1],
    "rounded": lambda of: None if of[0] is None else round(of[0], of[1]),
}


def evaluated(expression: Any, settings: Values, compute: Values) -> Any:
    if not isinstance(expression, dict):
        return expression
    if "setting" in expression:
        return settings[expression["setting"]]
    if "compute" in expression:
        return compute[expression["compute"]]
    if "by" in expression:
        key = str(evaluated(expression["by"], settings, compute))
        return evaluated(expression["is"].get(key, expression["else"]), settings, compute)
    if "cases" in expression:
        for where, then in expression["cases"]:
            if all(
                re.compile(pattern, re.IGNORECASE).fullmatch(as_text(settings[setting]))
                for setting, pattern in where.items()
            ):
                return evaluated(then, settings, compute)
        return evaluated(expression["else"], settings, compute)
    if "largest" in expression:
        found = [(evaluated(a, settings, compute), x) for a, x in expression["largest"]]
        known = sorted((-a, n, x) for n, (a, x) in enumerate(found) if a is not None)
        return known[0][2] if known else None
    ((name, parts),) = expression.items()
    return _OPERATIONS[name]([evaluated(part, settings, compute) for part in parts])


def as_text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def assert_needs_are_the_plans(job: Job) -> None:
    told = {"gpu_memory_source": "", **(needs(recipe_named(job.recipe)) or {})}
    plan = plans.make(job).needs
    for name in ("gpus", "gpu_memory_gb", "gpu_memory_source", "disk_gb"):
        assert evaluated(told[name], job.settings, job.compute.options) == getattr(plan, name), name
    if isinstance(told.get("source"), dict):
        assert evaluated(told["source"], job.settings, job.compute.options) == plan.source
    disk = Rental(job, "job").settings.disk_gb
    assert disk == (job.compute.options["disk_gb"] or math.ceil(plan.disk_gb or 0) + SPARE_GB)


@given(
    quality=st.sampled_from(["tiny", "x-low", "low", "medium", "high"]),
    keep_last=st.integers(0, 30),
    epochs=st.integers(1, 5000),
    checkpoint_epochs=st.integers(1, 500),
    accelerator=st.sampled_from(["auto", "gpu", "cpu"]),
)
def test_a_voice_needs_what_its_plan_says(**settings: Any) -> None:
    job = build({"recipe": "piper", "settings": settings, "compute": {"name": "runpod"}})
    assert_needs_are_the_plans(job)


@given(
    settings=st.fixed_dictionaries(
        {},
        optional={
            "gpus": st.none() | st.integers(0, 8),
            "gpu_memory_gb": st.none() | st.floats(1, 80),
            "disk_gb": st.none() | st.floats(1, 500),
        },
    ),
    gpu_count=st.integers(1, 8),
)
def test_a_script_needs_what_its_plan_says(settings: Values, gpu_count: int) -> None:
    compute = {"name": "runpod", "gpu_count": gpu_count}
    script = {"script": "echo", **settings}
    assert_needs_are_the_plans(build({"recipe": "script", "settings": script, "compute": compute}))


_PICTURES = recipe_named("diffusion-pipe").presets


@given(
    preset=st.sampled_from(sorted(_PICTURES)),
    settings=st.fixed_dictionaries(
        {},
        optional={
            "model": st.sampled_from(sorted(MODELS)),  # whose files may not be those that are set
            "adapter": st.sampled_from(["lora", "lokr", "none"]),
            "gpu_memory_gb": st.none() | st.floats(1, 80),
            "blocks_to_swap": st.integers(0, 60),
            "transformer_dtype": st.sampled_from(["", "float8", "bfloat16", "float32"]),
            "dtype": st.sampled_from(["bfloat16", "float32"]),
            "pipeline_stages": st.integers(1, 16),
            "gradient_release": st.booleans(),
            "text_encoder_fp8": st.booleans(),
            "gpus": st.integers(1, 16),
            "trainer_python": st.sampled_from(["", "/opt/python"]),
        },
    ),
)
def test_pictures_need_what_their_plan_says(preset: str, settings: Values) -> None:
    job = in_pod(menu.preset(_PICTURES[preset]))
    everything = {"gpu_memory_gb": None, **settings}
    assert_needs_are_the_plans(job.changed({f"settings.{n}": v for n, v in everything.items()}))


@pytest.mark.parametrize("name", recipes())
def test_secrets_are_those_of_the_plan(name: str) -> None:
    recipe = recipe_named(name)
    told = facts(recipe)
    pushed = first_job(recipe).changed({"results.repository": "me/voice"})
    for setting in told["secret_settings"]:
        pushed = pushed.changed({f"settings.{setting}": ["MINE=HF_TOKEN"]})
    named = {secret["name"] for step in told["pushing"]["steps"] for secret in step["secrets"]}
    named |= {"HF_TOKEN"} if told["secret_settings"] else set()
    assert {secret.name for secret in plans.make(pushed).secrets} == named


@pytest.mark.parametrize("name", recipes())
def test_jobs_begin_in_a_pod_and_choices_are_complete(name: str) -> None:
    recipe = recipe_named(name)
    view = described(recipe)
    assert {preset["job"]["compute"]["name"] for preset in view["presets"]} == {"runpod"}
    assert view["image"].count(":") == 1
    assert view["choices"].keys() == recipe.choices.keys()
    for setting, choices in view["choices"].items():
        assert [(each["value"], each["label"]) for each in choices] == recipe.choices[setting]("")


def test_a_recipe_may_say_nothing_of_its_needs() -> None:
    assert needs(Recipe("bare", "Bare", "", "pod_recipe")) is None


def test_secrets_of_a_script_are_listed_in_a_setting_that_says_so() -> None:
    listing = {name: facts(recipe)["secret_settings"] for name, recipe in recipes().items()}
    assert listing["script"] == ["secrets"]
    assert listing["piper"] == []
