import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import READS
from tuneyard.recipes.diffusion_pipe.settings import Settings

RUN = """
import sys
from tuneyard.recipes.hub import repositories
from tuneyard.recipes.diffusion_pipe.prepare import fetch_models
repositories._LARGE = 1000
sys.exit(fetch_models.main([]))
"""


def weights(size: int, *names: str) -> bytes:
    """A .safetensors of so many bytes, with a tensor of each name."""
    tensors: dict[str, Any] = {
        name: {"dtype": "U8", "shape": [], "data_offsets": [0, 0]} for name in names
    }
    head = json.dumps(tensors).encode()
    return struct.pack("<Q", len(head)) + head + os.urandom(size - 8 - len(head))


BIG = weights(200_000)
LORA = weights(2000, "layer.lora_A.weight")
FLUX = {
    "flux1-dev.safetensors": BIG,
    "model_index.json": b"{}",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": weights(50_000),
    "transformer/config.json": b"{}",
    "transformer/diffusion_pytorch_model.safetensors": weights(70_000),
}
FILES = {
    "split_files/vae/ae.safetensors": weights(3000),
    "split_files/diffusion_models/z_image.safetensors": weights(5000),
    "split_files/text_encoders/qwen.safetensors": weights(4000),
    "README.md": b"read me",
}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as there:
        there.token(READS, "alice")
        there.add("lab/flux", FLUX)
        there.add("comfy/z", FILES)
        there.add("lab/adapter", {"adapter_v1.safetensors": LORA, "README.md": b""})
        yield there


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def bring(there: FakeHub, here: Path, settings: dict[str, Any], **env: str) -> tuple[int, str]:
    whole = Settings.model_validate(settings).model_dump()
    (here / "settings.json").write_text(json.dumps({"format": 1, **whole}))
    (here / "models.json").unlink(missing_ok=True)
    ran = there.python(RUN, cwd=here, **env)
    assert not ran.stderr, ran.stderr
    return ran.returncode, ran.stdout


def places(here: Path) -> dict[str, Any]:
    found = json.loads((here / "models.json").read_text())
    assert found.pop("format") == 1
    return dict(found)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not name.startswith(".")}


def visible(folder: Path) -> set[str]:
    return {
        name for name in contents(folder) if not any(p.startswith(".") for p in name.split("/"))
    }


CHROMA = {"model": "flux", "diffusers_path": "hf:lab/flux"}
Z_IMAGE = {
    "model": "z_image",
    "diffusion_model": "hf:comfy/z/split_files/diffusion_models/z_image.safetensors",
    "vae": "hf:comfy/z/split_files/vae/ae.safetensors",
    "text_encoder": "hf:comfy/z/split_files/text_encoders/qwen.safetensors",
    "merge_adapters": ["hf:lab/adapter"],
}


def test_of_a_repository_only_what_is_read_comes(there: FakeHub, here: Path) -> None:
    code, said = bring(there, here, CHROMA)
    assert code == 0, said
    shelf = here / "home" / "models" / "lab--flux"
    assert places(here) == {"diffusers_path": str(shelf)}
    assert visible(shelf) == FLUX.keys() - {"flux1-dev.safetensors"}
    assert not there.requests("resolve/main/flux1-dev")
    assert "0.1 MB of the model's files are to be fetched, once for all jobs" in said


def test_files_of_one_repository_lie_together(there: FakeHub, here: Path) -> None:
    code, said = bring(there, here, Z_IMAGE)
    assert code == 0, said
    found = places(here)
    assert found["merge_adapters"] == [
        str(here / "home" / "models" / "lab--adapter" / "adapter_v1.safetensors")
    ]
    shelf = here / "home" / "models" / "comfy--z"
    assert visible(shelf) == FILES.keys() - {"README.md"}
    for name in ("diffusion_model", "vae", "text_encoder"):
        path = Path(found[name])
        assert path.read_bytes() == FILES[path.relative_to(shelf).as_posix()]


