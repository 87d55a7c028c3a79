import json
from pathlib import Path
from typing import Any

import pytest

from pictures import asked, weights
from tuneyard.recipes.diffusion_pipe.files import named
from tuneyard.recipes.diffusion_pipe.files.at_home import local
from tuneyard.runner.problems import Problem

FLUX = {"double_blocks.0.img_attn.norm.key_norm.scale": [128], "img_in.weight": [3072, 64]}
WAN = {"head.modulation": [1, 2, 1536], "blocks.0.cross_attn.k.weight": [1536, 1536]}
QWEN = {
    "txt_norm.weight": [3584],
    "transformer_blocks.0.img_mod.1.weight": [18432, 3072],
    "img_in.weight": [3072, 64],
}


def found(model: str, **settings: Any) -> list[Problem]:
    chosen = asked(
        model=model,
        **{
            name: str(value) if isinstance(value, Path) else value
            for name, value in settings.items()
        },
    )
    return local.problems(chosen, named.paths(chosen))


def said(problems: list[Problem]) -> list[tuple[str, str]]:
    assert {problem.code for problem in problems} <= {"model-file"}
    assert all(problem.next_step and problem.severity == "error" for problem in problems)
    return [(problem.field, problem.sentence) for problem in problems]


def diffusers(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": name}))
    return folder


def wan(folder: Path, kind: str = "t2v") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind, "dim": 1536}))
    (folder / "google" / "umt5-xxl").mkdir(parents=True)
    (folder / "models_t5_umt5-xxl-enc-bf16.pth").touch()
    (folder / ("Wan2.2_VAE.pth" if kind == "ti2v" else "Wan2.1_VAE.pth")).touch()
    weights(folder / "diffusion_pytorch_model.safetensors", WAN)
    return folder


def test_the_right_files(tmp_path: Path) -> None:
    folder = diffusers(tmp_path / "flux", "FluxKontextPipeline")
    file = weights(tmp_path / "flux.safetensors", FLUX)

    assert found("flux", diffusers_path=folder, transformer_path=file) == []


def test_files_of_which_nothing_is_known_are_believed(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"anything")
    strange = weights(tmp_path / "strange.safetensors", {"strange": [1]})

    assert (
        found(
            "cosmos_predict2",
            transformer_path=tmp_path / "model.pt",
            vae_path=strange,
            t5_path=strange,
        )
        == []
    )


def test_files_that_are_not_there(tmp_path: Path) -> None:
    gone = tmp_path / "gone.safetensors"

    assert said(found("sdxl", checkpoint_path=gone)) == [
        ("checkpoint_path", f"There is no {gone}.")
    ]


def test_a_folder_for_a_file_and_a_file_for_a_folder(tmp_path: Path) -> None:
    file = weights(tmp_path / "a.safetensors", FLUX)

    assert said(found("sdxl", checkpoint_path=tmp_path)) == [
        ("checkpoint_path", f"{tmp_path} is a folder.")
    ]
    assert said(found("flux", diffusers_path=file)) == [("diffusers_path", f"{file} is a file.")]


def test_another_model(tmp_path: Path) -> None:
    file = weights(tmp_path / "flux.safetensors", FLUX)
    folder = diffusers(tmp_path / "qwen", "QwenImagePipeline")

    assert said(found("sdxl", checkpoint_path=file)) == [
        ("checkpoint_path", "flux.safetensors is Flux.1, and the job trains SDXL.")
    ]
    assert said(found("flux", diffusers_path=folder)) == [
        ("diffusers_path", "qwen is Qwen-Image, and the job trains Flux.1.")
    ]


def test_chroma_takes_a_folder_of_flux(tmp_path: Path) -> None:
    folder = diffusers(tmp_path / "flux", "FluxPipeline")
    file = weights(
        tmp_path / "chroma.safetensors",
        {"distilled_guidance_layer.norms.0.scale": [1], "double_blocks.0.img_mlp.0.weight": [1]},
    )

    assert found("chroma", diffusers_path=folder, transformer_path=file) == []


def test_a_lora_a_vae_or_a_text_encoder_for_the_model(tmp_path: Path) -> None:
    lora = weights(tmp_path / "lora.safetensors", {"unet.q.lora_A.weight": [1]})
    vae = weights(tmp_path / "vae.safetensors", {"encoder.conv_in.weight": [1], "decoder.x": [1]})
    text = weights(tmp_path / "text.safetensors", {"model.embed_tokens.weight": [1]})

    assert said(found("z_image", diffusion_model=lora, vae=vae, text_encoder=text)) == [
        ("diffusion_model", "lora.safetensors is a LoRA.")
    ]
    assert said(found("sdxl", checkpoint_path=vae)) == [
        ("checkpoint_path", "vae.safetensors is a VAE.")
    ]
    assert said(found("sdxl", checkpoint_path=text)) == [
        ("checkpoint_path", "text.safetensors is a text encoder.")
    ]


def test_adapters_to_merge_are_loras(tmp_path: Path) -> None:
    lora = weights(tmp_path / "lora.safetensors", {"layers.0.q.lora_A.weight": [1]})
    flux = weights(tmp_path / "flux.safetensors", FLUX)

    problems = found("z_image", merge_adapters=[str(lora), str(flux)])

    assert said(problems) == [("merge_adapters", "flux.safetensors is no LoRA.")]


