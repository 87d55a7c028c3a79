"""Which keys diffusion-pipe's code reads at the revision that its settings name.

Typed from a reading of its train.py, utils/dataset.py, utils/saver.py and models/*.py; not
made from the recipe, so that the two can disagree.
"""

MAIN = {
    *("output_dir", "dataset", "eval_datasets", "epochs", "max_steps"),
    *("save_every_n_epochs", "save_every_n_steps", "save_every_n_examples"),
    *("checkpoint_every_n_epochs", "checkpoint_every_n_minutes"),
    *("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu"),
    *("eval_micro_batch_size_per_gpu", "eval_image_micro_batch_size_per_gpu"),
    *("gradient_accumulation_steps", "eval_gradient_accumulation_steps"),
    *("pipeline_stages", "partition_method", "partition_split", "gradient_clipping"),
    *("warmup_steps", "lr_scheduler", "force_constant_lr", "activation_checkpointing"),
    *("reentrant_activation_checkpointing", "blocks_to_swap", "disable_block_swap_for_eval"),
    *("eval_every_n_epochs", "eval_every_n_steps", "eval_every_n_examples"),
    *("eval_before_first_step", "save_dtype", "caching_batch_size", "map_num_proc", "compile"),
    *("steps_per_print", "logging_steps", "x_axis_examples", "video_clip_mode"),
    *("huber_delta", "smooth_l1_beta", "uncond_fraction"),
    *("model", "adapter", "optimizer", "monitoring"),
}

ADAPTER = {
    "lora": {"type", "rank", "dtype", "dropout", "exclude_modules", "init_from_existing"},
    "lokr": {
        *("type", "rank", "dtype", "decompose_factor", "rank_dropout"),
        *("exclude_modules", "init_from_existing"),
    },
}
FUSING = {"flux", "chroma"}  # read fuse_adapters as well

MONITORING = {"enable_wandb", "wandb_api_key", "wandb_tracker_name", "wandb_run_name"}

EVERYWHERE = {
    *("resolutions", "enable_ar_bucket", "min_ar", "max_ar", "num_ar_buckets", "ar_buckets"),
    *("frame_buckets", "size_buckets", "num_repeats", "caption_prefix", "shuffle_tags"),
    *("cache_shuffle_num", "cache_shuffle_delimiter", "skip_empty_caption"),
    *("online_captions", "shuffle_metadata"),
}
DATASET = EVERYWHERE | {"directory", "subsample_ratio"}
DIRECTORY = EVERYWHERE | {"path", "mask_path", "control_path", "default_mask_file"}

_TIMES = {"timestep_sample_method", "sigmoid_scale"}
_SHIFTS = _TIMES | {"shift", "flux_shift"}
_COMFY = _SHIFTS | {
    "diffusion_model",
    "text_encoders",
    "vae",
    "diffusion_model_dtype",
    "merge_adapters",
}
_COSMOS2 = _SHIFTS | {
    *("transformer_path", "vae_path", "llm_path", "llm_adapter_path", "transformer_dtype"),
    *("cache_text_embeddings", "multiscale_loss_weight"),
    *("self_attn_lr", "cross_attn_lr", "mlp_lr", "mod_lr", "llm_adapter_lr"),
}

# Beside type and dtype.
MODELS = {
    "flux": _SHIFTS
    | {
        "diffusers_path",
        "transformer_path",
        "transformer_dtype",
        "guidance",
        "bypass_guidance_embedding",
    },
    "ltx-video": _TIMES
    | {"diffusers_path", "single_file_path", "transformer_dtype", "first_frame_conditioning_p"},
    "hunyuan-video": _TIMES
    | {"ckpt_path", "transformer_path", "vae_path", "llm_path", "clip_path"}
    | {"transformer_dtype", "guidance", "shift"},
    "sdxl": {
        *("checkpoint_path", "v_pred", "min_snr_gamma", "debiased_estimation_loss"),
        *("unet_lr", "text_encoder_1_lr", "text_encoder_2_lr"),
    },
    "cosmos": {"transformer_path", "vae_path", "text_encoder_path"},
    "lumina_2": _TIMES | {"transformer_path", "llm_path", "vae_path", "shift", "lumina_shift"},
    "wan": _SHIFTS
    | {"ckpt_path", "transformer_path", "llm_path", "transformer_dtype", "text_encoder_fp8"}
    | {"cache_text_embeddings", "min_t", "max_t"},
    "chroma": _SHIFTS | {"diffusers_path", "transformer_path", "transformer_dtype"},
    "hidream": _SHIFTS
    | {"diffusers_path", "llama3_path", "llama3_4bit", "max_llama3_sequence_length"}
    | {"transformer_dtype"},
    "sd3": _SHIFTS | {"diffusers_path", "transformer_dtype"},
    "cosmos_predict2": _COSMOS2 | {"t5_path", "text_encoder_nf4", "text_encoder_fp8"},
    "anima": _COSMOS2,  # with its language model, what is of the T5 isn't reached
    "omnigen2": _SHIFTS | {"diffusers_path"},
    "qwen_image": _SHIFTS
    | {"diffusers_path", "transformer_path", "text_encoder_path", "vae_path", "transformer_dtype"},
    "hunyuan_image": _SHIFTS
    | {"transformer_path", "vae_path", "text_encoder_path", "byt5_path", "transformer_dtype"},
    "auraflow": _SHIFTS
    | {"transformer_path", "vae_path", "text_encoder_path", "max_sequence_length"}
    | {"transformer_dtype"},
    "z_image": _COMFY,
    "hunyuan_video_15": _COMFY,
    "flux2": _COMFY,
    "ernie_image": _COMFY,
    "ltx2": (_COMFY - {"vae", "text_encoders"}) | {"text_encoder"},
    "ideogram4": _COMFY,
    "krea2": _COMFY,
    "minimax_h3": _COMFY | {"audio_vae", "cfg", "image_shift"},
}

