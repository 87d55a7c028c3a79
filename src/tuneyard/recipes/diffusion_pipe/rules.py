"""Rules across diffusion-pipe's settings, and what a resume may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.causes import RULES as CAUSES
from tuneyard.recipes.diffusion_pipe.traps import adapter, dataset, model, optimizer, training
from tuneyard.recipes.results import problems as of_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.runner.problems import Problem

__all__ = ["CAUSES", "CHANGEABLE", "UPSTREAM", "problems"]

UPSTREAM = "github.com/tdrussell/diffusion-pipe"  # what all that is known here was read from

# What a further attempt of the same job may set anew. The rest makes another model, doesn't fit
# the checkpoint (rank, stages), or is the trainer itself. Another dataset or batch needs
# `reset_dataloader` as well, another optimizer `reset_optimizer`.
CHANGEABLE = frozenset(
    {
        *("directories", "resolutions", "frame_buckets", "num_repeats", "caption_prefix"),
        *("enable_ar_bucket", "min_ar", "max_ar", "num_ar_buckets", "ar_buckets", "size_buckets"),
        *("skip_empty_caption", "shuffle_tags", "cache_shuffle_num", "cache_shuffle_delimiter"),
        *("online_captions", "shuffle_metadata", "subsample_ratio", "evaluation"),
        *("min_t", "max_t", "shift", "flux_shift", "lumina_shift", "image_shift", "cfg"),
        *("timestep_sample_method", "sigmoid_scale", "guidance", "first_frame_conditioning_p"),
        *("min_snr_gamma", "debiased_estimation_loss", "multiscale_loss_weight"),
        *("unet_lr", "text_encoder_1_lr", "text_encoder_2_lr", "self_attn_lr", "cross_attn_lr"),
        *("mlp_lr", "mod_lr", "llm_adapter_lr"),
        *("dropout", "rank_dropout", "epochs", "max_steps"),
        *("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu"),
        *("gradient_accumulation_steps", "lr_scheduler", "warmup_steps", "gradient_clipping"),
        *("force_constant_lr", "uncond_fraction", "huber_delta", "smooth_l1_beta"),
        *("video_clip_mode", "eval_every_n_epochs", "eval_every_n_steps"),
        *("eval_every_n_examples", "eval_before_first_step", "eval_micro_batch_size_per_gpu"),
        *("eval_image_micro_batch_size_per_gpu", "eval_gradient_accumulation_steps"),
        *("disable_block_swap_for_eval", "learning_rate", "optimizer", "weight_decay", "betas"),
        *("eps", "beta2_half_life", "optimizer_options"),
        *("transformer_dtype", "diffusion_model_dtype", "blocks_to_swap", "gpu_memory_gb"),
        *("activation_checkpointing", "reentrant_activation_checkpointing"),
        *("expandable_segments", "text_encoder_fp8", "text_encoder_nf4", "llama3_4bit"),
        *("cache_text_embeddings", "compile", "caching_batch_size", "map_num_proc", "gpus", "nccl"),
        *("save_every_n_epochs", "save_every_n_steps", "save_every_n_examples"),
        *("checkpoint_every_n_minutes", "checkpoint_every_n_epochs", "save_dtype"),
        *("keep_last", "lora_at_stop", "logging_steps", "x_axis_examples"),
        *("wandb", "wandb_project", "wandb_run", "trainer_python", "trust_cache"),
        *("regenerate_cache", "reset_dataloader", "reset_optimizer", "i_know_what_i_am_doing"),
        *("nan_steps", "stall_seconds", "stall_action", "hang_seconds"),
    }
)


def problems(
    settings: Mapping[str, Any], results: Mapping[str, Any], place: Mapping[str, Any]
) -> list[Problem]:
    """What is wrong with complete settings, seen without the data and the model's files.

    `place` says where it will run: ``{"gpus": how many, "pod": whether it is one}``.
    """
    upstream = UPSTREAM in settings["repository"]
    return [
        *model.problems(settings),
        *adapter.problems(settings, place),
        *dataset.problems(settings),
        *training.problems(settings, place),
        *optimizer.problems(settings, ours=upstream),
        *of_results(results),
        *_warnings(settings),
    ]


def _warnings(settings: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        from tuneyard.recipes.diffusion_pipe.traps import at_home  # noqa: PLC0415
    except ImportError:
        return  # a pod looks at errors alone
    yield from at_home.problems(settings)
