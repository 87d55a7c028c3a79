"""What a full training keeps; the arithmetic is done once more, by hand."""

from typing import Any

import pytest

from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe.at_home import disk
from tuneyard.recipes.diffusion_pipe.at_home.weights import WEIGHTS
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.catalog.optimizers import OPTIMIZERS

SDXL = {
    "checkpoint_path": "hf:stabilityai/stable-diffusion-xl-base-1.0/other.safetensors",
    "trainer_python": "/opt/python",
    "adapter": "none",
}
BILLIONS = 3.385
MODEL = 2 * BILLIONS  # GB, in 16 bits
STATES = {
    "adamw": 2 * MODEL,
    "adamw_optimi": 3 * MODEL,
    "StableAdamW": 3 * MODEL,
    "adamw8bit": 2 * BILLIONS * (1 + 4 / 256),
    "adamw8bitkahan": 2 * BILLIONS * (1 + 4 / 256) + MODEL,
}


def needed(**chosen: Any) -> float:
    return disk.needed(complete(**{**SDXL, **chosen}))[0]


def source(**chosen: Any) -> str:
    return disk.needed(complete(**{**SDXL, **chosen}))[1]


@pytest.mark.parametrize("optimizer", STATES)
def test_a_checkpoint_holds_the_weights_and_what_the_optimizer_keeps(optimizer: str) -> None:
    one = {"keep_last": 1, "epochs": 10, "save_every_n_epochs": 5, "optimizer": optimizer}
    saved, checkpoints = 2 + 1, 1 + 1
    whole = saved * MODEL + checkpoints * (MODEL + STATES[optimizer])
    assert needed(**one) == pytest.approx(whole, abs=0.06)
    more = needed(**{**one, "keep_last": 3}) - needed(**one)
    assert more == pytest.approx(2 * (MODEL + STATES[optimizer]), abs=0.11)


def test_numbers_in_32_bits_have_no_kahan_beside_them() -> None:
    never = {"checkpoint_every_n_minutes": 0, "save_every_n_epochs": 0, "dtype": "float32"}
    assert needed(**never, save_dtype="") == pytest.approx(2 * 2 * MODEL + 3 * 2 * MODEL, abs=0.06)
    assert needed(**never, save_dtype="float16") == pytest.approx(2 * MODEL + 6 * MODEL, abs=0.06)


@pytest.mark.parametrize(
    ("chosen", "saved"),
    [
        ({"epochs": 20, "save_every_n_epochs": 5}, 4),
        ({"epochs": 21, "save_every_n_epochs": 5}, 5),  # the last one is saved in any case
        ({"epochs": 1, "save_every_n_epochs": 5}, 1),
        ({"epochs": 20, "save_every_n_epochs": 0, "save_every_n_steps": 100}, 1),
        ({"epochs": 20, "save_every_n_epochs": 5, "max_steps": 100}, 1),
    ],
)
def test_as_many_models_as_are_saved(chosen: dict[str, Any], saved: int) -> None:
    one = {"checkpoint_every_n_minutes": 0, "optimizer": "adamw"}
    whole = (saved + 1) * MODEL + 3 * MODEL
    assert needed(**one, **chosen) == pytest.approx(whole, abs=0.06)
    assert ("by steps" in source(**one, **chosen)) == ("save_every_n_steps" in chosen)


@pytest.mark.parametrize(
    "chosen",
    [
        {"adapter": "lora"},
        {"adapter": "lokr", "model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.1-T2V-14B"},
        {"optimizer": "Prodigy"},
        {"optimizer": "adamw8bitkahanx"},
        {"keep_last": 0},
        {"keep_last": 0, "checkpoint_every_n_minutes": 0, "checkpoint_every_n_epochs": 2},
        {"checkpoint_path": "/mine.safetensors"},
    ],
)
def test_what_can_t_be_known_is_not_invented(chosen: dict[str, Any]) -> None:
    fetched = 69.0 if chosen.get("model") == "wan" else 0
    assert needed(**chosen) == fetched
    assert source(**chosen).endswith("checkpoints and saved models come on top")


def test_all_checkpoints_are_kept_where_the_last_is_the_only_one() -> None:
    never = {"checkpoint_every_n_minutes": 0, "optimizer": "adamw", "save_every_n_epochs": 0}
    assert needed(**never, keep_last=0) == needed(**never) == pytest.approx(5 * MODEL, abs=0.06)
    assert "computed: checkpoints" in source(**never, keep_last=0)


def test_of_more_than_the_model_s_blocks_the_precision_is_the_one_of_each() -> None:
    """Wan's 1.3B: 30 blocks of 0.0464 billions in the transformer's own precision, 0.026 beside."""
    wan = {"model": "wan", "ckpt_path": "hf:me/Wan-1.3B", "transformer_dtype": "float32"}
    never = {"checkpoint_every_n_minutes": 0, "optimizer": "adamw", "save_every_n_epochs": 0}
    stored = 4 * 30 * 0.0464 + 2 * 0.026
    assert needed(**wan, **never, save_dtype="") == pytest.approx(5 * stored, abs=0.06)


def test_it_is_known_of_models_that_can_be_saved_and_of_optimizers_that_are_there() -> None:
    assert all(MODELS[each.jobs["model"]].full for each in WEIGHTS)
    assert {name.lower() for name in STATES} <= {*OPTIMIZERS}
