"""Makes a Flux of a few kilobytes with random weights, as a folder of Diffusers.

Runs under the trainer's Python: python tiny_flux.py FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
)
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

_WIDTH = 16  # of a head, and of what text encoders give


def main() -> None:
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as name:
        FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(),
            vae=_vae(),
            text_encoder=_clip(),
            tokenizer=_clip_tokenizer(Path(name)),
            text_encoder_2=_t5(),
            tokenizer_2=letters(),
            transformer=_transformer(),
        ).save_pretrained(sys.argv[1])


def _transformer() -> FluxTransformer2DModel:
    return FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,  # four pixels of each of the VAE's four channels
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=_WIDTH,
        num_attention_heads=2,
        joint_attention_dim=_WIDTH,
        pooled_projection_dim=_WIDTH,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )


def _vae() -> AutoencoderKL:
    """Makes one pixel of eight by eight, as the large one."""
    stages = 4
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * stages,
        up_block_types=("UpDecoderBlock2D",) * stages,
        block_out_channels=(4,) * stages,
        norm_num_groups=2,
        latent_channels=4,
        shift_factor=0.1,
        scaling_factor=0.4,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _clip() -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=1000,
            hidden_size=_WIDTH,
            intermediate_size=_WIDTH,
            num_hidden_layers=1,
            num_attention_heads=2,
            projection_dim=_WIDTH,
            bos_token_id=256,
            eos_token_id=257,
            pad_token_id=257,
        )
    )


def _t5() -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(vocab_size=1000, d_model=_WIDTH, d_kv=8, d_ff=_WIDTH, num_layers=1, num_heads=2)
    )


def _clip_tokenizer(place: Path) -> CLIPTokenizer:
    """Knows single letters alone."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [letter + end for end in ("", "</w>") for letter in letters]
    vocabulary = {word: number for number, word in enumerate(words[:256])}
    vocabulary |= {"<|startoftext|>": 256, "<|endoftext|>": 257}
    vocabulary |= {word: number for number, word in enumerate(words[256:], start=258)}
    (place / "vocab.json").write_text(json.dumps(vocabulary))
    (place / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(place / "vocab.json"), str(place / "merges.txt"), model_max_length=77)


def letters() -> PreTrainedTokenizerFast:
    """Knows single letters alone."""
    known = ["<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    plain = Tokenizer(
        models.BPE({letter: number for number, letter in enumerate(known)}, [], unk_token="<unk>")
    )
    plain.pre_tokenizer = pre_tokenizers.ByteLevel()
    plain.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=plain,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=512,
    )


if __name__ == "__main__":
    main()
