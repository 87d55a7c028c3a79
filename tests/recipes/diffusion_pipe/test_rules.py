import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from recipes.diffusion_pipe import trainer_keys
from recipes.diffusion_pipe.asked_settings import FILES, FOLDER, complete, entry
from recipes.diffusion_pipe.asked_settings import settings as any_settings
from tuneyard.recipes.diffusion_pipe import rules
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.data.sets import frames_of
from tuneyard.recipes.diffusion_pipe.settings import Settings

HERE = {"gpus": 8}


def problems(place: dict[str, Any] | None = None, **chosen: Any) -> list[tuple[str, str, str]]:
    """Code, field and severity of each."""
    found = rules.problems(complete(**chosen), {}, place or HERE)
    for problem in found:
        assert problem.sentence.endswith("."), problem.sentence
        assert problem.next_step.endswith((".", "?")), problem.next_step
        assert problem.field.partition(".")[0] in Settings.model_fields
    return [(problem.code, problem.field, problem.severity) for problem in found]


@pytest.mark.parametrize("model", sorted(set(MODELS) - {"cosmos"}))
def test_nothing_is_wrong_with_a_model_and_its_files(model: str) -> None:
    assert problems(model=model) == []


def test_nothing_is_wrong_with_cosmos_and_its_sizes() -> None:
    assert problems(model="cosmos", size_buckets=["960x960", "1280x704x121"]) == []


