import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.trainer

CHANGE = """
import pathlib, sys, torch
source, out, kind = sys.argv[1:]
loaded = torch.load(source, map_location="cpu", weights_only=True, mmap=True)
small = {key: loaded[key] for key in loaded if key not in ("optimizer_states",)}
small["state_dict"] = {k: v for k, v in loaded["state_dict"].items() if k.startswith("model_g.")}
class Evil:
    def __reduce__(self):
        return (pathlib.Path.touch, (pathlib.Path(out + ".ran"),))
match kind:
    case "paths":
        small["hyper_parameters"]["dataset"] = pathlib.PosixPath("/data/train.jsonl")
        small["hyper_parameters"]["other"] = pathlib.PureWindowsPath("C:/data/x")
    case "evil":
        small["hyper_parameters"]["dataset"] = Evil()
    case "list":
        small = [1, 2]
    case "foreign":
        small["state_dict"] = {"layer.weight": torch.zeros(2)}
torch.save(small, out)
"""
LOAD = """
import json, sys
from pathlib import Path
from tuneyard.recipes.piper.trainer import checkpoint
import torch
copy = checkpoint.plain(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps([str(copy), torch.load(copy, weights_only=True)["hyper_parameters"]]))
"""


def inspected(in_trainer: Callable[..., str], path: Path) -> dict[str, Any]:
    code = """
import json, sys
from pathlib import Path
from tuneyard.recipes.piper.trainer import checkpoint
print(json.dumps(checkpoint.inspect(Path(sys.argv[1]))))
"""
    return dict(json.loads(in_trainer(code, path)))


def test_what_a_checkpoint_is(trained: Any, newest: Path, tmp_path: Path) -> None:
    out = tmp_path / "facts.json"
    assert trained.run("checkpoint", str(newest), "--out", str(out)) == 0
    facts = json.loads(out.read_text())
    assert facts.pop("bytes") == newest.stat().st_size
    assert facts.pop("lightning")
    assert facts == {
        "format": 1,
        "epoch": 1,
        "epochs_trained": 2,
        "global_step": 8,
        "sample_rate": 22050,
        "speakers": 1,
        "symbols": 256,
        "quality": "tiny",
        "generation": "piper1-gpl",
        "paths_inside": False,
        "resumable": True,
    }


def test_paths_inside_are_read_as_text(
    in_trainer: Callable[..., str], newest: Path, tmp_path: Path
) -> None:
    old, copy = tmp_path / "old.ckpt", tmp_path / "plain.ckpt"
    in_trainer(CHANGE, newest, old, "paths")
    facts = inspected(in_trainer, old)
    assert facts["paths_inside"]
    assert not facts["resumable"]
    made, hparams = json.loads(in_trainer(LOAD, old, copy))
    assert made == str(copy)
    assert hparams["dataset"] == "/data/train.jsonl"
    assert hparams["other"].endswith("data/x")


def test_a_plain_one_is_not_copied(
    in_trainer: Callable[..., str], newest: Path, tmp_path: Path
) -> None:
    made, _ = json.loads(in_trainer(LOAD, newest, tmp_path / "copy.ckpt"))
    assert made == str(newest)


def test_nothing_in_a_checkpoint_is_ever_run(
    in_trainer: Callable[..., str], trained: Any, newest: Path, tmp_path: Path
) -> None:
    evil = tmp_path / "evil.ckpt"
    in_trainer(CHANGE, newest, evil, "evil")
    assert trained.run("checkpoint", str(evil)) == 65
    assert "evil.ckpt holds objects that can't be read safely" in trained.log
    assert not Path(f"{evil}.ran").exists()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("list", "is no checkpoint of a training"), ("foreign", "something other than a Piper voice")],
)
def test_other_files_of_torch_are_refused(
    in_trainer: Callable[..., str],
    trained: Any,
    newest: Path,
    tmp_path: Path,
    kind: str,
    sentence: str,
) -> None:
    other = tmp_path / "other.ckpt"
    in_trainer(CHANGE, newest, other, kind)
    assert trained.run("checkpoint", str(other)) == 65
    assert sentence in trained.log


def test_damaged_files_are_refused(trained: Any, newest: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.ckpt"
    with newest.open("rb") as file:
        cut.write_bytes(file.read(5000))
    assert trained.run("checkpoint", str(cut)) == 65
    assert "cut.ckpt is damaged or not a checkpoint" in trained.log
