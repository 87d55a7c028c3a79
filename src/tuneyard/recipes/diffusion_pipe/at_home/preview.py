"""The trainer's files as a plan shows them: what really runs is written when all is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes import hub
from tuneyard.recipes.diffusion_pipe.config import writing
from tuneyard.recipes.diffusion_pipe.files.named import paths

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIG = "${job}/work/config"


def texts(job: Mapping[str, Any]) -> dict[str, str]:
    """By their names in ``work/``; none for settings that are wrong, of which `rules` tells."""
    try:
        return dict(_texts(job))
    except (ValueError, KeyError, IndexError, TypeError, hub.HubError):
        return {}


def _texts(job: Mapping[str, Any]) -> dict[str, str]:
    settings = job["settings"]
    sets = writing.sets(settings)
    evaluation = [(name, f"{_CONFIG}/eval-{n}.toml") for n, (name, _) in enumerate(sets, 1)]
    names = {"wandb_project": job["name"], "wandb_run": job["id"]}
    found = {
        "config/job.toml": writing.main(
            settings,
            dataset=f"{_CONFIG}/dataset.toml",
            evaluation=evaluation,
            output_dir="${job}/work/train/runs",
            models=_models(settings),
            changes={name: settings[name] or text for name, text in names.items()},
        ),
        "config/dataset.toml": _dataset(settings, settings["directories"]),
    }
    for n, (_, numbers) in enumerate(sets, 1):
        chosen = [settings["evaluation"][number] for number in numbers]
        found[f"config/eval-{n}.toml"] = _dataset(settings, chosen)
    return found


def _dataset(settings: Mapping[str, Any], directories: list[Mapping[str, Any]]) -> str:
    places = [_place(each["path"], "${home}/cache/datasets", "…/") for each in directories]
    return writing.dataset(settings, directories, places)


def _models(settings: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, path in paths(settings):
        place = _place(path, "${home}/models", "")
        if isinstance(settings[name], list):
            found.setdefault(name, []).append(place)
        else:
            found[name] = place
    return found


def _place(path: str, home: str, commit: str) -> str:
    if not path.startswith("hf:"):
        return path
    named = hub.named(path)
    return f"{home}/{named.shelf}/{commit}{named.path}".rstrip("/")