@pytest.mark.parametrize(
    "chosen",
    [
        {"model": "wan", "blocks_to_swap": 38, "transformer_dtype": "float8"},
        {"model": "z_image", "blocks_to_swap": 20, "diffusion_model_dtype": "float8"},
        {"gpus": 4, "pipeline_stages": 2},
        {"gpus": 2, "pipeline_stages": 2, "gradient_release": True},
        {"gpus": 3, "pipeline_stages": 3, "partition_method": "manual", "partition_split": [5, 9]},
        {"save_every_n_epochs": 0, "save_every_n_examples": 2, "gpus": 2},
        {"optimizer": "Prodigy", "learning_rate": 1},
        {"optimizer": "AdamW8bitKahan", "optimizer_options": {"stabilize": False}},
        {
            "optimizer": "automagic",
            "learning_rate": 1e-6,
            "optimizer_options": {"eps": [1e-30, 1e-3]},
        },
        {"optimizer": "CAME", "betas": [0.9, 0.999, 0.9999]},
        {"beta2_half_life": 1000},
        {"evaluation": [entry(path="/other")]},
        {"resolutions": ["512", "768", "1024"]},
        {"resolutions": ["256", "512", "768", "1024"], "i_know_what_i_am_doing": True},
        {"model": "flux", "directories": [{**FOLDER, "control_path": "/control"}]},
        {"model": "minimax_h3", "cfg": 4, "frame_buckets": [1, 34, 68]},
        {"diffusers_path": "", "model": "qwen_image", "transformer_path": "/t"}
        | {"text_encoder_path": "/e", "vae_path": "/v"},
        {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.2-T2V-A14B"}
        | {"transformer_path": "hf:Wan-AI/Wan2.2-T2V-A14B/low_noise_model", "max_t": 0.875},
        {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.2-TI2V-5B", "frame_buckets": [1]},
    ],
)
def test_nothing_is_wrong_with_these(chosen: dict[str, Any]) -> None:
    assert problems(**chosen) == []


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        # the model and its files
        ({"model": "flux", "diffusers_path": ""}, "model-file-missing", "diffusers_path"),
        ({"model": "hunyuan-video", "ckpt_path": ""}, "model-file-missing", "ckpt_path"),
        ({"model": "qwen_image", "diffusers_path": ""}, "model-file-missing", "diffusers_path"),
        ({"model": "cosmos_predict2", "t5_path": ""}, "model-file-missing", "t5_path"),
        (
            {"model": "auraflow", "max_sequence_length": None},
            "model-file-missing",
            "max_sequence_length",
        ),
        ({"model": "hunyuan_video_15", "byt5": ""}, "model-file-missing", "byt5"),
        ({"checkpoint_path": "hf:me"}, "model-address", "checkpoint_path"),
        ({"checkpoint_path": "hf:me/sdxl"}, "model-address", "checkpoint_path"),
        (
            {"model": "z_image", "diffusion_model_dtype": "", "transformer_dtype": "float8"},
            "precision-key",
            "transformer_dtype",
        ),
        (
            {"model": "wan", "diffusion_model_dtype": "float8"},
            "precision-key",
            "diffusion_model_dtype",
        ),
        ({"transformer_dtype": "float8"}, "precision-key", "transformer_dtype"),
        (
            {"model": "qwen_image", "transformer_path": "/x/qwen_fp8_scaled.safetensors"},
            "scaled",
            "transformer_path",
        ),
        (
            {"model": "wan", "llm_path": "hf:c/w/umt5_xxl_fp8_e4m3fn_scaled.safetensors"},
            "scaled",
            "llm_path",
        ),
        ({"model": "wan", "min_t": 0.9, "max_t": 0.875}, "noise-range", "min_t"),
        (
            {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.2-T2V-A14B"},
            "wan-half",
            "transformer_path",
        ),
        (
            {"model": "wan", "ckpt_path": "/m/Wan2.1-I2V-14B-480P", "frame_buckets": [1]},
            "clips-only",
            "frame_buckets",
        ),
        ({"model": "cosmos_predict2", "llm_path": "/l"}, "two-encoders", "llm_path"),
        (
            {"model": "minimax_h3", "cfg": 4, "pipeline_stages": 2, "gpus": 2},
            "guided-stages",
            "pipeline_stages",
        ),
        # what is trained
        ({"adapter": "lokr"}, "no-lokr", "adapter"),
        ({"model": "flux", "adapter": "lokr"}, "no-lokr", "adapter"),
        (
            {"model": "wan", "adapter": "lokr", "init_from_existing": "/l"},
            "lokr-start",
            "init_from_existing",
        ),
        # the dataset
        ({"directories": []}, "dataset-missing", "directories"),
        ({"directories": [{"path": ""}]}, "dataset-missing", "directories.0.path"),
        ({"directories": [{"path": "hf:me"}]}, "dataset-name", "directories.0.path"),
        (
            {"directories": [{**FOLDER, "control_path": "/c"}]},
            "no-control",
            "directories.0.control_path",
        ),
        (
            {"evaluation": [entry(path="/o", control_path="/c")]},
            "no-control",
            "evaluation.0.control_path",
        ),
        ({"evaluation": [entry(path="/o", name=" ")]}, "evaluation-name", "evaluation.0.name"),
        ({"evaluation": [entry(path="/o", name="train")]}, "evaluation-name", "evaluation.0.name"),
        ({"evaluation": [entry(path="/o", name="a/b")]}, "evaluation-name", "evaluation.0.name"),
        ({"resolutions": ["huge"]}, "size", "resolutions"),
        ({"ar_buckets": ["0"]}, "size", "ar_buckets"),
        (
            {"directories": [{**FOLDER, "size_buckets": ["5"]}]},
            "size",
            "directories.0.size_buckets",
        ),
        ({"resolutions": []}, "resolution", "resolutions"),
        ({"resolutions": ["256", "512", "768", "1024"]}, "resolutions", "resolutions"),
        (
            {"directories": [{**FOLDER, "resolutions": ["1", "2", "3", "4"]}]},
            "resolutions",
            "directories.0.resolutions",
        ),
        ({"min_ar": 2, "max_ar": 1}, "shapes", "min_ar"),
        ({"directories": [{**FOLDER, "min_ar": 3}]}, "shapes", "directories.0.min_ar"),
        ({"model": "wan", "frame_buckets": [0]}, "frames", "frame_buckets"),
        ({"model": "cosmos"}, "cosmos-sizes", "size_buckets"),
        ({"model": "cosmos", "size_buckets": ["512x512"]}, "cosmos-sizes", "size_buckets"),
        ({"caption_prefix": '""Hi'}, "quotes", "caption_prefix"),
        # steps, GPUs, memory
        ({"save_every_n_epochs": 0}, "save-missing", "save_every_n_epochs"),
        ({"save_every_n_examples": 3, "gpus": 4}, "save-examples", "save_every_n_examples"),
        ({"micro_batch_size_per_gpu": ""}, "batch", "micro_batch_size_per_gpu"),
        ({"eval_micro_batch_size_per_gpu": "many"}, "batch", "eval_micro_batch_size_per_gpu"),
        ({"gpus": 16}, "gpus", "gpus"),
        ({"gpus": 4, "pipeline_stages": 3}, "stages", "pipeline_stages"),
        ({"gpus": 1, "pipeline_stages": 2}, "stages", "pipeline_stages"),
        ({"gpus": 2, "gradient_release": True}, "release-side-by-side", "gradient_release"),
        (
            {"gpus": 2, "pipeline_stages": 2, "partition_method": "manual"},
            "split",
            "partition_split",
        ),
        (
            {
                "gpus": 3,
                "pipeline_stages": 3,
                "partition_method": "manual",
                "partition_split": [9, 5],
            },
            "split",
            "partition_split",
        ),
        ({"blocks_to_swap": 1}, "swap", "blocks_to_swap"),
        ({"model": "wan", "blocks_to_swap": 39}, "swap", "blocks_to_swap"),
        ({"model": "ltx2", "blocks_to_swap": 47}, "swap", "blocks_to_swap"),
        (
            {"model": "wan", "blocks_to_swap": 8, "pipeline_stages": 2, "gpus": 2},
            "swap",
            "blocks_to_swap",
        ),
        ({"repository": " "}, "trainer", "repository"),
        ({"revision": "main"}, "trainer", "revision"),
        ({"repository": "https://me:pw@git.example.org/x"}, "secret", "repository"),
        ({"repository": "https://ghp_abc@git.example.org/x"}, "secret", "repository"),
        # the optimizer
        ({"optimizer": "prodigy"}, "optimizer-unknown", "optimizer"),
        ({"optimizer": "gradient descent"}, "optimizer-unknown", "optimizer"),
        ({"optimizer": "SAM"}, "optimizer-needs", "optimizer"),
        ({"optimizer": "offload"}, "offload", "optimizer"),
        ({"optimizer": "Prodigy", "learning_rate": 1, "betas": [0.9]}, "betas", "betas"),
        ({"betas": [0.9, 1.5]}, "betas", "betas"),
        (
            {"optimizer": "Prodigy", "learning_rate": 1, "beta2_half_life": 10},
            "half-life",
            "beta2_half_life",
        ),
        ({"optimizer_options": {"d_coef": 1}}, "option", "optimizer_options"),
        ({"optimizer_options": {"lr": 1}}, "option", "optimizer_options"),
        (
            {
                "optimizer": "automagic",
                "learning_rate": 1e-6,
                "optimizer_options": {"eps": "[1, [2]]"},
            },
            "option",
            "optimizer_options",
        ),
        ({"learning_rate": None}, "rate", "learning_rate"),
    ],
)
def test_what_the_trainer_would_fail_at(chosen: dict[str, Any], code: str, field: str) -> None:
    assert problems(**chosen) == [(code, field, "error")]


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        ({"model": "flux", "vae_path": "/v"}, "unread", "vae_path"),
        (
            {"model": "z_image", "diffusion_model": "/z_image_turbo.safetensors"},
            "turbo",
            "merge_adapters",
        ),
        (
            {"model": "flux2", "diffusion_model": "/flux-2-klein-4b.safetensors"},
            "distilled",
            "diffusion_model",
        ),
        ({"model": "wan", "shift": 3, "flux_shift": True}, "shift", "flux_shift"),
        ({"model": "wan", "transformer_path": "/w/high_noise_model"}, "noise-half", "min_t"),
        (
            {"model": "wan", "transformer_path": "/w/low_noise_model", "min_t": 0.875},
            "noise-half",
            "min_t",
        ),
        (
            {"model": "cosmos_predict2", "transformer_dtype": "float8"},
            "precision-kind",
            "transformer_dtype",
        ),
        (
            {"model": "cosmos_predict2", "t5_path": "", "llm_path": "/l", "text_encoder_fp8": True},
            "unread",
            "text_encoder_fp8",
        ),
        ({"model": "minimax_h3", "cfg": 4, "merge_adapters": ["/a"]}, "guided-twice", "cfg"),
        ({"adapter": "none"}, "full", "adapter"),
        ({"model": "chroma", "fuse_adapters": ["/a=0.5"]}, "fuse-weight", "fuse_adapters"),
        ({"evaluation": [entry(path=FOLDER["path"])]}, "same-folder", "evaluation.0.path"),
        (
            {"evaluation": [entry(path="/o")], "eval_every_n_epochs": 0},
            "evaluation-never",
            "eval_every_n_epochs",
        ),
        ({"model": "wan", "frame_buckets": [1, 32]}, "frames-cut", "frame_buckets"),
        ({"model": "minimax_h3", "frame_buckets": [1, 33]}, "frames-cut", "frame_buckets"),
        ({"model": "wan", "size_buckets": ["512x512x32"]}, "frames-cut", "size_buckets"),
        (
            {"model": "wan", "directories": [{**FOLDER, "frame_buckets": [50]}]},
            "frames-cut",
            "directories.0.frame_buckets",
        ),
        (
            {"size_buckets": ["512x512"], "directories": [{**FOLDER, "resolutions": ["768"]}]},
            "exact-sizes",
            "directories.0.resolutions",
        ),
        (
            {"ar_buckets": ["1"], "directories": [{**FOLDER, "num_ar_buckets": 3}]},
            "shapes",
            "directories.0.num_ar_buckets",
        ),
        ({"save_every_n_epochs": 200}, "save-rare", "save_every_n_epochs"),
        ({"save_every_n_steps": 5, "save_every_n_examples": 5}, "save-twice", "save_every_n_steps"),
        ({"checkpoint_every_n_minutes": 0}, "no-checkpoint", "checkpoint_every_n_minutes"),
        ({"lr_scheduler": "linear", "force_constant_lr": 1e-5}, "forced-rate", "lr_scheduler"),
        ({"lr_scheduler": "cosine", "max_steps": 50}, "short-schedule", "max_steps"),
        ({"lr_scheduler": "cosine", "learning_rate": 1e-6}, "cosine-rises", "lr_scheduler"),
        ({"huber_delta": 1, "smooth_l1_beta": 1}, "two-losses", "smooth_l1_beta"),
        ({"optimizer": "sgd", "betas": [0.9, 0.9]}, "betas", "betas"),
        ({"optimizer": "Lion", "eps": 1e-8}, "eps", "eps"),
        ({"optimizer": "Prodigy"}, "rate", "learning_rate"),
        ({"optimizer": "automagic", "learning_rate": 0.01}, "rate", "learning_rate"),
        ({"learning_rate": 1}, "rate", "learning_rate"),
        ({"optimizer": "offload", "trainer_python": sys.executable}, "offload", "optimizer"),
        (
            {"optimizer": "of-a-fork", "repository": "https://example.org/fork"},
            "optimizer-unknown",
            "optimizer",
        ),
        ({"trust_cache": True, "regenerate_cache": True}, "cache", "trust_cache"),
    ],
)
def test_what_may_be_meant_otherwise(chosen: dict[str, Any], code: str, field: str) -> None:
    assert problems(**chosen) == [(code, field, "warning")]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"trainer_python": "/no/python"}, "no-python"),
        ({"repository": "/no/fork"}, "no-repository"),
    ],
)
def test_what_isnt_here_matters_where_it_trains(chosen: dict[str, Any], code: str) -> None:
    (name,) = chosen
    assert problems(**chosen) == [(code, name, "error")]
    assert problems({"gpus": 8, "pod": True}, **chosen) == []


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_full_fine_tune_is_said_loudly_or_refused(model: str) -> None:
    sizes = ["960x960"] if model == "cosmos" else []
    found = problems(model=model, adapter="none", size_buckets=sizes)
    loud = ("full", "adapter", "warning")
    refused = ("no-full", "adapter", "error")
    assert found == [loud if model in trainer_keys.SAVED_WHOLE else refused]


