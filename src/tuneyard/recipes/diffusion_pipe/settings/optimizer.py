"""What changes the weights."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from tuneyard.fields import setting
from tuneyard.written import Spelt

GROUP = "Optimizer"


class Optimizer(BaseModel):
    learning_rate: float | None = setting(
        2e-5,
        "Learning rate",
        "How much each step changes: 2e-5 to 1e-4 in the trainer’s examples. The optimizer Prodigy wants 1.",
        importance="basic",
        group=GROUP,
        ge=0,
        le=10,
    )
    optimizer: str = setting(
        "adamw_optimi",
        "Optimizer",
        "adamw_optimi is a good one for bfloat16; adamw8bitkahan takes less memory; Prodigy or automagic find the rate themselves.",
        group=GROUP,
        widget="optimizer",
        max_length=60,
    )
    weight_decay: float | None = setting(
        0.01,
        "Weight decay",
        "Pulls weights towards 0. Empty takes the optimizer's own.",
        group=GROUP,
        ge=0,
        le=100,
    )
    betas: list[float] = setting(
        [],
        "Betas",
        "How long it remembers. Empty: 0.9 and 0.99 for AdamW, others their own.",
        importance="expert",
        group=GROUP,
        max_length=3,
    )
    eps: float | None = setting(
        None,
        "Epsilon",
        "Empty: 1e-8 for AdamW, others their own.",
        importance="expert",
        group=GROUP,
        ge=0,
        le=1,
    )
    beta2_half_life: float | None = setting(
        None,
        "Half-life of beta 2",
        "In examples: the second beta is computed from it and the batch.",
        importance="expert",
        group=GROUP,
        unit="examples",
        gt=0,
        le=1e12,
    )
    gradient_release: bool = setting(
        default=False,
        title="Release gradients",
        help="Saves memory in a full fine-tune. Not with several GPUs side by side; gradients are not clipped.",
        importance="expert",
        group=GROUP,
    )
    optimizer_options: Annotated[dict[str, str], Spelt()] = setting(
        {},
        "More options",
        "Of this optimizer alone, by name: d_coef = 1.0, say.",
        importance="expert",
        group=GROUP,
        widget="table",
        max_length=50,
    )
