import os
from pathlib import Path

import pytest

from tuneyard.recipes.diffusion_pipe.trainer import outputs
from tuneyard.recipes.diffusion_pipe.trainer.runs import models


def test_where_links_can_t_be_it_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refused)
    run, kept = tmp_path / "run", tmp_path / "outputs"
    (run / "epoch1").mkdir(parents=True)
    (run / "epoch1" / "adapter_model.safetensors").write_text("one")
    kept.mkdir()
    (model,) = models(run)
    file = outputs.offer(model, "mine", kept)
    assert file.read_text() == "one"
    assert not file.samefile(model.file)
    assert {path.name for path in kept.iterdir()} == {file.name, "adapter.safetensors"}