def test_the_next_job_fetches_nothing_and_compares_nothing(there: FakeHub, here: Path) -> None:
    bring(there, here, CHROMA)
    before = places(here)
    there.asked.clear()
    code, said = bring(there, here, CHROMA)
    assert code == 0
    assert places(here) == before
    assert not there.requests("/resolve")
    assert not there.requests("/large/")
    assert "to be fetched" not in said
    weights = Path(before["diffusers_path"]) / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(b"x" * weights.stat().st_size)  # damaged since
    assert bring(there, here, CHROMA)[0] == 0
    assert weights.read_bytes() == FLUX["vae/diffusion_pytorch_model.safetensors"]


def test_what_broke_off_goes_on(there: FakeHub, here: Path) -> None:
    there.cut("/large/", 20_000, times=9)
    code, said = bring(
        there, here, {"model": "sdxl", "checkpoint_path": "hf:lab/flux/flux1-dev.safetensors"}
    )
    assert code == 1
    assert "what has arrived is kept" in said
    there.faults.clear()
    code, said = bring(
        there, here, {"model": "sdxl", "checkpoint_path": "hf:lab/flux/flux1-dev.safetensors"}
    )
    assert code == 0
    assert "Going on from" in said
    assert Path(places(here)["checkpoint_path"]).read_bytes() == BIG


def test_without_the_hub_what_came_earlier_is_used(there: FakeHub, here: Path) -> None:
    bring(there, here, Z_IMAGE)
    before = places(here)
    code, said = bring(there, here, Z_IMAGE, HF_ENDPOINT="http://127.0.0.1:9")
    assert code == 0, said
    assert said.count("as it was fetched earlier") == 4
    assert places(here) == before
    other = {**Z_IMAGE, "vae": "hf:comfy/z"}
    assert bring(there, here, other, HF_ENDPOINT="http://127.0.0.1:9")[0] == 1


def test_a_revision_has_a_shelf_of_its_own(there: FakeHub, here: Path) -> None:
    newer = weights(2500)
    there.tag("comfy/z", "v1")
    there.add("comfy/z", {"split_files/vae/ae.safetensors": newer})
    first = {**Z_IMAGE, "vae": "hf:comfy/z@v1/split_files/vae/ae.safetensors"}
    assert bring(there, here, first)[0] == 0
    old = Path(places(here)["vae"])
    assert "comfy--z@v1" in old.parts
    assert bring(there, here, Z_IMAGE)[0] == 0
    assert Path(places(here)["vae"]).read_bytes() == newer
    assert old.read_bytes() == FILES["split_files/vae/ae.safetensors"]


def test_paths_of_the_users_own_are_left_where_they_are(there: FakeHub, here: Path) -> None:
    mine = here / "my model.safetensors"
    mine.write_bytes(b"mine")
    assert bring(there, here, {"model": "sdxl", "checkpoint_path": str(mine)})[0] == 0
    assert places(here) == {"checkpoint_path": str(mine)}
    assert there.asked == []
    mine.unlink()
    code, said = bring(there, here, {"model": "sdxl", "checkpoint_path": str(mine)})
    assert code == 1
    assert f"There is no {mine}." in said
    assert not (here / "models.json").exists()


def test_a_lora_to_go_on_from_lies_alone(there: FakeHub, here: Path) -> None:
    """The trainer takes a folder, and refuses one with two of them."""
    there.add("lab/adapter", {"adapter_v2.safetensors": LORA, "adapter_config.json": b"{}"})
    mine = here / "mine.safetensors"
    mine.touch()
    base = {"model": "sdxl", "checkpoint_path": str(mine)}
    one = {**base, "init_from_existing": "hf:lab/adapter/adapter_v2.safetensors"}
    assert bring(there, here, one)[0] == 0
    folder = Path(places(here)["init_from_existing"])
    assert [path.name for path in folder.iterdir()] == ["adapter_v2.safetensors"]
    assert (folder / "adapter_v2.safetensors").read_bytes() == LORA