# What ComfyUI is told of the text encoders.
TEXT_ENCODERS = {
    "z_image": "lumina2",
    "hunyuan_video_15": "hunyuan_video_15",
    "flux2": "flux2",
    "ernie_image": "flux2",
    "ideogram4": "ideogram4",
    "krea2": "krea2",
    "minimax_h3": "minimax",
}

# Blocks may be swapped by these alone.
SWAPPING = {
    *("flux", "hunyuan-video", "wan", "chroma", "hidream", "cosmos_predict2", "anima"),
    *("qwen_image", "hunyuan_image", "auraflow", "z_image", "hunyuan_video_15", "flux2"),
    *("ernie_image", "ltx2", "ideogram4", "krea2", "minimax_h3"),
}

# save_model() is written for these alone: the others fail when a full fine-tune is first saved.
SAVED_WHOLE = {
    *("sdxl", "flux", "lumina_2", "wan", "chroma", "cosmos_predict2", "anima", "qwen_image"),
    *("hunyuan_image", "z_image", "hunyuan_video_15", "flux2", "ernie_image", "ltx2"),
    *("ideogram4", "krea2", "minimax_h3"),
}

FRAMES_A_SECOND = {
    "ltx-video": 25,
    "hunyuan-video": 24,
    "cosmos": 24,
    "wan": 16,
    "cosmos_predict2": 16,
    "anima": 16,
    "hunyuan_video_15": 24,
    "ltx2": 24,
    "minimax_h3": 24,
}

DTYPES = {"float32", "float16", "bfloat16", "float8", "float8_e4m3fn", "float8_e5m2"}
SCHEDULES = {"constant", "linear", "cosine"}
CLIPS = {"single_beginning", "single_middle"}

# The names that the trainer knows itself, and what each is made with beside `type`. It takes
# gradient_release out, and makes the second beta of beta2_half_life.
_ADAMW = {"lr", "betas", "eps", "weight_decay"}
OPTIMIZERS = {
    "adamw": _ADAMW | {"amsgrad", "maximize", "foreach", "capturable", "differentiable", "fused"},
    "adamw8bit": _ADAMW | {"min_8bit_size", "percentile_clipping", "block_wise", "is_paged"},
    "adamw_optimi": _ADAMW | {"decouple_lr", "max_lr", "kahan_sum", "foreach", "triton"},
    "stableadamw": _ADAMW | {"decouple_lr", "max_lr", "kahan_sum", "foreach", "triton"},
    "sgd": {"lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "foreach"}
    | {"differentiable", "fused"},
    "adamw8bitkahan": _ADAMW
    | {"min_8bit_size", "percentile_clipping", "block_wise", "is_paged", "stabilize"},
    "offload": _ADAMW
    | {"amsgrad", "maximize", "foreach", "capturable", "differentiable"}
    | {"offload_gradients", "minimal_size"},
    "automagic": {"lr", "min_lr", "max_lr", "lr_bump", "eps", "clip_threshold", "beta2"}
    | {"weight_decay", "do_paramiter_swapping", "paramiter_swapping_factor"},
    "genericoptim": _ADAMW
    | {"correct_bias", "momentum_type", "second_moment_type", "correct_dim", "cpu_offload"}
    | {"kahan_buffer_offload", "muon", "adamuon", "normuon", "polar_express", "automagic"}
    | {"min_lr", "max_lr", "lr_bump", "lr_decrease_factor", "skip_invalid_grads"}
    | {"rank", "proj_type", "update_proj_gap"},
}