def test_a_full_fine_tune_is_said_with_what_is_documented() -> None:
    [found] = rules.problems(complete(adapter="none"), {}, HERE)
    assert "several times the model’s size" in found.sentence
    assert "48 GB" in found.sentence


@pytest.mark.parametrize("model", ["wan", "flux2"])
def test_a_full_fine_tune_needs_whole_weights(model: str) -> None:
    name = MODELS[model].reads_precision
    chosen: dict[str, Any] = {"model": model, "adapter": "none", name: "float8"}
    found = problems(**chosen)
    assert ("full-precision", name, "error") in found


def test_blocks_are_not_swapped_in_a_full_fine_tune() -> None:
    assert ("swap", "blocks_to_swap", "error") in problems(
        model="wan", adapter="none", blocks_to_swap=4
    )


def test_the_case_of_an_optimizer_is_said() -> None:
    [found] = rules.problems(complete(optimizer="prodigy", learning_rate=1), {}, HERE)
    assert found.next_step == "Write Prodigy."
    [found] = rules.problems(complete(optimizer="adamw8bitkahn"), {}, HERE)
    assert "adamw8bitkahan" in found.next_step


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ({"gpus": 0}, ["no-gpu"]),
        ({"gpus": 1}, ["gpus"]),
        ({"gpus": 1, "pod": True}, ["gpus"]),
        ({"gpus": 2, "pod": True}, []),
        ({}, []),
    ],
)
def test_it_needs_as_many_gpus_as_are_asked_for(place: dict[str, Any], codes: list[str]) -> None:
    found = rules.problems(complete(gpus=2), {}, place)
    assert [problem.code for problem in found] == codes


