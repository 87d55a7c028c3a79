import time
from typing import Any

import pytest

from tuneyard.recipes.script.reading import Reader, usual


@pytest.mark.parametrize(
    ("line", "place", "figures"),
    [
        (  # Lightning
            "Epoch 0:  67%|██████▋   | 2/3 [00:16<00:08,  0.12it/s, v_num=0]",
            {"epoch": "0", "step": "2", "total": "3"},
            {},
        ),
        (  # tqdm with a postfix
            "  5%|▌         | 53/1000 [00:01<00:20, 45.2it/s, loss=0.523, lr=1e-4]",
            {"step": "53", "total": "1000"},
            {"loss": 0.523, "lr": 1e-4},
        ),
        (  # Hugging Face's Trainer
            "{'loss': 0.5, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 0.12}",
            {"epoch": "0.12"},
            {"loss": 0.5, "grad_norm": 1.2, "learning_rate": 5e-5},
        ),
        (  # nanoGPT
            "iter 100: loss 2.3456, time 12.34ms, mfu 5.00%",
            {"step": "100"},
            {"loss": 2.3456},
        ),
        (
            "step 250: train loss 2.10, val loss 2.2",
            {"step": "250"},
            {"train_loss": 2.1, "val_loss": 2.2},
        ),
        (  # PyTorch's tutorials
            "Epoch [2/10], Step [100/600], Loss: 0.3000",
            {"epoch": "2", "epochs": "10", "step": "100", "total": "600"},
            {"loss": 0.3},
        ),
        (  # PyTorch's MNIST
            "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.302585",
            {"epoch": "1", "step": "640", "total": "60000"},
            {"loss": 2.302585},
        ),
        (  # PyTorch's ImageNet
            "Epoch: [2][ 10/500]\tTime  0.3 ( 0.4)\tLoss 6.9e+00 (6.9e+00)",
            {"epoch": "2", "step": "10", "total": "500"},
            {"loss": 6.9},
        ),
        (  # Keras
            "100/100 ━━━━━━━━━━ 3s 2ms/step - accuracy: 0.95 - val_loss: 0.31",
            {"step": "100", "total": "100"},
            {"accuracy": 0.95, "val_loss": 0.31},
        ),
        (
            "step 2: train loss: 0.5, val/loss 2.",
            {"step": "2"},
            {"train_loss": 0.5, "val/loss": 2.0},
        ),
        ("Epoch 3/20", {"epoch": "3", "epochs": "20"}, {}),
        (
            "global_step=1,200/10,000 loss=1.5e-3,",
            {"step": "1,200", "total": "10,000"},
            {"loss": 0.0015},
        ),
        ("\x1b[32mstep 7\x1b[0m acc: 93.5%", {"step": "7"}, {"acc": 93.5}),
        ("batch 5/20 psnr: 31", {"step": "5", "total": "20"}, {"psnr": 31.0}),
    ],
)
def test_usual_lines_are_understood(
    line: str, place: dict[str, str], figures: dict[str, float]
) -> None:
    found = usual(line.replace("\x1b[32m", "").replace("\x1b[0m", ""))
    assert (found.place, found.figures) == (place, figures)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Loading checkpoint shards",
        "model.safetensors:  45%|████▌     | 450M/1.00G [00:10<00:12, 45.0MB/s]",
        "batch size: 32",
        "learning_rate = 0.0001",
        "loss_weight = 1.0",
        "num_epochs: 20",
        "loss: nan",
        "http://localhost:8080/loss:8080/x",
        "2026-11-22 10:11:12,123 INFO started in /data/map:1",
        "version=1.2.3",
    ],
)
def test_others_say_nothing(line: str) -> None:
    assert Reader().read(line) is None


def read(*lines: str, **options: Any) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    reader = Reader(**options)
    found = [reader.read(line) for line in lines]
    return [(record.progress, record.metrics) for record in found if record]


def test_steps_that_begin_anew_with_each_epoch_are_counted_on() -> None:
    found = read(
        "Epoch 1/3",
        "50%|█ | 5/10 [00:01<00:01, 5it/s, loss=0.5]",
        "100%|█ | 10/10 [00:01<00:01, 5it/s, loss=0.4]",
        "Epoch 2/3",
        "50%|█ | 5/10 [00:01<00:01, 5it/s, loss=0.3]",
    )
    assert found[-1] == (
        {"step": 15, "steps": 30, "epoch": 2, "epochs": 3},
        {"step": 15, "epoch": 2, "loss": 0.3},
    )
    assert found[2][0] == {"step": 10, "steps": 10, "epoch": 1, "epochs": 3}


