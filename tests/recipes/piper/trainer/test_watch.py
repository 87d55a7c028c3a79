from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.trainer

REPORT = """
import sys
from pathlib import Path
from types import SimpleNamespace
import torch
from tuneyard.recipes.piper.trainer import watch
from tuneyard.recipes.piper.trainer.events import Events
from tuneyard.recipes.piper.trainer.job import Refused

events = Events(Path(sys.argv[1]))
reporter = watch.Reporter(events, resumed=None)
trainer = SimpleNamespace(current_epoch=0, global_step=0, optimizers=[1, 2], callback_metrics={})
"""
NAN = """
def batch(loss):
    trainer.global_step += 2
    trainer.callback_metrics = {"loss_g": torch.tensor(loss), "val_mel": torch.tensor(1.0)}
    reporter.on_train_batch_end(trainer)

for loss in [1.0, float("nan"), 2.0, *[float("nan")] * 9]:
    batch(loss)
try:
    batch(float("inf"))
except Refused as refused:
    print(refused.code, refused)
"""
SAVE = """
import torch, os
torch.save = lambda checkpoint, file: (file.write(b"half"), (_ for _ in ()).throw(OSError(28, "full")))
place = Path(sys.argv[1]).parent / "epoch=0-step=1.ckpt"
try:
    watch.WholeFiles().save_checkpoint({}, place)
except Refused as refused:
    print("refused", refused)
except OSError as error:
    print(error.strerror, sorted(os.listdir(place.parent)))
"""


def test_a_loss_that_stays_no_number_ends_the_training(
    in_trainer: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    out = in_trainer(REPORT + NAN, path)
    assert out.count("Warning: the loss is not a number (nan)") == 2
    assert "66 The loss is not a number (nan) since step 4" in out
    lines = path.read_text().splitlines()
    assert len(lines) == 13
    assert '"loss_g": 1.0' in lines[0]
    assert '"nan": ["loss_g"]' in lines[1]
    assert "val_mel" not in lines[0]


def test_a_checkpoint_that_could_not_be_written_is_not_there(
    in_trainer: Callable[..., str], tmp_path: Path
) -> None:
    assert in_trainer(REPORT + SAVE, tmp_path / "events.jsonl") == "full ['events.jsonl']\n"
