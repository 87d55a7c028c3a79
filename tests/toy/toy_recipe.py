"""A recipe for tests: its steps are shell scripts out of the settings.

It comes through the same door as the built-in ones, an entry point; see conftest.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tuneyard.fields import setting
from tuneyard.recipes.base import Recipe
from tuneyard.runner.problems import Problem, Report
from tuneyard.runner.step import Needs, Plan, Secret, Step, Stop

PRESET = """# For trying things out
format = 1
recipe = "toy"
name = "from-preset"

[settings]
script = "echo preset"  # what it runs
"""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    script: str = setting("true", "Script", "What it runs.", importance="basic", env="SCRIPT")
    epochs: int = setting(1, "Epochs", "How often.", importance="basic", unit="epochs", ge=1)
    hours: float | None = setting(None, "Hours", "How long at most.", unit="hours", gt=0)
    size: Literal["small", "large"] = setting(
        "small", "Size", "How large.", choices={"small": "a little", "large": "a lot"}
    )
    finish: str = setting(
        "echo voice > ../outputs/voice", "Finish", "The last.", importance="expert"
    )
    pushed: str = setting("true", "Pushed", "The push.", importance="expert")
    samples_while_training: bool = setting(
        False, "Samples", "Never.", importance="expert", at_stop="One more sample is made."
    )
    path: str = setting("", "Path", "A place.", importance="expert", widget="path")


class Toy(Recipe):
    """Packs Piper's modules into its jobs, so that trainers' events are understood."""

    @cached_property
    def settings(self) -> Any:
        return Settings

    @cached_property
    def rules(self) -> Any:
        return SimpleNamespace(
            problems=_problems,
            CHANGEABLE=frozenset({"script", "epochs", "finish", "pushed"}),
            CAUSES=(),
        )

    @cached_property
    def steps(self) -> Any:
        return SimpleNamespace(plan=_plan)

    @cached_property
    def check(self) -> Any:
        return SimpleNamespace(check=_check)

    @cached_property
    def presets(self) -> Mapping[str, str]:
        return {"try": PRESET}

    def closing(self, folder: Path, settings: Mapping[str, Any]) -> list[str]:
        return [f"Toy made {folder / 'outputs' / 'voice'} in size {settings['size']}."]

    def from_environment(
        self, environ: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        return _from_environment(environ)

    @property
    def choices(self) -> Mapping[str, Callable[[str], list[tuple[str, str]]]]:
        return {"size": lambda text: [(v, v.upper()) for v in ("small", "large") if text in v]}


def _problems(
    settings: Mapping[str, Any], _results: Mapping[str, Any], _place: Mapping[str, Any]
) -> list[Problem]:
    found = []
    if "forbidden" in settings["script"]:
        found.append(Problem("That script is forbidden.", "forbidden", "script", "Write another."))
    if settings["size"] == "large":
        found.append(Problem("Large is slow.", "slow", "size", "Take small.", severity="warning"))
    return found


def _plan(job: Mapping[str, Any], _place: Mapping[str, Any]) -> Plan:
    settings, results = job["settings"], job["results"]
    steps = [
        _shell("ready", "Get ready", "prepare", "echo getting ready"),
        _shell("train", "Train the toy", "train", settings["script"], save=_file_to_save(settings)),
        _shell("export", "Export the toy", "finish", settings["finish"]),
        _shell("card", "Write the card", "finish", "true", pushes="before"),
    ]
    if results["repository"]:
        secret = Secret("HF_WRITE_TOKEN", fallback="HF_TOKEN", required=True)
        steps.append(
            _shell(
                "push",
                "Push it",
                "finish",
                settings["pushed"],
                secrets=(secret,),
                optional=True,
                pushes="itself",
            )
        )
    return Plan(
        "toy",
        "tuneyard.recipes.piper.steps",
        tuple(steps),
        {"work/epochs.txt": f"{settings['epochs']}\n"},
        Needs(disk_gb=0.001, source="counted on fingers"),
        "work/train/events.jsonl",
        ("It is a toy.",),
    )


def _file_to_save(settings: Mapping[str, Any]) -> str:
    """Only a script that looks for it can save without stopping."""
    return "train/save" if "train/save" in settings["script"] else ""


def _shell(name: str, title: str, phase: Any, script: str, **more: Any) -> Step:
    return Step(name, title, phase, ("sh", "-c", script), stop=Stop(grace=5.0), **more)


def _check(_settings: Mapping[str, Any]) -> Report:
    facts = {
        "clips": 1234,
        "seconds": 98.0,
        "histogram": [{"seconds": 0, "clips": 2}, {"seconds": 1, "clips": 4}],
    }
    return Report([], ["how it sounds: nobody listened"], facts)


def _from_environment(
    environ: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    settings = {"script": environ["SCRIPT"]} if "SCRIPT" in environ else {}
    if not environ.get("EPOCHS", "1").isdigit():
        raise ValueError(f"EPOCHS is “{environ['EPOCHS']}”, which is no whole number.")
    notes = ["OLD_TOKEN is set: it is used as HF_TOKEN."] if "OLD_TOKEN" in environ else []
    return settings, {"repository": environ["REPO"]} if "REPO" in environ else {}, notes


recipe = Toy("toy", "Toy", "A shell script that plays training", "tuneyard.recipes.piper")
