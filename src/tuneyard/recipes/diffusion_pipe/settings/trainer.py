"""Which diffusion-pipe, and its switches."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from tuneyard.fields import setting

GROUP = "Trainer"
REVISION = "8f83dbf25d03219df705570ec03e62be04bc402f"  # what all facts here were read from


class Trainer(BaseModel):
    repository: str = setting(
        "https://github.com/tdrussell/diffusion-pipe",
        "Repository",
        "Where diffusion-pipe comes from: a fork, or a copy on this computer.",
        importance="expert",
        group=GROUP,
    )
    revision: str = setting(
        REVISION,
        "Revision",
        "Which commit of it. Tuneyard knows the one that is set; another may work otherwise.",
        importance="expert",
        group=GROUP,
        max_length=100,
    )
    trainer_python: str = setting(
        "",
        "Trainer's Python",
        "An interpreter (3.12 or newer) that has all that diffusion-pipe needs. Empty lets Tuneyard build one.",
        importance="expert",
        group=GROUP,
        widget="program",
    )
    trust_cache: bool = setting(
        default=False,
        title="Trust the cache",
        help="Takes what was prepared before without comparing it to the files: faster for large datasets.",
        importance="expert",
        group=GROUP,
    )
    regenerate_cache: bool = setting(
        default=False,
        title="Prepare anew",
        help="Even what was prepared before.",
        importance="expert",
        group=GROUP,
    )
    reset_dataloader: bool = setting(
        default=False,
        title="Begin the data anew",
        help="When a training goes on: needed where the dataset, repeats or batch size changed.",
        group=GROUP,
    )
    reset_optimizer: Literal["", "states", "parameters"] = setting(
        "",
        "Begin the optimizer anew",
        "When a training goes on.",
        importance="expert",
        group=GROUP,
        choices={
            "": "no",
            "states": "what it remembers",
            "parameters": "its settings only, such as the learning rate",
        },
    )
    i_know_what_i_am_doing: bool = setting(
        default=False,
        title="Skip the trainer's own checks",
        help="It refuses more than three resolutions, and sizes that Cosmos doesn't know.",
        importance="expert",
        group=GROUP,
    )
    nan_steps: int = setting(
        20,
        "End at no number",
        "Ends after so many steps in a row whose loss is no number: nothing good comes of it. 0 never does.",
        importance="expert",
        group=GROUP,
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    stall_seconds: int = setting(
        1800,
        "Silence",
        "After so long without a line or a file, training counts as stuck. 0 never does.",
        importance="expert",
        group=GROUP,
        unit="seconds",
        ge=0,
        le=1_000_000,
    )
    stall_action: Literal["warn", "end"] = setting(
        "warn",
        "When it is stuck",
        "What to do then.",
        importance="expert",
        group=GROUP,
        shown_when={"stall_seconds": "*"},
        choices={"warn": "say so", "end": "end it"},
    )
    hang_seconds: int = setting(
        120,
        "Wait for the dead",
        "A trainer whose helper has died waits for ever: after so long in silence it is ended.",
        importance="expert",
        group=GROUP,
        unit="seconds",
        ge=1,
        le=1_000_000,
    )
