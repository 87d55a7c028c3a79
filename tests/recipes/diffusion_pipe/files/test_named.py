import pytest

from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe.files.named import fused, kind, paths, weighed


@pytest.mark.parametrize(
    ("model", "name", "what"),
    [
        ("wan", "ckpt_path", "wan"),
        ("wan", "transformer_path", "either"),
        ("wan", "llm_path", "file"),
        ("hunyuan-video", "ckpt_path", "hunyuan"),
        ("hunyuan-video", "llm_path", "transformers"),
        ("lumina_2", "llm_path", "file"),
        ("flux", "transformer_path", "file"),
        ("qwen_image", "vae_path", "either"),
        ("z_image", "vae", "file"),
    ],
)
def test_the_same_name_means_other_things_for_others(model: str, name: str, what: str) -> None:
    assert kind(model, name) == what


def test_paths_are_those_that_count() -> None:
    settings = complete(
        model="flux",
        vae_path="/not/read",
        fuse_adapters=["/style.safetensors=0.5", "/face.safetensors"],
        init_from_existing="hf:me/lora",
    )
    assert paths(settings) == [
        ("diffusers_path", "/models/diffusers_path"),
        ("init_from_existing", "hf:me/lora"),
        ("fuse_adapters", "/style.safetensors"),
        ("fuse_adapters", "/face.safetensors"),
    ]
    assert paths(complete(model="flux", adapter="none", init_from_existing="/x")) == [
        ("diffusers_path", "/models/diffusers_path")
    ]


def test_lists_of_files_come_one_by_one() -> None:
    settings = complete(model="z_image", merge_adapters=["/a", "/b"])
    assert paths(settings)[-2:] == [("merge_adapters", "/a"), ("merge_adapters", "/b")]


def test_what_is_hidden_is_no_path_of_the_job() -> None:
    hidden = {"merge_adapters": ["/a"], "diffusers_path": "/b", "fuse_adapters": ["/c"]}
    assert paths(complete(**hidden)) == [("checkpoint_path", "/models/checkpoint_path")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/a/b.safetensors", ("/a/b.safetensors", 1.0)),
        ("/a/b.safetensors=0.8", ("/a/b.safetensors", 0.8)),
        ("/a/step=100", ("/a/step", 100.0)),
        ("/a/b=c.safetensors", ("/a/b=c.safetensors", 1.0)),
        ("/a/b=c.safetensors = -0.5", ("/a/b=c.safetensors", -0.5)),
    ],
)
def test_a_weight_follows_the_path(line: str, found: tuple[str, float]) -> None:
    assert weighed(line) == found
    assert fused([line]) == [found]
