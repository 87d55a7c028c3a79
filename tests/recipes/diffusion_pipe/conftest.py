"""Jobs of the scripted trainer, and their end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recipes.diffusion_pipe.trainings import Lora


@pytest.fixture
def lora(tmp_path: Path) -> Iterator[Callable[..., Lora]]:
    """Makes jobs; whatever they started has ended when the test has."""
    made: list[Lora] = []

    def make(**more: Any) -> Lora:
        made.append(Lora(tmp_path, **more))
        return made[-1]

    yield make
    for one in made:
        one.end()
