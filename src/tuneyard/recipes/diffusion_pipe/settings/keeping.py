"""What is saved and followed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from tuneyard.fields import setting

GROUP = "Saving"


class Keeping(BaseModel):
    save_every_n_epochs: int = setting(
        5,
        "Save every",
        "How often the LoRA is saved, to try it out. 0 goes by steps alone.",
        group=GROUP,
        unit="epochs",
        ge=0,
        le=1_000_000,
    )
    save_every_n_steps: int | None = setting(
        None, "Save every", "By steps.", group=GROUP, unit="steps", ge=1, le=1_000_000_000
    )
    save_every_n_examples: int | None = setting(
        None,
        "Save every",
        "By pictures and clips seen, in place of steps.",
        importance="expert",
        group=GROUP,
        unit="examples",
        ge=1,
        le=1_000_000_000,
    )
    checkpoint_every_n_minutes: float = setting(
        60.0,
        "Checkpoint every",
        "From a checkpoint a training goes on after an interruption. 0 makes none.",
        group=GROUP,
        unit="minutes",
        ge=0,
        le=1_000_000,
    )
    checkpoint_every_n_epochs: int | None = setting(
        None, "Checkpoint every", "By epochs.", group=GROUP, unit="epochs", ge=1, le=1_000_000
    )
    keep_last: int = setting(
        2,
        "Keep the last",
        "How many checkpoints stay on the disk; of a full training each is larger than the model. 0 keeps all.",
        group=GROUP,
        unit="checkpoints",
        ge=0,
        le=10_000,
    )
    save_dtype: Literal[
        "", "bfloat16", "float16", "float32", "float8", "float8_e4m3fn", "float8_e5m2"
    ] = setting(
        "bfloat16",
        "Save as",
        "The precision of the saved file. Empty is the precision of training.",
        importance="expert",
        group=GROUP,
    )
    lora_at_stop: bool = setting(
        default=True,
        title="Save at stop",
        help="After stop and save, also writes the LoRA of that very step; takes one step more.",
        group=GROUP,
        at_stop="What was learnt is then saved as a LoRA too (as a model, if all of it is trained): "
        "for that the trainer loads the model once more and makes one more step. "
        "Stopping now ends that at any moment, and the checkpoint stays.",
    )
    logging_steps: int = setting(
        1,
        "Log every",
        "How often the loss is written for the charts.",
        importance="expert",
        group="Monitoring",
        unit="steps",
        ge=1,
        le=1_000_000,
    )
    x_axis_examples: bool = setting(
        default=False,
        title="Count examples",
        help="TensorBoard's charts count pictures and clips, not steps.",
        importance="expert",
        group="Monitoring",
    )
    wandb: bool = setting(
        default=False,
        title="Weights & Biases",
        help="Reports there as well. The key is the secret WANDB_API_KEY; it is written nowhere.",
        group="Monitoring",
    )
    wandb_project: str = setting(
        "",
        "Project",
        "The name there. Empty takes the job's name.",
        group="Monitoring",
        shown_when={"wandb": True},
        max_length=128,
    )
    wandb_run: str = setting(
        "",
        "Run",
        "The name of this training there. Empty takes the job's id.",
        group="Monitoring",
        shown_when={"wandb": True},
        max_length=128,
    )
