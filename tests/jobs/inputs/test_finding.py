import sys
import tarfile
from pathlib import Path

import pytest

from tuneyard.jobs import inputs
from tuneyard.jobs.inputs import InputsError
from tuneyard.jobs.job import Job, build


def job_of(**settings: object) -> Job:
    return build({"recipe": "piper", "settings": {"language": "en-US", **settings}})


def test_paths_of_this_computer_have_to_travel(dataset: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.ckpt"
    base.write_bytes(b"12345")
    job = job_of(dataset=str(dataset), base=str(base), trainer_python=sys.executable)
    found = {each.setting: each for each in inputs.of(job)}
    assert set(found) == {"dataset", "base"}
    assert (found["dataset"].path, found["dataset"].bytes, found["dataset"].files) == (
        dataset,
        12,
        3,
    )
    assert (found["base"].bytes, found["base"].files) == (5, 1)


def test_what_a_trainer_keeps_in_a_folder_stays_here(tmp_path: Path, home: Path) -> None:
    """The trainer of pictures caches gigabytes in the dataset itself, and enters no sub-folder."""
    pictures, masks = tmp_path / "set", tmp_path / "set" / "masks"
    for name in (
        *("a.png", "a.txt", "b.tar", "captions.json", "masks/a.png"),
        *("cache/sdxl/cache_1/latents/shard_0.bin", "cache/sdxl/metadata.db", "masks/old/a.png"),
        *("a.npz", "list.parquet", "notes.db", "desktop.ini", ".DS_Store", "Thumbs.db"),
    ):
        (pictures / name).parent.mkdir(parents=True, exist_ok=True)
        (pictures / name).write_text(name)
    rows = [{"path": str(pictures), "mask_path": str(masks)}]
    job = build({"recipe": "diffusion-pipe", "settings": {"directories": rows}})
    tars = {each.setting: each for each in inputs.pack_all(job, home)}
    listed = {}
    for found in inputs.of(job):
        with tarfile.open(tars[found.setting].file) as tar:
            members = tar.getmembers()
        listed[found.setting] = [member.name for member in members]
        assert (found.bytes, found.files) == (sum(each.size for each in members), len(members))
    assert listed == {
        "directories.0.path": ["a.png", "a.txt", "b.tar", "captions.json"],
        "directories.0.mask_path": ["a.png"],
    }
    before = tars["directories.0.path"]
    (pictures / "cache" / "sdxl" / "more.bin").write_text("made by a training")
    assert inputs.pack_all(job, home)[0] == before


def test_a_folder_of_folders_has_nothing_to_send(tmp_path: Path, home: Path) -> None:
    (tmp_path / "set" / "one").mkdir(parents=True)
    (tmp_path / "set" / "one" / "a.png").write_text("a")
    rows = [{"path": str(tmp_path / "set")}]
    job = build({"recipe": "diffusion-pipe", "settings": {"directories": rows}})
    with pytest.raises(InputsError, match="enters no folders inside"):
        inputs.pack_all(job, home)


def test_of_a_model_s_folder_only_what_is_read_travels(tmp_path: Path, home: Path) -> None:
    model = tmp_path / "FLUX.1-dev"
    for name in (
        *("model_index.json", "vae/config.json", "vae/model.safetensors", "vae/model.bin"),
        *("transformer/config.json", "transformer/model.safetensors", "flux1-dev.safetensors"),
        *("README.md", ".cache/huggingface/x.lock"),
    ):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text(name)
    (tmp_path / "other.safetensors").write_text("t")
    of_another = {"checkpoint_path": str(tmp_path / "other.safetensors"), "vae_path": str(model)}
    settings = {"model": "flux", "diffusers_path": str(model), **of_another}
    read = ["model_index.json", "vae/config.json", "vae/model.safetensors"]
    transformer = ["transformer/config.json", "transformer/model.safetensors"]

    def travels(**more: str) -> list[str]:
        job = build({"recipe": "diffusion-pipe", "settings": {**settings, **more}})
        found = {each.setting: each for each in inputs.of(job)}
        assert {*found} == {"diffusers_path", *more}
        packed = {each.setting: each for each in inputs.pack_all(job, home)}["diffusers_path"]
        with tarfile.open(packed.file) as tar:
            members = tar.getmembers()
        whole = found["diffusers_path"]
        assert (whole.bytes, whole.files) == (sum(one.size for one in members), len(members))
        return [member.name for member in members]

    assert travels() == sorted([*read, *transformer])
    assert travels(transformer_path=str(tmp_path / "other.safetensors")) == read


@pytest.mark.parametrize(
    "dataset", ["hf:owner/data", "https://example.org/data.zip", "/nothing/here", "relative", ""]
)
def test_what_lies_elsewhere_does_not(dataset: str) -> None:
    assert inputs.of(job_of(dataset=dataset)) == []
