"""What a GPU's memory has to be; the figures are those of upstream's documents, typed once more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe.at_home import memory
from tuneyard.recipes.diffusion_pipe.at_home.documented import DOCUMENTED, Documented, beyond
from tuneyard.recipes.diffusion_pipe.at_home.weights import WEIGHTS
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.settings import Settings

WAN_14B = {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.1-T2V-14B"}
WAN_SMALL = {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.1-T2V-1.3B"}
FLUX = {"model": "flux", "diffusers_path": "hf:black-forest-labs/FLUX.1-dev"}
QWEN = {"model": "qwen_image", "diffusers_path": "hf:Qwen/Qwen-Image"}
SDXL = {"checkpoint_path": "hf:stabilityai/stable-diffusion-xl-base-1.0/sd_xl_base_1.0.safetensors"}
WHOLE = {"adapter": "none"}
STAGES = {"gpus": 2, "pipeline_stages": 2}


def needed(**chosen: Any) -> float | None:
    return memory.needed(complete(**chosen))[0]


def source(**chosen: Any) -> str:
    return memory.needed(complete(**chosen))[1]


@pytest.mark.parametrize(
    ("chosen", "gb"),
    [
        ({"model": "sdxl", **WHOLE}, 48),
        ({"model": "sdxl", **WHOLE, **STAGES}, 24),
        (WAN_14B, 26.6),  # its weights in 16 bits are more than what is documented with fewer
        ({**WAN_14B, "transformer_dtype": "float8", "blocks_to_swap": 32}, 24),
        ({"model": "wan", "ckpt_path": "/models/Wan2.2-I2V-A14B/", "blocks_to_swap": 38}, 24),
        ({**QWEN, "transformer_dtype": "float8", "blocks_to_swap": 8}, 24),
        ({"model": "hunyuan-video"}, 24),
        ({"model": "flux2", "diffusion_model": "/models/flux2-dev.safetensors"}, 48),
        ({"model": "krea2"}, 24),
        ({"model": "hidream"}, 48),
        ({"model": "hidream", **STAGES}, 24),
        ({"model": "hidream", "blocks_to_swap": 20}, 24),
        ({"model": "lumina_2", **WHOLE}, 24),
        ({"model": "cosmos_predict2", "transformer_path": "/m/Predict2-14B/model.pt"}, 24),
        ({"model": "ideogram4"}, 24),
        ({"model": "ltx2"}, 24),
        ({"model": "minimax_h3"}, 24),
    ],
)
def test_it_is_what_is_documented_for_jobs_of_its_kind(chosen: dict[str, Any], gb: float) -> None:
    assert needed(**chosen) == gb


@pytest.mark.parametrize(
    "chosen",
    [
        {"model": "sdxl"},
        {"model": "lumina_2"},
        {"model": "krea2", **WHOLE},
        {"model": "cosmos_predict2", "transformer_path": "/m/Predict2-2B/model.pt"},
        {"model": "flux2", "diffusion_model": "/models/flux-2-klein-base-4b.safetensors"},
        {"model": "flux2", "diffusion_model": "/m/flux2-dev.safetensors", "blocks_to_swap": 9},
        {"model": "wan", "ckpt_path": "/models/mine"},
        {"model": "minimax_h3", **STAGES},
        {**FLUX, "diffusers_path": "/models/mine"},
    ],
)
def test_of_other_jobs_nothing_is_claimed(chosen: dict[str, Any]) -> None:
    assert needed(**chosen) is None
    assert source(**chosen) == memory.UNKNOWN
    assert memory.sentence(complete(**chosen)) == f"GPU memory: {memory.UNKNOWN}."


@pytest.mark.parametrize(
    ("chosen", "gb", "what"),
    [
        (SDXL, 6.3, "weights"),
        ({**SDXL, "dtype": "float32"}, 12.6, "weights"),
        # Swapping and weights in 8 bits are not for this model, whatever a form still holds.
        ({**SDXL, "blocks_to_swap": 20, "transformer_dtype": "float8"}, 6.3, "weights"),
        (FLUX, 22.2, "weights"),
        ({**FLUX, "transformer_dtype": "float8"}, 11.1, "weights"),
        ({**FLUX, "transformer_dtype": "float8", "blocks_to_swap": 20}, 8.9, "text encoder"),
        ({**FLUX, **WHOLE}, 44.3, "weights"),
        ({**FLUX, **WHOLE, "gradient_release": True, "blocks_to_swap": 20}, 22.2, "weights"),
        ({**FLUX, **STAGES}, 11.1, "weights"),
        (WAN_SMALL, 10.6, "text encoder"),
        ({**WAN_SMALL, "text_encoder_fp8": True}, 5.3, "text encoder"),
        (QWEN, 38.1, "weights"),
        ({**QWEN, "blocks_to_swap": 8}, 33.0, "weights"),
        ({**WAN_14B, **STAGES}, 13.3, "weights"),
    ],
)
def test_else_what_surely_lies_in_it(chosen: dict[str, Any], gb: float, what: str) -> None:
    assert needed(**chosen) == gb
    assert f"for its {what} alone" in source(**chosen)


def test_whoever_says_it_is_right() -> None:
    chosen = {**WAN_14B, "gpu_memory_gb": 16}
    assert memory.needed(complete(**chosen)) == (16, "as its setting gpu_memory_gb says")


def test_a_job_that_is_as_documented_is_not_talked_about() -> None:
    example = {
        **WAN_14B,
        "transformer_dtype": "float8",
        "blocks_to_swap": 32,
        "activation_checkpointing": "unsloth",
        "optimizer": "adamw8bitkahan",
        "resolutions": ["512"],
        "frame_buckets": [1, 81],
        "rank": 32,
    }
    assert not list(memory.notes(complete(**example)))
    for change, words in (
        ({"resolutions": ["512", "1024x768"]}, "larger sizes"),
        ({"frame_buckets": [1, 121]}, "longer clips"),
        ({"rank": 64}, "a higher rank"),
        ({"micro_batch_size_per_gpu": "512:2"}, "more at once"),
        ({"blocks_to_swap": 20}, "fewer blocks swapped"),
        ({"transformer_dtype": ""}, "weights in another precision"),
        ({"optimizer": "adamw"}, "another optimizer"),
        ({"activation_checkpointing": "on"}, "another checkpointing"),
        ({"size_buckets": ["1024x512x33"]}, "larger sizes"),
        ({"directories": [{"path": "/data", "resolutions": ["768"]}]}, "larger sizes"),
    ):
        (note,) = memory.notes(complete(**{**example, **change}))
        assert note.startswith("24 GB of GPU memory are documented for clips of 512×512")
        assert note.endswith(f"This job has {words}: what that takes is documented nowhere.")
    several = {"rank": 64, "optimizer": "adamw", "blocks_to_swap": 0}
    (note,) = memory.notes(complete(**{**example, **several}))
    assert "a higher rank, fewer blocks swapped and another optimizer:" in note
    assert not list(memory.notes(complete(**{**example, "resolutions": ["wide"]})))


@pytest.mark.parametrize("each", DOCUMENTED, ids=lambda each: f"{each.jobs['model']}-{each.kind}")
def test_all_that_is_presupposed_has_words(each: Documented) -> None:
    larger = {"resolutions": ["9999"], "frame_buckets": [1, 9999], "rank": 999}
    more = {"micro_batch_size_per_gpu": "9", "transformer_dtype": "float32", "optimizer": "sgd"}
    found = [*beyond(each, complete(model=each.jobs["model"], **larger, **more))]
    assert len(found) == len(each.asks)


def test_what_is_known_is_known_of_settings_and_models_that_there_are() -> None:
    for jobs in [each.jobs for each in (*DOCUMENTED, *WEIGHTS)]:
        assert jobs.keys() <= Settings.model_fields.keys()
        assert jobs["model"] in MODELS
        read = MODELS[jobs["model"]].keys | {"model", "adapter", "pipeline_stages"}
        assert jobs.keys() <= read | {"blocks_to_swap"}


@given(
    st.sampled_from([FLUX, WAN_14B, WAN_SMALL, QWEN, SDXL]),
    st.integers(0, 38),
    st.sampled_from(["", "float8", "bfloat16", "float32"]),
    st.sampled_from(["lora", "lokr", "none"]),
    st.sampled_from([1, 2, 4]),
)
def test_less_never_takes_more(
    model: dict[str, Any], swap: int, precision: str, adapter: str, stages: int
) -> None:
    chosen = {**model, "transformer_dtype": precision, "adapter": adapter}
    one = needed(**chosen)
    spread = needed(**chosen, gpus=stages, pipeline_stages=stages)
    swapped = needed(**chosen, blocks_to_swap=swap)
    assert one is not None
    assert spread is not None
    assert swapped is not None
    assert 0 < spread <= one
    assert 0 < swapped <= one
