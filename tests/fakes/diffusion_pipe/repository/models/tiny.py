"""A model that isn't there: what is said while it is made, and the loss that it would have."""

import math
import random

from deepspeed.steering import option

NAMES = frozenset(
    (
        "flux",
        "ltx-video",
        "hunyuan-video",
        "sdxl",
        "cosmos",
        "lumina_2",
        "wan",
        "chroma",
        "hidream",
        "sd3",
        "cosmos_predict2",
        "anima",
        "omnigen2",
        "qwen_image",
        "hunyuan_image",
        "auraflow",
        "z_image",
        "hunyuan_video_15",
        "flux2",
        "ernie_image",
        "ltx2",
        "ideogram4",
        "krea2",
        "minimax_h3",
    )
)


def make(name: str) -> None:
    if name not in NAMES:
        raise NotImplementedError(f"Model type {name} is not implemented")
    print("using video_clip_mode=single_beginning")
    print("using framerate=None")
    print("using audio_sample_rate=None")


def loss(step: int) -> float:
    """The same for the same step, in every run."""
    if step >= option("nan_from", math.inf):
        return math.nan
    return 0.6 + 1 / (step + 3) + random.Random(step).random() / 10
