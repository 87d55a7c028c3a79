from typing import Any

import pytest

from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe.carried import read

PARTS = ["model_index.json", "text_encoder/config.json", "text_encoder/model.safetensors"]
TRANSFORMER = ["transformer/config.json", "transformer/model.safetensors"]
FLUX = ["flux1-dev.safetensors", "dev_grid.jpg", *PARTS, *TRANSFORMER]


def test_of_a_model_s_folder_what_would_be_fetched_of_the_hub() -> None:
    assert read(complete(model="flux"), "diffusers_path", FLUX) == [*PARTS, *TRANSFORMER]
    apart = complete(model="flux", transformer_path="/t.safetensors")
    assert read(apart, "diffusers_path", FLUX) == PARTS
    assert read(apart, "transformer_path", ["t.safetensors"]) == ["t.safetensors"]


@pytest.mark.parametrize(
    ("place", "chosen"),
    [
        ("vae_path", {"model": "flux"}),
        ("fuse_adapters.0", {"model": "sdxl"}),
        ("init_from_existing", {"adapter": "none"}),
    ],
)
def test_of_what_another_model_would_read_nothing(place: str, chosen: dict[str, Any]) -> None:
    name, _, row = place.partition(".")
    settings = complete(**chosen, **{name: ["/a"] if row else "/a"})
    assert read(settings, place, ["a.safetensors"]) == []


def test_a_list_s_files_are_each_read() -> None:
    settings = complete(model="flux", fuse_adapters=["/a.safetensors", "/b.safetensors"])
    assert read(settings, "fuse_adapters.1", ["b.safetensors"]) == ["b.safetensors"]


@pytest.mark.parametrize("files", [["weights.gguf", "notes.txt"], ["model.fp16.safetensors"], []])
def test_a_folder_in_which_no_weights_are_known_is_its_owner_s_affair(files: list[str]) -> None:
    assert read(complete(model="flux"), "diffusers_path", files) is None


def test_of_data_it_says_nothing() -> None:
    def unread() -> Any:
        raise AssertionError("a dataset's files are many")
        yield

    assert read(complete(), "directories.0.path", unread()) is None
    assert read(complete(), "evaluation.0.mask_path", unread()) is None
