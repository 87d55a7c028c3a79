from typing import get_args

import pytest

from recipes.diffusion_pipe import trainer_keys
from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS, reads
from tuneyard.recipes.diffusion_pipe.files.named import KINDS
from tuneyard.recipes.diffusion_pipe.settings import Settings
from tuneyard.recipes.diffusion_pipe.settings.files import Type


def test_there_are_all_that_the_trainer_knows() -> None:
    assert set(MODELS) == set(trainer_keys.MODELS)
    assert get_args(Type) == tuple(MODELS)
    assert len(MODELS) == 24


def test_every_key_is_a_setting() -> None:
    names = set(Settings.model_fields)
    for name, model in MODELS.items():
        assert model.keys <= names, name
    assert set(KINDS) <= names


def test_every_setting_of_a_model_is_read_by_some() -> None:
    read = frozenset().union(*(model.keys for model in MODELS.values()))
    of_adapters = {"init_from_existing", "fuse_adapters"}
    assert set(KINDS) - of_adapters <= read


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_is_known_of_it(name: str) -> None:
    model = MODELS[name]
    assert (model.swap is not None) == (name in trainer_keys.SWAPPING)
    assert model.full == (name in trainer_keys.SAVED_WHOLE)
    assert model.fps == trainer_keys.FRAMES_A_SECOND.get(name)
    assert model.video == (model.fps is not None and name != "anima")
    assert model.te == trainer_keys.TEXT_ENCODERS.get(name, "")
    assert model.reads_precision in model.keys | {""}
    assert ("transformer_dtype" in model.keys) == (model.loader == "A")
    assert ("diffusion_model_dtype" in model.keys) == (model.loader == "C")


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("wan", 38),
        ("flux", 34),
        ("hunyuan-video", 36),
        ("qwen_image", 58),
        ("ltx2", 46),
        ("minimax_h3", 48),
    ],
)
def test_as_many_blocks_as_its_code_lets_be_swapped(name: str, most: int) -> None:
    assert MODELS[name].swap == most


def test_adapters_are_merged_by_what_comfyui_loads() -> None:
    """Its loader reads them in models/base.py, for all that are made of it, and models/ltx2.py."""
    assert {name for name, model in MODELS.items() if "merge_adapters" in model.keys} == {
        *("z_image", "flux2", "krea2", "ernie_image", "ideogram4", "hunyuan_video_15"),
        *("minimax_h3", "ltx2"),
    }


def test_sdxl_makes_its_lora_its_own_way() -> None:
    assert "exclude_modules" not in reads(complete())
    assert "exclude_modules" in reads(complete(model="wan"))
    assert "rank" not in reads(complete(adapter="none"))
    assert {"decompose_factor", "rank_dropout"} < reads(complete(model="wan", adapter="lokr"))
