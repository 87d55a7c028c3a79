"""What makes it fit into a GPU, and how it is spread over several."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from tuneyard.fields import setting
from tuneyard.recipes.diffusion_pipe.settings.asking import readers, those
from tuneyard.written import Switched

GROUP = "Memory"


def _known(value: Any) -> Any:
    """Refuses in words what upstream's documents name and its code doesn't know."""
    if value == "nf4":
        raise ValueError("The trainer doesn't know nf4, whatever its documents say: take float8.")
    return value


Precision = Annotated[
    Literal["", "float8", "float8_e4m3fn", "float8_e5m2", "bfloat16", "float16", "float32"],
    BeforeValidator(_known),
]

_PRECISIONS = {
    "": "as it computes",
    "float8": "8 bits: half the memory, slightly worse",
    "float8_e4m3fn": "8 bits (same as float8)",
    "float8_e5m2": "8 bits, the other way: what Cosmos-Predict2 needs",
    "bfloat16": "16 bits",
    "float16": "16 bits, older GPUs",
    "float32": "32 bits",
}


# Upstream's own files have true and false.
Checkpointing = Annotated[Literal["on", "unsloth", "off"], Switched("on", "off")]


class Memory(BaseModel):
    gpu_memory_gb: float | None = setting(
        None,
        "Memory of the GPU",
        "At least so much; decides which GPUs are offered. Empty takes what is documented for such a job, or what its weights take.",
        group=GROUP,
        unit="GB",
        gt=0,
        le=1000,
    )
    transformer_dtype: Precision = setting(
        "",
        "Weights in memory",
        "8 bits halve the memory of the model itself, for a LoRA.",
        importance="basic",
        group=GROUP,
        shown_when=readers("transformer_dtype"),
        choices=_PRECISIONS,
    )
    diffusion_model_dtype: Precision = setting(
        "",
        "Weights in memory",
        "8 bits halve the memory of the model itself, for a LoRA.",
        importance="basic",
        group=GROUP,
        shown_when=readers("diffusion_model_dtype"),
        choices=_PRECISIONS,
    )
    blocks_to_swap: int = setting(
        0,
        "Blocks to swap",
        "So many blocks of the model wait in the computer's memory. Saves the GPU's, and slows it down.",
        group=GROUP,
        unit="blocks",
        shown_when={**those(lambda model: model.swap is not None), "adapter": ["lora", "lokr"]},
        ge=0,
        le=200,
    )
    activation_checkpointing: Checkpointing = setting(
        "on",
        "Activation checkpointing",
        "Computes twice what it would else have to remember.",
        group=GROUP,
        choices={
            "on": "on",
            "unsloth": "on, and kept in the computer's memory: saves most",
            "off": "off: for very large GPUs",
        },
    )
    reentrant_activation_checkpointing: bool = setting(
        default=False,
        title="Reentrant checkpointing",
        help="Some models need it where they are spread over several GPUs.",
        importance="expert",
        group=GROUP,
    )
    expandable_segments: bool = setting(
        default=False,
        title="Expandable segments",
        help="Less memory is lost between sizes. Helps where many of them are trained.",
        group=GROUP,
    )
    dtype: Literal["bfloat16", "float16", "float32"] = setting(
        "bfloat16",
        "Computes in",
        "Everything of the model, unless said otherwise.",
        importance="expert",
        group=GROUP,
    )
    text_encoder_fp8: bool = setting(
        default=False,
        title="Text encoder in 8 bits",
        help="Saves memory while captions are read.",
        importance="expert",
        group=GROUP,
        shown_when=readers("text_encoder_fp8"),
    )
    text_encoder_nf4: bool = setting(
        default=False,
        title="Text encoder in 4 bits",
        help="Saves more memory while captions are read.",
        importance="expert",
        group=GROUP,
        shown_when=readers("text_encoder_nf4"),
    )
    llama3_4bit: bool = setting(
        default=False,
        title="Llama in 4 bits",
        help="It stays loaded while it trains; 4 bits cost next to nothing.",
        group=GROUP,
        shown_when=readers("llama3_4bit"),
    )
    cache_text_embeddings: bool = setting(
        default=True,
        title="Read captions beforehand",
        help="Otherwise the text encoder stays loaded while it trains.",
        importance="expert",
        group=GROUP,
        shown_when=readers("cache_text_embeddings"),
    )
    compile: bool = setting(
        default=False,
        title="Compile",
        help="Can be a good deal faster after some minutes. Not tried on all models.",
        group=GROUP,
    )
    caching_batch_size: int = setting(
        1,
        "Batch size of the cache",
        "Pictures prepared at once, before training.",
        importance="expert",
        group=GROUP,
        ge=1,
        le=1024,
    )
    map_num_proc: int | None = setting(
        None,
        "Processes of the cache",
        "That prepare files before training. Empty is one a core, at most 8.",
        importance="expert",
        group=GROUP,
        ge=1,
        le=256,
    )
    gpus: int = setting(1, "GPUs", "How many to train on.", group="GPUs", ge=1, le=16)
    pipeline_stages: int = setting(
        1,
        "GPUs a model",
        "One copy of the model is spread over so many. With the same number as GPUs there is one copy.",
        group="GPUs",
        ge=1,
        le=16,
    )
    partition_method: str = setting(
        "parameters",
        "How to spread it",
        "parameters evens out the sizes; manual takes the layers below; uniform and type:… are DeepSpeed's.",
        importance="expert",
        group="GPUs",
        max_length=100,
    )
    partition_split: list[int] = setting(
        [],
        "First layers",
        "With which layer each further GPU begins.",
        importance="expert",
        group="GPUs",
        shown_when={"partition_method": "manual"},
        max_length=15,
    )
    nccl: Literal["auto", "off", "on"] = setting(
        "auto",
        "Direct links between GPUs",
        "RTX 4000 cards have none, and the trainer must be told.",
        importance="expert",
        group="GPUs",
        choices={"auto": "by the cards", "off": "none", "on": "as they are"},
    )
