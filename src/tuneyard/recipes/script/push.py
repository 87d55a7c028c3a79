"""Puts a script's results and samples, or one checkpoint, into a repository on the Hub.

``push`` alone pushes ``outputs/`` and ``samples/``; ``push --checkpoint PATH`` one file or
folder of ``work/``, while the script goes on. Runs again under the Python that has
huggingface_hub.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import hub
from tuneyard.recipes.hub import client
from tuneyard.recipes.hub.about import WRITE, token
from tuneyard.recipes.hub.pushing import below
from tuneyard.recipes.script import globs
from tuneyard.recipes.script.layout import JOB, OUTPUTS, OWN, SAMPLES, TOOLS
from tuneyard.runner import environment
from tuneyard.runner.folder import read_json, read_json_or

if TYPE_CHECKING:
    from collections.abc import Mapping

_README = """# {name}

Trained with Tuneyard by a script of its owner's. The results are as the script left them.
"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="push")
    parser.add_argument("--checkpoint", type=Path, help="push this one alone, while training")
    checkpoint = parser.parse_args(argv).checkpoint
    if importlib.util.find_spec("huggingface_hub") is None:
        return _under_the_tools(argv)
    job = read_json(JOB)
    if not job["results"]["repository"]:
        print("Nothing is pushed: the job names no repository.", flush=True)
        return 0
    try:
        return _push_checkpoint(job, checkpoint) if checkpoint else _push_results(job)
    except hub.HubError as error:
        error.problem.tell()
        return 1


def _under_the_tools(argv: list[str]) -> int:
    """Goes on as another program. What a job is pushed with may not be set up yet: it can name
    a repository when it has ended.
    """
    if not os.access(read_json_or(TOOLS, {}).get("python", ""), os.X_OK):
        failed = environment.main([str(OWN / "tools.json"), str(TOOLS)])
        if failed:
            return failed
    python = read_json(TOOLS)["python"]
    return os.execv(python, [python, sys.path[0], "call", __name__, *argv])  # noqa: S606 - no shell


def _push_checkpoint(job: Mapping[str, Any], checkpoint: Path) -> int:
    files = {
        f"checkpoints/{file.as_posix().removeprefix('checkpoints/')}": file
        for file in globs.files_in(checkpoint)
    }
    if not hub.push_checkpoint(job, job["results"], files, checkpoint.name):
        print(f"{checkpoint} is gone: a newer one took its place.", flush=True)
    return 0


def _push_results(job: Mapping[str, Any]) -> int:
    files = {f.relative_to(OUTPUTS).as_posix(): f for f in _visible(OUTPUTS)}
    samples = {
        f"samples/{f.relative_to(SAMPLES).as_posix()}": f
        for f in _visible(SAMPLES)
        if f.name != "samples.json"
    }
    files = {**samples, **files}
    if not files:
        print("There are no results to push.", flush=True)
        return 0
    if "README.md" not in files and not _has_readme(job["results"]):
        readme = OWN / "README.md"
        readme.write_text(
            _README.format(name=" ".join(job["name"].split()) or job["id"]), encoding="utf-8"
        )
        files["README.md"] = readme
    hub.push_results(job, job["results"], files, "the results")
    return 0


def _visible(place: Path) -> list[Path]:
    """Files of its own that are complete: hidden ones are being made."""
    found = globs.files_in(place, place)
    return [f for f in found if not any(p.startswith(".") for p in f.relative_to(place).parts)]


def _has_readme(results: Mapping[str, Any]) -> bool:
    """Whether its owner has written one: nothing of theirs is replaced by ours."""
    name = below(results["folder"], "README.md")
    api = client.api(token(WRITE))
    missing = client.library().errors.RepositoryNotFoundError
    try:
        return bool(api.get_paths_info(results["repository"], [name], repo_type="model"))
    except missing:
        return False
    except Exception:  # noqa: BLE001 - pushing says what is wrong, in words
        return True
