"""How the model is trained: what only some of them know."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from tuneyard.fields import Importance, setting
from tuneyard.recipes.diffusion_pipe.settings.asking import readers

GROUP = "Model"


def _rate(
    name: str, title: str, text: str = "Empty takes the learning rate of all; 0 leaves it as it is."
) -> Any:
    """A learning rate for a part of the model."""
    return setting(
        None, title, text, importance="expert", group=GROUP, shown_when=readers(name), ge=0, lt=10
    )


def _switch(name: str, title: str, text: str, importance: Importance = "expert") -> Any:
    return setting(
        default=False,
        title=title,
        help=text,
        importance=importance,
        group=GROUP,
        shown_when=readers(name),
    )


def _number(
    name: str, title: str, text: str, importance: Importance = "expert", **bounds: Any
) -> Any:
    return setting(
        None, title, text, importance=importance, group=GROUP, shown_when=readers(name), **bounds
    )


class Model(BaseModel):
    max_sequence_length: int | None = _number(
        "max_sequence_length",
        "Longest caption",
        "In tokens: 768 for Pony V7, 256 for AuraFlow itself.",
        importance="basic",
        ge=1,
        le=4096,
    )
    min_t: float | None = _number(
        "min_t",
        "From noise",
        "Wan 2.2 is two models: 0 for low noise; for high noise 0.875, or 0.9 where a clip begins with a picture.",
        importance="advanced",
        ge=0,
        lt=1,
    )
    max_t: float | None = _number(
        "max_t",
        "To noise",
        "Wan 2.2: 1 for high noise; for low noise 0.875, or 0.9 where a clip begins with a picture.",
        importance="advanced",
        gt=0,
        le=1,
    )
    shift: float | None = _number(
        "shift",
        "Shift to noise",
        "Above 1 it learns more from noisy steps: 3 is a good value for Flux.2 and its VAE.",
        importance="advanced",
        gt=0,
        le=1000,
    )
    flux_shift: bool = _switch(
        "flux_shift", "Shift by size", "More noise for larger pictures.", importance="advanced"
    )
    lumina_shift: bool = _switch(
        "lumina_shift",
        "Shift by size",
        "More noise for larger pictures, as Lumina does.",
        importance="advanced",
    )
    image_shift: float | None = _number(
        "image_shift",
        "Shift for pictures",
        "In place of the shift for clips.",
        importance="advanced",
        gt=0,
        le=1000,
    )
    cfg: float | None = _number(
        "cfg",
        "Guidance while training",
        "Above 1 it keeps what the model was distilled to, such as 4. Either this or a training adapter.",
        importance="advanced",
        ge=1,
        le=100,
    )
    timestep_sample_method: Literal["logit_normal", "uniform"] = setting(
        "logit_normal",
        "Choice of noise",
        "Which noise levels are trained how often.",
        importance="expert",
        group=GROUP,
        shown_when=readers("timestep_sample_method"),
        choices={"logit_normal": "the middle more often", "uniform": "all alike"},
    )
    sigmoid_scale: float | None = setting(
        None,
        "Width of the middle",
        "1 is usual; larger takes more from both ends.",
        importance="expert",
        group=GROUP,
        shown_when={**readers("sigmoid_scale"), "timestep_sample_method": "logit_normal"},
        gt=0,
        le=1000,
    )
    guidance: float | None = _number(
        "guidance", "Guidance", "What the model is told while it trains. Empty is 1.", ge=0, le=100
    )
    bypass_guidance_embedding: bool = _switch(
        "bypass_guidance_embedding", "No guidance", "For FLEX.1-alpha, which is trained without."
    )
    first_frame_conditioning_p: float | None = _number(
        "first_frame_conditioning_p",
        "Begin with a picture",
        "The share of clips that learn to go on from their first frame. Empty is none.",
        importance="advanced",
        ge=0,
        le=1,
    )
    v_pred: bool = _switch(
        "v_pred", "v-prediction", "For models that were trained so, such as NoobAI vpred."
    )
    min_snr_gamma: float | None = _number(
        "min_snr_gamma",
        "Min SNR gamma",
        "Weighs noise levels, as in sd-scripts; 5 is usual.",
        gt=0,
        le=1000,
    )
    debiased_estimation_loss: bool = _switch(
        "debiased_estimation_loss", "Debiased estimation", "Weighs noise levels, as in sd-scripts."
    )
    unet_lr: float | None = _rate("unet_lr", "Learning rate of the U-Net")
    text_encoder_1_lr: float | None = _rate("text_encoder_1_lr", "Learning rate of text encoder 1")
    text_encoder_2_lr: float | None = _rate("text_encoder_2_lr", "Learning rate of text encoder 2")
    self_attn_lr: float | None = _rate("self_attn_lr", "Learning rate of self-attention")
    cross_attn_lr: float | None = _rate("cross_attn_lr", "Learning rate of cross-attention")
    mlp_lr: float | None = _rate("mlp_lr", "Learning rate of the MLPs")
    mod_lr: float | None = _rate("mod_lr", "Learning rate of modulation")
    llm_adapter_lr: float | None = _rate(
        "llm_adapter_lr",
        "Learning rate of the language adapter",
        "0 leaves it as it is, which is steadier for small datasets. Empty takes the learning rate of all.",
    )
    multiscale_loss_weight: float | None = _number(
        "multiscale_loss_weight",
        "Multiscale loss",
        "How much a smaller copy of each picture counts.",
        ge=0,
        le=1000,
    )
    max_llama3_sequence_length: int | None = _number(
        "max_llama3_sequence_length",
        "Longest caption",
        "In tokens of Llama. Empty is 128, as it was made.",
        ge=1,
        le=4096,
    )