def test_results_are_looked_at() -> None:
    found = rules.problems(complete(), {"repository": "no name"}, HERE)
    assert [problem.code for problem in found] == ["repository-name"]


@pytest.mark.parametrize(
    ("model", "frames", "cut"),
    [
        ("wan", 33, 33),
        ("wan", 36, 33),
        ("ltx2", 33, 33),
        ("ltx2", 40, 33),
        ("minimax_h3", 40, 34),
        ("minimax_h3", 5, 1),
    ],
)
def test_clips_are_cut_to_lengths_that_a_model_knows(model: str, frames: int, cut: int) -> None:
    assert frames_of({"model": model}, frames) == cut


@hypothesis_settings(max_examples=60)
@given(settings=any_settings)
def test_whatever_is_asked_for_is_judged_in_words(settings: dict[str, Any]) -> None:
    for problem in rules.problems(settings, {}, {"gpus": 2}):
        assert problem.sentence.endswith(".")
        assert problem.next_step
        assert problem.field.partition(".")[0] in Settings.model_fields


def test_a_resume_may_change_nothing_that_makes_another_model() -> None:
    assert set(Settings.model_fields) >= rules.CHANGEABLE
    kept = set(Settings.model_fields) - rules.CHANGEABLE
    assert {
        "model",
        "adapter",
        "rank",
        "pipeline_stages",
        "dtype",
        "repository",
        "revision",
    } <= kept
    assert {name for files in FILES.values() for name in files if name != "frame_buckets"} <= kept
    assert {
        "epochs",
        "max_steps",
        "directories",
        "reset_dataloader",
        "learning_rate",
    } <= rules.CHANGEABLE


@pytest.mark.parametrize(
    ("line", "travels"),
    [
        ("/loras/a.safetensors=0.8", False),
        ("loras/a.safetensors = 0.8", False),
        ("/loras/a.safetensors", True),
        ("hf:me/loras/a.safetensors=0.8", True),
    ],
)
def test_a_file_at_home_that_has_a_weight_cant_be_sent(line: str, travels: bool) -> None:
    flux: dict[str, Any] = {"model": "flux", "fuse_adapters": [line]}
    told = [("fuse-at-home", "fuse_adapters", "error")]
    assert problems({"gpus": 1, "pod": True}, **flux) == ([] if travels else told)
    assert problems(**flux) == []
    assert told[0] not in problems({"gpus": 1, "pod": True}, fuse_adapters=[line])  # SDXL has none
