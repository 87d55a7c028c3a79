import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictures import weights
from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.files import sniff
from tuneyard.recipes.diffusion_pipe.files.sniff import Kind, kind_of

# What tells each model's file, with the shapes that matter.
MODEL_FILES: dict[str, dict[str, list[int]]] = {
    "sd3": {"joint_blocks.0.context_block.attn.qkv.weight": [4608, 1536]},
    "auraflow": {"double_layers.0.attn.w1q.weight": [3072, 3072]},
    "hunyuan_video_15": {
        "txt_in.individual_token_refiner.blocks.0.norm1.weight": [2048],
        "vision_in.proj.0.weight": [1152],
        "img_in.proj.weight": [2048, 65, 1, 1, 1],
    },
    "hunyuan-video": {
        "txt_in.individual_token_refiner.blocks.0.norm1.weight": [3072],
        "img_in.proj.weight": [3072, 16, 1, 2, 2],
    },
    "hunyuan_image": {
        "txt_in.individual_token_refiner.blocks.0.norm1.weight": [3584],
        "img_in.proj.weight": [3584, 64, 1, 1],
    },
    "chroma": {
        "distilled_guidance_layer.norms.0.scale": [5120],
        "double_blocks.0.img_mlp.0.weight": [12288, 3072],
        "double_blocks.0.img_attn.norm.key_norm.scale": [128],
        "img_in.weight": [3072, 64],
    },
    "flux2": {
        "double_stream_modulation_img.lin.weight": [36864, 6144],
        "double_blocks.0.img_attn.norm.key_norm.scale": [128],
        "img_in.weight": [6144, 128],
    },
    "flux": {
        "double_blocks.0.img_attn.norm.key_norm.scale": [128],
        "img_in.weight": [3072, 64],
        "guidance_in.in_layer.weight": [3072, 256],
    },
    "minimax_h3": {"video_patch_proj.weight": [1], "audio_patch_proj.weight": [1]},
    "ltx2": {
        "adaln_single.emb.timestep_embedder.linear_1.bias": [4096],
        "audio_adaln_single.linear.weight": [1, 1],
        "patchify_proj.weight": [4096, 128],
    },
    "ltx-video": {
        "adaln_single.emb.timestep_embedder.linear_1.bias": [2048],
        "patchify_proj.weight": [2048, 128],
    },
    "lumina_2": {
        "cap_embedder.1.weight": [2304, 2304],
        "layers.0.attention.qkv.weight": [3840, 2304],
    },
    "z_image": {
        "cap_embedder.1.weight": [3840, 2560],
        "layers.0.attention.qkv.weight": [11520, 3840],
    },
    "wan": {"head.modulation": [1, 2, 1536], "blocks.0.cross_attn.k.weight": [1536, 1536]},
    "hidream": {"caption_projection.0.linear.weight": [2560, 4096]},
    "cosmos": {"blocks.block0.blocks.0.block.attn.to_q.0.weight": [4096, 4096]},
    "anima": {
        "blocks.0.mlp.layer1.weight": [8192, 2048],
        "x_embedder.proj.1.weight": [2048, 68],
        "llm_adapter.blocks.0.cross_attn.q_proj.weight": [1024, 1024],
    },
    "cosmos_predict2": {
        "blocks.0.mlp.layer1.weight": [8192, 2048],
        "x_embedder.proj.1.weight": [2048, 68],
    },
    "omnigen2": {"time_caption_embed.timestep_embedder.linear_1.bias": [1024]},
    "qwen_image": {
        "txt_norm.weight": [3584],
        "transformer_blocks.0.img_mod.1.weight": [18432, 3072],
        "img_in.weight": [3072, 64],
    },
    "ideogram4": {"embed_image_indicator.weight": [2, 4608], "llm_cond_proj.weight": [1, 1]},
    "krea2": {"txtfusion.projector.weight": [1, 1]},
    "ernie_image": {"layers.0.mlp.linear_fc2.weight": [1, 1], "final_linear.weight": [1, 1]},
    "sdxl": {"input_blocks.0.0.weight": [320, 4, 3, 3], "label_emb.0.0.weight": [1280, 2816]},
}


def more(prefix: str) -> dict[str, list[int]]:
    """So many that a prefix is believed."""
    return {f"{prefix}padding.{n}": [1] for n in range(6)}


def test_there_is_a_sign_of_every_model() -> None:
    assert MODEL_FILES.keys() == MODELS.keys()


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "diffusion_model.", "net."])
@pytest.mark.parametrize("model", MODEL_FILES)
def test_a_models_file(tmp_path: Path, model: str, prefix: str) -> None:
    tensors = {f"{prefix}{name}": shape for name, shape in MODEL_FILES[model].items()}
    path = weights(tmp_path / "file.safetensors", {**tensors, **more(prefix)})

    assert kind_of(path) == Kind(model, "model", ("BF16",))


def test_other_parts_packed_beside_it_change_nothing(tmp_path: Path) -> None:
    tensors = {
        **{f"model.diffusion_model.{name}": shape for name, shape in MODEL_FILES["sdxl"].items()},
        **more("model.diffusion_model."),
        **more("first_stage_model.decoder."),
        "conditioner.embedders.0.transformer.text_model.embeddings.weight": [1, 1],
    }

    assert kind_of(weights(tmp_path / "sdxl.safetensors", tensors)).model == "sdxl"


def test_norms_of_newer_files_have_weights(tmp_path: Path) -> None:
    tensors = {
        "double_blocks.0.img_attn.norm.key_norm.weight": [128],
        "img_in.weight": [3072, 64],
    }

    assert kind_of(weights(tmp_path / "flux.safetensors", tensors)).model == "flux"


