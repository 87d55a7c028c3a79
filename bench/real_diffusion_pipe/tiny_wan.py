"""Makes a Wan 2.1 with random weights, as the folder that its authors publish.

Runs under the trainer's Python: python tiny_wan.py CHECKOUT FOLDER. Its parts are the trainer's
own classes: the transformer is as wide as the smallest Wan, by which the trainer knows it, but
has two blocks; text encoder and VAE have the sizes that on_cpu.py gives them.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

import torch
from safetensors.torch import save_file
from tiny_flux import letters
from tuneyard_on_cpu import VAE

_CONFIG = {
    "model_type": "t2v",
    "dim": 1536,
    "ffn_dim": 32,
    "freq_dim": 16,
    "in_dim": 16,
    "out_dim": 16,
    "num_heads": 12,
    "num_layers": 2,
    "text_len": 512,
}


def main() -> None:
    checkout, place = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.insert(0, str(checkout))
    model, t5, vae2_1 = (import_module(f"models.wan.{name}") for name in ("model", "t5", "vae2_1"))
    torch.manual_seed(1)
    place.mkdir()
    (place / "config.json").write_text(json.dumps(_CONFIG))
    save_file(model.WanModel(**_CONFIG).state_dict(), place / "diffusion_pytorch_model.safetensors")
    options = {"encoder_only": True, "return_tokenizer": False}
    text = t5.umt5_xxl(**options, dtype=torch.float32, device="cpu")
    torch.save(text.state_dict(), place / "models_t5_umt5-xxl-enc-bf16.pth")
    shape = {"dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_scales": [], "dropout": 0.0}
    vae = vae2_1.WanVAE_(**VAE, **shape, z_dim=16, temperal_downsample=[False, True, True])
    torch.save(vae.state_dict(), place / "Wan2.1_VAE.pth")
    letters().save_pretrained(place / "google" / "umt5-xxl")


if __name__ == "__main__":
    main()