def test_a_repository_with_several_files_has_to_be_told_which(there: FakeHub, here: Path) -> None:
    code, said = bring(there, here, {**Z_IMAGE, "vae": "hf:comfy/z"})
    assert code == 1
    assert "there are split_files/diffusion_models/z_image.safetensors" in said
    assert "/comfy/z/tree/main." in said
    code, said = bring(there, here, {**Z_IMAGE, "vae": "hf:comfy/z/nothing.safetensors"})
    assert code == 1
    assert "hf:comfy/z/nothing.safetensors is not one of the files" in said


def test_a_file_of_another_kind_is_told_before_it_is_fetched(there: FakeHub, here: Path) -> None:
    there.add("lab/wrong", {"lora.safetensors": LORA, "page.safetensors": b"<html>" * 900})
    there.add(
        "lab/sd3",
        {"m.safetensors": weights(90_000, "joint_blocks.0.context_block.attn.qkv.weight")},
    )
    asked = {"model": "sdxl", "checkpoint_path": "hf:lab/sd3/m.safetensors"}
    code, said = bring(there, here, asked)
    assert code == 1
    assert "m.safetensors is Stable Diffusion 3, and the job trains SDXL." in said
    assert "Choose sd3 as the model" in said
    code, said = bring(there, here, {**asked, "checkpoint_path": "hf:lab/wrong/lora.safetensors"})
    assert (code, "lora.safetensors is a LoRA." in said) == (1, True)
    code, said = bring(there, here, {**asked, "checkpoint_path": "hf:lab/wrong/page.safetensors"})
    assert (code, "it is no complete .safetensors file" in said) == (1, True)
    assert not visible(here / "home" / "models")


def test_where_it_cant_be_looked_into_it_is_fetched(there: FakeHub, here: Path) -> None:
    there.fail("/resolve/", 503, times=1)
    asked = {"model": "sdxl", "checkpoint_path": "hf:lab/flux/flux1-dev.safetensors"}
    code, said = bring(there, here, asked)
    assert code == 0, said


def test_a_gate_is_told_with_what_to_do(there: FakeHub, here: Path) -> None:
    there.add("lab/gated", {"model.safetensors": BIG}, gated=True)
    asked = {"model": "sdxl", "checkpoint_path": "hf:lab/gated/model.safetensors"}
    code, said = bring(there, here, asked)
    assert code == 1
    assert "Access to the model lab/gated has to be asked for." in said
    assert "give your token as HF_READ_TOKEN" in said
    there.add("alice/own", {"model.safetensors": BIG}, gated=True, private=True)
    mine = {"model": "sdxl", "checkpoint_path": "hf:alice/own/model.safetensors"}
    assert bring(there, here, mine)[0] == 1
    code, said = bring(there, here, mine, HF_READ_TOKEN=READS)
    assert code == 0, said
    assert READS not in said


def test_a_disk_that_is_too_small_is_told_before(there: FakeHub, here: Path) -> None:
    small = "import shutil; shutil.disk_usage = lambda _: shutil._ntuple_diskusage(10, 9, 1)\n"
    whole = Settings.model_validate(Z_IMAGE).model_dump()
    (here / "settings.json").write_text(json.dumps({"format": 1, **whole}))
    ran = there.python(small + RUN, cwd=here)
    assert ran.returncode == 1
    assert "The disk is full" in ran.stdout
    assert not there.requests("/resolve/")


@pytest.mark.parametrize("text", ["hf:one", "hf:a/b/../../c", "hf:a b/c"])
def test_what_names_nothing_on_the_hub_is_told(there: FakeHub, here: Path, text: str) -> None:
    code, said = bring(there, here, {"model": "sdxl", "checkpoint_path": text})
    assert code == 1
    assert f"{text} names nothing on the Hub." in said
