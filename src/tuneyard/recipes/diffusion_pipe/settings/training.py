"""How long and in which steps."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from tuneyard.fields import setting
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS, OWN_LOSS
from tuneyard.recipes.diffusion_pipe.settings.asking import Batch, those

GROUP = "Training"
_VIDEO = those(lambda model: model.video)
_LOSS = {"model": [name for name in MODELS if name not in OWN_LOSS]}
_EVALUATION = {"evaluation": "*"}


class Training(BaseModel):
    epochs: int = setting(
        100,
        "Epochs",
        "How often to go through the data, at most. Stop when a saved LoRA is good: nothing is lost.",
        importance="basic",
        group=GROUP,
        unit="epochs",
        ge=1,
        le=1_000_000,
    )
    max_steps: int | None = setting(
        None,
        "At most",
        "Ends after so many steps, with what was learnt saved. Empty goes by epochs alone.",
        group=GROUP,
        unit="steps",
        ge=1,
        le=1_000_000_000,
    )
    micro_batch_size_per_gpu: Batch = setting(
        "1",
        "Batch size",
        "Pictures or clips at once on each GPU; more needs more memory. By resolution: 512:4, 1024:1.",
        group=GROUP,
    )
    image_micro_batch_size_per_gpu: Batch = setting(
        "",
        "Batch size of pictures",
        "Empty takes the same as for clips.",
        group=GROUP,
        shown_when=_VIDEO,
    )
    gradient_accumulation_steps: int = setting(
        1,
        "Batches a step",
        "So many batches are added up before the model changes: a larger batch without more memory.",
        group=GROUP,
        ge=1,
        le=100_000,
    )
    lr_scheduler: Literal["constant", "linear", "cosine"] = setting(
        "constant",
        "Learning rate over time",
        "Linear and cosine sink until the last epoch: they need epochs that are meant.",
        group=GROUP,
        choices={
            "constant": "stays as it is",
            "linear": "sinks evenly to 0",
            "cosine": "sinks slowly, then fast, then slowly",
        },
    )
    warmup_steps: int = setting(
        10,
        "Warm-up",
        "The learning rate rises over so many steps first.",
        group=GROUP,
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    gradient_clipping: float = setting(
        1.0,
        "Clip gradients at",
        "Keeps single pictures from changing too much at once. 0 doesn't clip.",
        importance="expert",
        group=GROUP,
        ge=0,
        le=1_000_000,
    )
    force_constant_lr: float | None = setting(
        None,
        "Force the learning rate",
        "Whatever schedule and optimizer say; the way to change it when a training goes on.",
        importance="expert",
        group=GROUP,
        gt=0,
        le=100,
    )
    uncond_fraction: float = setting(
        0.0,
        "Without caption",
        "The share of pictures that is trained with an empty caption.",
        importance="expert",
        group=GROUP,
        ge=0,
        le=1,
    )
    huber_delta: float | None = setting(
        None,
        "Huber loss",
        "Its delta. Makes outliers count less; empty is the usual squared error.",
        importance="expert",
        group=GROUP,
        shown_when=_LOSS,
        gt=0,
        le=1000,
    )
    smooth_l1_beta: float | None = setting(
        None,
        "Smooth L1 loss",
        "Its beta. In place of the Huber loss.",
        importance="expert",
        group=GROUP,
        shown_when=_LOSS,
        gt=0,
        le=1000,
    )
    video_clip_mode: Literal["single_beginning", "single_middle"] = setting(
        "single_beginning",
        "Which part of a clip",
        "A longer clip is cut to the length of its bucket.",
        group=GROUP,
        shown_when=_VIDEO,
        choices={"single_beginning": "its beginning", "single_middle": "its middle"},
    )
    eval_every_n_epochs: int = setting(
        1,
        "Evaluate every",
        "How often the loss on the evaluation sets is measured. 0 goes by steps alone.",
        group="Evaluation",
        unit="epochs",
        shown_when=_EVALUATION,
        ge=0,
        le=1_000_000,
    )
    eval_every_n_steps: int | None = setting(
        None,
        "Evaluate every",
        "By steps.",
        group="Evaluation",
        unit="steps",
        shown_when=_EVALUATION,
        ge=1,
        le=1_000_000_000,
    )
    eval_every_n_examples: int | None = setting(
        None,
        "Evaluate every",
        "By pictures and clips seen, in place of steps.",
        importance="expert",
        group="Evaluation",
        unit="examples",
        shown_when=_EVALUATION,
        ge=1,
        le=1_000_000_000,
    )
    eval_before_first_step: bool = setting(
        default=True,
        title="Evaluate first",
        help="Before the first step, to compare with.",
        group="Evaluation",
        shown_when=_EVALUATION,
    )
    eval_micro_batch_size_per_gpu: Batch = setting(
        "1",
        "Batch size",
        "Small is better: what doesn't fill a batch is left out, and such sets are small.",
        importance="expert",
        group="Evaluation",
        shown_when=_EVALUATION,
    )
    eval_image_micro_batch_size_per_gpu: Batch = setting(
        "",
        "Batch size of pictures",
        "Empty takes the same as for clips.",
        importance="expert",
        group="Evaluation",
        shown_when={**_EVALUATION, **_VIDEO},
    )
    eval_gradient_accumulation_steps: int = setting(
        1,
        "Batches a step",
        "1 leaves out least.",
        importance="expert",
        group="Evaluation",
        shown_when=_EVALUATION,
        ge=1,
        le=100_000,
    )
    disable_block_swap_for_eval: bool = setting(
        default=False,
        title="No block swap",
        help="Evaluation takes less memory: without swapping it is faster, if it fits.",
        importance="expert",
        group="Evaluation",
        shown_when=_EVALUATION,
    )