def test_the_model_itself_in_place_of_its_vae(tmp_path: Path) -> None:
    qwen = weights(tmp_path / "qwen.safetensors", QWEN)

    problems = found("qwen_image", transformer_path=qwen, vae_path=qwen)

    assert said(problems) == [("vae_path", "qwen.safetensors is Qwen-Image itself.")]


def test_qwen_needs_the_vae_of_diffusers(tmp_path: Path) -> None:
    vae = weights(
        tmp_path / "vae.safetensors",
        {
            "encoder.conv1.weight": [1],
            "decoder.conv1.weight": [1],
            "decoder.middle.0.residual.0.gamma": [1],
        },
    )

    assert said(found("qwen_image", vae_path=vae)) == [
        ("vae_path", "vae.safetensors is ComfyUI’s VAE, and Qwen-Image needs that of Diffusers.")
    ]
    assert found("krea2", vae=vae) == []


def test_scaled_fp8_is_only_for_comfyuis_loaders(tmp_path: Path) -> None:
    scaled = weights(tmp_path / "fp8.safetensors", {**QWEN, "x.scale_weight": []}, "F8_E4M3")
    text = weights(
        tmp_path / "text.safetensors", {"model.embed_tokens.weight": [1], "scaled_fp8": []}
    )

    assert [field for field, _ in said(found("qwen_image", transformer_path=scaled))] == [
        "transformer_path"
    ]
    assert found("z_image", text_encoder=text) == []


def test_a_file_that_did_not_arrive_whole(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"<html>not found</html>")

    assert said(found("sdxl", checkpoint_path=tmp_path / "a.safetensors")) == [
        (
            "checkpoint_path",
            "a.safetensors can’t be loaded: it is no complete .safetensors file.",
        )
    ]


# --- Wan


@pytest.mark.parametrize("kind", ["t2v", "ti2v"])
def test_a_folder_of_wan(tmp_path: Path, kind: str) -> None:
    assert found("wan", ckpt_path=wan(tmp_path / "Wan", kind)) == []


def test_what_a_folder_of_wan_lacks(tmp_path: Path) -> None:
    folder = wan(tmp_path / "Wan")
    (folder / "Wan2.1_VAE.pth").unlink()
    (folder / "models_t5_umt5-xxl-enc-bf16.pth").unlink()
    (folder / "diffusion_pytorch_model.safetensors").unlink()

    assert [
        sentence.rpartition(" ")[2] for _, sentence in said(found("wan", ckpt_path=folder))
    ] == [
        "*.safetensors.",
        "Wan2.1_VAE.pth.",
        "models_t5_umt5-xxl-enc-bf16.pth.",
    ]


def test_files_named_beside_a_folder_of_wan_may_be_missing_in_it(tmp_path: Path) -> None:
    folder = wan(tmp_path / "Wan")
    (folder / "models_t5_umt5-xxl-enc-bf16.pth").unlink()
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    file = weights(tmp_path / "wan.safetensors", WAN)
    text = weights(tmp_path / "umt5.safetensors", {"encoder.block.0.layer.0.x": [1]})

    assert found("wan", ckpt_path=folder, transformer_path=file, llm_path=text) == []


def test_wan_22_has_two_models_to_choose_from(tmp_path: Path) -> None:
    folder = wan(tmp_path / "Wan2.2-T2V-A14B")
    (folder / "low_noise_model").mkdir()
    (folder / "config.json").rename(folder / "low_noise_model" / "config.json")

    (problem,) = found("wan", ckpt_path=folder)

    assert problem.next_step.startswith("Name low_noise_model or high_noise_model")
    weights(folder / "low_noise_model" / "a.safetensors", WAN)
    assert found("wan", ckpt_path=folder, transformer_path=folder / "low_noise_model") == []


def test_a_wan_that_the_trainer_does_not_know(tmp_path: Path) -> None:
    folder = wan(tmp_path / "Wan2.1-VACE", "vace")

    ((field, sentence),) = said(found("wan", ckpt_path=folder))

    assert field == "ckpt_path"
    assert "“vace”" in sentence


def test_a_folder_of_diffusers_is_none_of_wan(tmp_path: Path) -> None:
    folder = diffusers(tmp_path / "Wan-Diffusers", "WanPipeline")

    (problem,) = found("wan", ckpt_path=folder)

    assert problem.sentence == f"There is no {folder / 'config.json'}."


@pytest.mark.parametrize(
    ("kind", "sees", "needed"),
    [("i2v", True, True), ("i2v", False, False), ("flf2v", False, True), ("t2v", True, False)],
)
def test_a_wan_that_looks_at_pictures_needs_what_it_looks_with(
    kind: str, sees: bool, needed: bool, tmp_path: Path
) -> None:
    """Wan 2.2 goes on from a picture without."""
    folder = wan(tmp_path / "wan", kind)
    eye = {"blocks.0.cross_attn.k_img.weight": [1536, 1536]} if sees else {}
    weights(folder / "diffusion_pytorch_model.safetensors", {**WAN, **eye})
    clip = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    missing = [f"{folder} has no {part}." for part in (clip, "xlm-roberta-large")]
    assert [each.sentence for each in found("wan", ckpt_path=folder)] == missing * needed
    (folder / clip).touch()
    (folder / "xlm-roberta-large").mkdir()
    assert found("wan", ckpt_path=folder) == []
