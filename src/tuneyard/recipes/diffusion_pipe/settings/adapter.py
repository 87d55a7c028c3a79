"""What is trained: a small file beside the model, or the model itself."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from tuneyard.fields import setting
from tuneyard.recipes.diffusion_pipe.settings.asking import those

GROUP = "What is trained"
_SMALL = {"adapter": ["lora", "lokr"]}


class Adapter(BaseModel):
    adapter: Literal["lora", "lokr", "none"] = setting(
        "lora",
        "Train",
        "Either a small file beside the model, or the model itself, which takes several times the memory and disk.",
        group=GROUP,
        choices={
            "lora": "a LoRA",
            "lokr": "a LoKr, which is smaller still",
            "none": "the whole model (full fine-tune)",
        },
    )
    rank: int = setting(
        32,
        "Rank",
        "How much it can learn; its file grows with it. 16 to 64 is usual for a LoRA.",
        importance="basic",
        group=GROUP,
        shown_when=_SMALL,
        ge=1,
        le=1_000_000,
    )
    adapter_dtype: Literal["", "bfloat16", "float16", "float32"] = setting(
        "",
        "Precision while training",
        "Empty is the model's own.",
        importance="expert",
        group=GROUP,
        shown_when=_SMALL,
    )
    dropout: float = setting(
        0.0,
        "Dropout",
        "The share of its inputs that is left out at random.",
        importance="expert",
        group=GROUP,
        shown_when={"adapter": "lora"},
        ge=0,
        lt=1,
    )
    decompose_factor: int = setting(
        -1,
        "Factor",
        "How it is taken apart; -1 chooses by the layer.",
        importance="expert",
        group=GROUP,
        shown_when={"adapter": "lokr"},
        ge=-1,
        le=1_000_000,
    )
    rank_dropout: float = setting(
        0.0,
        "Rank dropout",
        "The share of ranks that is left out at random.",
        importance="expert",
        group=GROUP,
        shown_when={"adapter": "lokr"},
        ge=0,
        lt=1,
    )
    exclude_modules: list[str] = setting(
        [],
        "Leave out",
        "Names of layers that get none, or a regular expression.",
        importance="expert",
        group=GROUP,
        shown_when={**_SMALL, **those(lambda model: model.title != "SDXL")},
        max_length=200,
    )
    init_from_existing: str = setting(
        "",
        "Start from",
        "A folder with one LoRA that this trainer saved: it goes on from there.",
        group=GROUP,
        widget="model-folder",
        shown_when={"adapter": "lora"},
    )
    fuse_adapters: list[str] = setting(
        [],
        "Melt into the model",
        "LoRAs that become part of the model first. Flux: a file, or file=0.8 for its weight. Chroma: a folder.",
        importance="expert",
        group=GROUP,
        widget="model-file",
        shown_when={**_SMALL, "model": ["flux", "chroma"]},
        max_length=20,
    )
