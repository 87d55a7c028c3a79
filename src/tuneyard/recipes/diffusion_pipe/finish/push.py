"""Puts what was trained and its card into a repository on the Hub; or, while it trains, one
saved model or one checkpoint.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import hub
from tuneyard.runner.folder import read_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_OUTPUTS = Path("../outputs")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="push")
    parser.add_argument("--checkpoint", type=Path, help="push this folder alone")
    parser.add_argument("--saved", type=Path, help="push this saved model alone")
    asked = parser.parse_args(argv)
    results, job = read_json(Path("results.json")), read_json(Path("job.json"))
    if not results["repository"]:
        print("Nothing is pushed: the job names no repository.", flush=True)
        return 0
    try:
        if asked.saved:
            _push_saved(job, results, asked.saved)
        elif asked.checkpoint:
            _push_checkpoint(job, results, asked.checkpoint)
        else:
            hub.push_results(job, results, _results(), "what was trained")
    except hub.HubError as error:
        error.problem.tell()
        return 1
    return 0


def _push_saved(job: Mapping[str, Any], results: Mapping[str, Any], file: Path) -> None:
    """Beside the results, under the same name: they need not be sent once more at the end."""
    hub.push_files(
        results["repository"],
        {file.name: file},
        results["folder"],
        private=results["private"],
        message=f"{' '.join(job['name'].split())}: {file.stem}, by Tuneyard",
    )


def _push_checkpoint(job: Mapping[str, Any], results: Mapping[str, Any], folder: Path) -> None:
    files = {
        f"checkpoints/{folder.parent.name}/{folder.name}/{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    if not hub.push_checkpoint(job, results, files, folder.name):
        print(f"{folder.name} is gone: a newer one took its place.", flush=True)


def _results() -> dict[str, Path]:
    """All saved models and their card, by path in the repository. Raises HubError."""
    files = {path.name: path for path in sorted(_OUTPUTS.glob("*")) if path.is_file()}
    if not any(name.endswith(".safetensors") for name in files):
        raise hub.HubError(
            Problem(
                "There is nothing to push: outputs/ has no saved model.",
                "model-missing",
                next_step="Resume the job: it collects what was saved again.",
            )
        )
    return files
