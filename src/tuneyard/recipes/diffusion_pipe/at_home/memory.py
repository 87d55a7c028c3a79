"""What upstream documents of the GPU's memory that a model takes, by its title.

Its docs/supported_models.md, docs/minimax_h3_notes.md and examples; for HunyuanVideo its issue 82.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTED: Mapping[str, str] = {
    "SDXL": "A full fine-tune takes 48 GB, or two GPUs of 24 GB with pipeline_stages = 2.",
    "Wan 2.1, 2.2": "14B trains 512×512 clips of 81 frames on 24 GB, with fp8, 32 blocks swapped, AdamW8bitKahan and unsloth checkpointing.",
    "Qwen-Image": "Trains at 640 on 24 GB, with fp8, 8 blocks swapped and expandable segments.",
    "HunyuanVideo": "512×512 clips of 33 frames just barely fit into 24 GB, with fp8 and rank 32.",
    "Flux.2": "Dev takes at least 48 GB where no blocks are swapped.",
    "Krea 2": "Rank 32 at 512 trains on 24 GB with fp8.",
    "HiDream": "48 GB, or two GPUs of 24 GB with pipeline_stages = 2, or 24 GB with enough blocks swapped.",
    "Lumina Image 2.0": "A full fine-tune at 1024 fits into 24 GB with adamw8bitkahan and gradient_release.",
    "Cosmos-Predict2": "14B needs float8_e5m2 to train on 24 GB.",
    "Ideogram 4": "A LoRA trains on 24 GB with fp8.",
    "LTX 2.3": "With 46 blocks swapped it may barely fit into 24 GB, if resolution, length and rank are low.",
    "MiniMax H3": "24 GB with 48 blocks swapped, int8 files and unsloth checkpointing.",
}