def test_steps_of_the_whole_training_stay_what_they_are() -> None:
    found = read(
        "Epoch 1/3",
        "10%|█ | 10/100 [00:01<00:01, 5it/s, loss=0.5]",
        "Epoch 2/3",
        "40%|█ | 40/100 [00:01<00:01, 5it/s, loss=0.3]",
        "step 50 loss=0.2",
    )
    assert [metrics["step"] for _, metrics in found if metrics] == [10, 40, 50]
    assert found[-1][0]["steps"] == 100


def test_lightning_counts_epochs_from_0_and_says_no_end() -> None:
    found = read(
        "Epoch 0: 50%|█ | 2/4 [00:01<00:01, 5it/s, train_loss=0.5]",
        "Epoch 1: 50%|█ | 2/4 [00:01<00:01, 5it/s, train_loss=0.4]",
    )
    assert found[-1] == (
        {"step": 6, "steps": None, "epoch": 2},
        {"step": 6, "epoch": 1, "train_loss": 0.4},
    )


def test_a_bar_of_something_else_doesn_t_count() -> None:
    found = read(
        "10%|█ | 10/100 [00:01<00:01, 5it/s, loss=0.5]",
        "Validating: 50%|█ | 3/6 [00:01<00:01, 5it/s]",
    )
    assert len(found) == 1


def test_where_no_step_is_said_epochs_are_counted_else_lines() -> None:
    assert [metrics for _, metrics in read("Epoch 4 loss: 0.5", "Epoch 5 loss: 0.4")] == [
        {"step": 4, "epoch": 4, "loss": 0.5},
        {"step": 5, "epoch": 5, "loss": 0.4},
    ]
    assert [metrics for _, metrics in read("loss: 0.5", "loss: 0.4")] == [
        {"step": 1, "loss": 0.5},
        {"step": 2, "loss": 0.4},
    ]


def test_parts_of_an_epoch_are_shown_as_the_epoch_they_are_in() -> None:
    assert read("{'loss': 0.5, 'epoch': 0.12}")[0][0] == {"epoch": 1}
    assert read("{'loss': 0.5, 'epoch': 1.5}")[0][0] == {"epoch": 2}


def test_patterns_of_one_s_own_come_on_top_or_alone() -> None:
    patterns = [r"it (?P<step>\d+) of (?P<steps>[\d,]+)", r"mel=(?P<Mel>\S+) x=(?P<x>\S+)"]
    line = "it 5 of 1,000: mel=0.25 x=none loss=3"
    assert read(line, patterns=patterns) == [
        ({"step": 5, "steps": 1000}, {"step": 5, "loss": 3.0, "mel": 0.25, "Mel": 0.25})
    ]
    assert read(line, patterns=patterns, usual=False) == [
        ({"step": 5, "steps": 1000}, {"step": 5, "Mel": 0.25})
    ]
    assert read("step 3 loss=1", patterns=patterns, usual=False) == []


def test_a_pattern_may_name_a_checkpoint() -> None:
    record = Reader([r"wrote (?P<checkpoint>\S+)"]).read("wrote out/5.pt")
    assert record is not None
    assert (record.checkpoint, record.metrics) == ("out/5.pt", None)


def test_a_pattern_that_would_take_for_ever_is_given_up() -> None:
    reader = Reader([r"(?P<x>(a+)+)$", r"b(?P<y>\d)"])
    before = time.process_time()
    record = reader.read("a" * 100 + "b7")
    assert record is not None
    assert record.metrics == {"step": 1, "y": 7.0}
    assert reader.given_up == [r"(?P<x>(a+)+)$"]
    assert time.process_time() - before < 20  # and not some billions of years
    assert len(reader.patterns) == 1


def test_a_line_is_read_so_far_and_no_further() -> None:
    assert Reader().read("x" * 3000 + " step 5 loss: 1") is None


@pytest.mark.parametrize("line", ["step 99999999999999999999 loss: 1", "epoch 1e400 loss: 2"])
def test_no_number_is_too_large(line: str) -> None:
    record = Reader().read(line)
    assert record is not None
    assert record.metrics is not None
    assert record.metrics["step"] <= 10**15
