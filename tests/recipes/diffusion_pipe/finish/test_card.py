import json
from pathlib import Path
from typing import Any

import pytest

from tuneyard.recipes.diffusion_pipe.closing import closing
from tuneyard.recipes.diffusion_pipe.finish import card as module
from tuneyard.recipes.diffusion_pipe.finish.card import card
from tuneyard.recipes.diffusion_pipe.settings import Settings

FILES = [
    "adapter.safetensors",
    "my-cat-epoch10.safetensors",
    "my-cat-epoch5.safetensors",
]
EVENTS = [
    {"event": "step", "step": 1, "epoch": 1, "loss": 0.5},
    {"event": "step", "step": 120, "epoch": 10, "loss": 0.123456},
    {"event": "end", "step": 120},
]
BUCKETS = {"sets": {"train": {"buckets": [{"items": 20}, {"items": 4}]}}}


def settings(**changes: Any) -> dict[str, Any]:
    chosen = {"model": "flux", "diffusers_path": "hf:black-forest-labs/FLUX.1-dev"}
    folders = [{"path": "/home/me/secret place", "caption_prefix": "sks cat, "}]
    return Settings.model_validate({**chosen, "directories": folders, **changes}).model_dump()


def written(name: str = "My *cat*", files: list[str] = FILES, **changes: Any) -> str:
    return card(
        settings=settings(**changes),
        job={"id": "1", "name": name},
        vendor={"revision": "8f83dbf25d03219df705570ec03e62be04bc402f"},
        buckets=BUCKETS,
        events=EVENTS,
        files=files,
    )


def front(text: str) -> dict[str, Any]:
    block = text.split("---\n")[1]
    return {k: json.loads(v) for k, _, v in (line.partition(": ") for line in block.splitlines())}


def test_it_says_what_it_is_and_where_it_loads() -> None:
    text = written()
    assert front(text) == {
        "pipeline_tag": "text-to-image",
        "tags": ["tuneyard", "diffusion-pipe", "flux", "lora"],
        "instance_prompt": "sks cat",
        "base_model": "black-forest-labs/FLUX.1-dev",
    }
    assert "# My \\*cat\\*\n\nA LoRA for Flux.1." in text
    assert "Its captions began with: “sks cat”." in text
    assert "in Diffusers format and load in Diffusers and ComfyUI." in text
    assert 'pipeline.load_lora_weights("adapter.safetensors")' in text
    assert "Put one into ComfyUI’s models/loras." in text
    assert "[diffusion-pipe](https://github.com/tdrussell/diffusion-pipe) at 8f83dbf2." in text
    assert "An epoch had 24 items" in text
    assert "It ended in epoch 10, after 120 steps." in text
    assert "| Last loss | 0.1235 |" in text
    assert "| Rank | 32 |" in text
    assert "No licence is stated here" in text
    assert "license" not in front(text)


def test_the_files_are_listed_as_they_were_saved() -> None:
    lines = [line for line in written().splitlines() if line.startswith("- [")]
    assert lines == [
        "- [adapter.safetensors](adapter.safetensors): the newest",
        "- [my-cat-epoch5.safetensors](my-cat-epoch5.safetensors)",
        "- [my-cat-epoch10.safetensors](my-cat-epoch10.safetensors)",
    ]


def test_nothing_of_this_computer_is_in_it() -> None:
    text = written(
        diffusers_path="/home/me/models/flux", directories=[{"path": "hf:me/cats@v1/more"}]
    )
    assert "/home" not in text
    assert "base_model" not in front(text)
    assert "[me/cats](https://huggingface.co/datasets/me/cats) is of it." in text


def test_a_clips_model_and_a_whole_training_are_told_so() -> None:
    wan = {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.1-T2V-1.3B", "adapter": "none"}
    text = written(files=["model.safetensors", "my-cat-epoch5-model.safetensors"], **wan)
    assert front(text)["pipeline_tag"] == "text-to-video"
    assert "lora" not in front(text)["tags"]
    assert "trained further as a whole" in text
    assert "| Frames | 1, 33 |" in text
    assert "| Rank" not in text
    assert "load_lora_weights" not in text


def test_it_says_once_where_it_loads() -> None:
    sdxl: dict[str, Any] = {"model": "sdxl", "checkpoint_path": "/models/sdxl.safetensors"}
    text = written(**sdxl)
    assert "in Kohya format and load in ComfyUI, Forge and whatever else" in text
    assert "Put one into ComfyUI’s models/loras or Forge’s models/Lora." in text
    whole = written(**sdxl, adapter="none")
    assert "Put one into ComfyUI’s models/checkpoints or Forge’s" in whole
    assert "Kohya" not in whole
    wan = written(model="wan", ckpt_path="/models/wan", adapter="none")
    assert "Put one into ComfyUI’s models/diffusion_models." in wan


def test_what_steers_markdown_is_escaped() -> None:
    text = written(name="a\n# b | <script>", caption_prefix="`x`", directories=[{"path": "/d"}])
    assert "# a \\# b \\| &lt;script&gt;" in text
    assert "“\\`x\\`”" in text


def test_the_step_writes_it_beside_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, outputs = tmp_path / "work", tmp_path / "outputs"
    work.mkdir()
    outputs.mkdir()
    monkeypatch.chdir(work)
    (work / "settings.json").write_text(json.dumps({"format": 1, **settings()}))
    (work / "job.json").write_text(json.dumps({"format": 1, "id": "1", "name": "cat"}))
    (outputs / "cat-epoch5.safetensors").touch()
    assert module.main([]) == 0
    first = (outputs / "README.md").read_text()
    assert "cat-epoch5.safetensors" in first
    assert module.main([]) == 0
    assert (outputs / "README.md").read_text() == first


def test_what_is_said_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    for name in FILES:
        (tmp_path / "outputs" / name).touch()
    lines = closing(tmp_path, settings())
    assert lines[0] == f"The LoRA:      {tmp_path}/outputs/adapter.safetensors"
    assert lines[1].startswith("As saved:      ")
    assert "Its format:    Diffusers; loads in Diffusers and ComfyUI" in lines
    assert any("models/loras" in line for line in lines)
    whole = closing(tmp_path, settings(adapter="none"))
    assert whole[0].startswith("The model:")
    assert not any("format" in line for line in whole)
