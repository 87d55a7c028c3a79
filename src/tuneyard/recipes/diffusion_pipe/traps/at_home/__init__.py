"""What may go wrong, and what only people look at: a pod asks for errors alone, and has little room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.traps.at_home import dataset, model, training

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.problems import Problem


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from model.problems(settings)
    yield from dataset.problems(settings)
    yield from training.problems(settings)
