from typing import Any

import pytest

from recipes.diffusion_pipe.trainings import complete
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.trainer import configs

OF_PARTS = sorted({key for model in MODELS.values() for key in model.keys if key.endswith("_lr")})


def marks(**settings: Any) -> dict[str, str]:
    return configs.marks(complete(directories=[{"path": "/data"}], **settings), {})


@pytest.mark.parametrize("name", ["learning_rate", "force_constant_lr", *OF_PARTS])
def test_a_checkpoint_depends_on_every_learning_rate(name: str) -> None:
    before, after = marks(**{name: 2e-5}), marks(**{name: 1e-5})
    assert {mark for mark in before if before[mark] != after[mark]} == {"rates"}


def test_the_length_counts_where_the_rate_sinks_over_it() -> None:
    assert marks(epochs=2) == marks(epochs=3)
    assert marks(epochs=2, lr_scheduler="linear") != marks(epochs=3, lr_scheduler="linear")


def test_repeats_and_batch_make_another_order_of_the_data() -> None:
    assert marks(num_repeats=2)["data"] != marks()["data"]
    assert marks(micro_batch_size_per_gpu="2")["data"] != marks()["data"]