@pytest.mark.parametrize(
    "tensors",
    [
        {"anything.weight": [1, 1]},
        {"double_blocks.0.img_attn.norm.key_norm.scale": [128], "img_in.weight": [3072, 384]},
        {
            "head.modulation": [1],
            "blocks.0.cross_attn.k.weight": [1],
            "vace_patch_embedding.weight": [1],
        },
        {"input_blocks.0.0.weight": [320, 4, 3, 3], "label_emb.0.0.weight": [1280, 1536]},
        {"cap_embedder.1.weight": [1920, 2560], "layers.0.attention.qkv.weight": [1, 1]},
        {"txt_in.individual_token_refiner.blocks.0.norm1.weight": [1]},
        {},
    ],
    ids=["strange", "fills", "vace", "refiner", "smaller", "half", "nothing"],
)
def test_what_is_not_sure_is_unknown(tmp_path: Path, tensors: dict[str, list[int]]) -> None:
    assert kind_of(weights(tmp_path / "file.safetensors", tensors)).model == ""


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (["diffusion_model.blocks.0.q.lora_A.weight"], "adapter"),
        (["lora_unet_blocks_0.lora_down.weight"], "adapter"),
        (["lycoris_blocks_0.lokr_w1"], "adapter"),
        (["encoder.conv_in.weight", "decoder.conv_in.weight"], "vae"),
        (
            ["encoder.conv1.weight", "decoder.conv1.weight", "decoder.middle.0.residual.0.gamma"],
            "comfy-vae",
        ),
        (["model.embed_tokens.weight"], "text"),
        (["encoder.block.0.layer.0.SelfAttention.q.weight"], "text"),
        (["text_model.embeddings.position_embedding.weight"], "text"),
        (["nothing.known"], ""),
    ],
)
def test_other_parts(tmp_path: Path, names: list[str], part: str) -> None:
    path = weights(tmp_path / "file.safetensors", {name: [1] for name in names})

    assert (kind_of(path).model, kind_of(path).part) == ("", part)


@pytest.mark.parametrize(
    "name", ["scaled_fp8", "blocks.0.ffn.0.scale_weight", "blocks.0.ffn.0.weight_scale"]
)
def test_scaled_fp8(tmp_path: Path, name: str) -> None:
    path = weights(tmp_path / "file.safetensors", {**MODEL_FILES["wan"], name: []}, "F8_E4M3")

    assert kind_of(path) == Kind("wan", "model", ("F8_E4M3",), scaled=True)


def test_files_of_other_kinds_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"anything")

    assert kind_of(tmp_path / "model.pth") == Kind()


# --- damage


def written(path: Path, head: object, length: int | None = None, data: bytes = b"") -> Path:
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    head = {"a": {"dtype": "BF16", "shape": [1000], "data_offsets": [0, 2000]}}
    path = written(tmp_path / "a.safetensors", head, data=b"\0" * 500)

    assert kind_of(path).damage == "it is cut off: 500 of 2,000 bytes are there"


@pytest.mark.parametrize("length", [0, 1, 10_000, 100_000_001, 2**63])
def test_a_head_of_a_length_that_cannot_be(tmp_path: Path, length: int) -> None:
    path = written(tmp_path / "a.safetensors", {}, length)

    assert kind_of(path).damage == "it is no complete .safetensors file"


@pytest.mark.parametrize(
    "head",
    [
        [],
        "text",
        {"a": None},
        {"a": {}},
        {"a": {"dtype": "F32", "shape": "wide", "data_offsets": [0, 0]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 0]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, "9"]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, -9]}},
    ],
)
def test_a_head_that_is_no_list_of_tensors(tmp_path: Path, head: object) -> None:
    path = written(tmp_path / "a.safetensors", head)

    assert kind_of(path).damage == "its beginning is no list of tensors"


def test_a_head_that_nests_without_end(tmp_path: Path) -> None:
    text = b"[" * 200_000
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)

    assert kind_of(path).damage


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
TENSOR = st.fixed_dictionaries(
    {},
    optional={"dtype": TREES, "shape": TREES | st.lists(st.integers(0, 9)), "data_offsets": TREES},
)
NAMES = st.sampled_from([name for tensors in MODEL_FILES.values() for name in tensors])


@given(
    st.binary(max_size=60)
    | st.dictionaries(NAMES | st.text(max_size=5), TENSOR | TREES, max_size=4).map(
        lambda head: struct.pack("<Q", len(json.dumps(head))) + json.dumps(head).encode()
    )
)
def test_no_file_is_too_strange(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("heads") / "a.safetensors"
    path.write_bytes(data)

    found = kind_of(path)

    assert isinstance(found, Kind)


@given(st.dictionaries(NAMES, st.lists(st.integers(0, 5000), max_size=5), min_size=1, max_size=12))
def test_no_shapes_are_too_strange(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, list[int]]
) -> None:
    path = weights(tmp_path_factory.mktemp("heads") / "a.safetensors", tensors)

    assert kind_of(path).model in {"", *MODELS}


# --- folders of Diffusers


@pytest.mark.parametrize(
    ("name", "model"),
    [("FluxPipeline", "flux"), ("QwenImageEditPlusPipeline", "qwen_image"), ("NewPipeline", "")],
)
def test_a_folder_of_diffusers(tmp_path: Path, name: str, model: str) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": name}))

    assert sniff.pipeline_of(tmp_path) == model


@pytest.mark.parametrize("text", ["", "[]", '{"_class_name": ["FluxPipeline"]}', "[" * 100_000])
def test_a_folder_that_does_not_say_what_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "model_index.json").write_text(text)

    assert sniff.pipeline_of(tmp_path) == ""
    assert sniff.pipeline_of(tmp_path / "gone") == ""
