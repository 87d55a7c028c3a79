from pathlib import Path

import pytest

from tuneyard.recipes.diffusion_pipe.finish import collect
from tuneyard.recipes.diffusion_pipe.trainer.runs import Model, models
from tuneyard.runner.folder import write_json


def saved(run: Path, name: str, text: str, file: str = "adapter_model.safetensors") -> Model:
    place = run / name
    place.mkdir(parents=True, exist_ok=True)
    (place / file).write_text(text)
    if file.startswith("adapter"):
        (place / "adapter_config.json").write_text("{}")
    return next(model for model in models(run) if model.name == name)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "work"
    (tmp_path / "outputs").mkdir()
    place.mkdir()
    monkeypatch.chdir(place)
    write_json(place / "job.json", {"id": "x", "name": "Mein Stil/2 (neu)"})
    return place


def test_models_are_offered_by_names_of_their_own(work: Path) -> None:
    run = work / "train/runs/20261122_10-00-00"
    first = saved(run, "epoch1", "one")
    assert collect.main([]) == 0
    outputs = work.parent / "outputs"
    names = {"Mein-Stil-2-neu-epoch1.safetensors", "adapter.safetensors", "adapter_config.json"}
    assert {path.name for path in outputs.iterdir()} == names
    assert (outputs / "adapter.safetensors").samefile(first.file)
    saved(run, "step20", "two")
    assert collect.main([]) == 0
    assert (outputs / "adapter.safetensors").read_text() == "two"
    assert (outputs / "Mein-Stil-2-neu-epoch1.safetensors").read_text() == "one"


@pytest.mark.parametrize("file", ["lora.safetensors", "pytorch_lora_weights.safetensors"])
def test_what_kohya_and_diffusers_save_is_an_adapter_too(work: Path, file: str) -> None:
    saved(work / "train/runs/a", "epoch3", "weights", file=file)
    assert collect.main([]) == 0
    names = {path.name for path in (work.parent / "outputs").iterdir()}
    assert names == {"Mein-Stil-2-neu-epoch3.safetensors", "adapter.safetensors"}


def test_nothing_saved_is_said(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect.main([]) == 1
    assert "Problem: The training has saved no model." in capsys.readouterr().out
    assert not list((work.parent / "outputs").iterdir())
