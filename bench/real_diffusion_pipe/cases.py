"""What is held against the real trainer. Each case yields what Tuneyard says, and what is so."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from real_diffusion_pipe.training import Stage, Training


class Check(NamedTuple):
    what: str
    ours: Any
    real: Any

    @property
    def good(self) -> bool:
        return bool(self.ours == self.real)


Case = Callable[[Stage], Iterator[Check]]


def buckets(stage: Stage) -> Iterator[Check]:
    """Shapes, two resolutions, repeats, folders that share a size, batches, an evaluation set."""
    training = Training(
        stage,
        "buckets",
        directories=[
            {"path": stage.pictures("squares", (5, (64, 64)), (3, (128, 64)))},
            {"path": stage.pictures("repeated", (3, (70, 64))), "num_repeats": 2.5},
        ],
        evaluation=[{"name": "held-out", "path": stage.pictures("held", (3, (64, 64)))}],
        resolutions=["64", "96"],
        enable_ar_bucket=True,
        ar_buckets=["1", "2x1"],
        micro_batch_size_per_gpu="2",
        eval_micro_batch_size_per_gpu="1",
        eval_every_n_epochs=1,
        warmup_steps=4,
        lr_scheduler="cosine",
        epochs=2,
    )
    yield from _counted(training)
    yield from _read(training)
    evaluated = [line for line in training.metrics() if "eval/held-out/loss" in line]
    each = training.printed().epochs.get(2, 0)
    yield Check("evaluated at steps", [line["step"] for line in evaluated], [0, each, 2 * each])


def spread(stage: Stage) -> Iterator[Check]:
    """Exact sizes, batches by resolution, accumulation, two GPUs, a missing caption, a last step."""
    folder = Path(stage.pictures("mixed", (9, (64, 64)), (9, (96, 64)), (2, (64, 128))))
    (folder / "000.txt").unlink()
    training = Training(
        stage,
        "spread",
        directories=[{"path": str(folder)}],
        size_buckets=["64x96", "64x64", "96x64"],
        num_repeats=1.5,
        micro_batch_size_per_gpu="64:1, 96:2",
        gradient_accumulation_steps=2,
        gpus=2,
        max_steps=9,
        epochs=4,
    )
    yield from _counted(training)
    yield from _read(training)


def twice(stage: Stage) -> Iterator[Check]:
    """A folder in training and evaluation with other sizes, which alone makes the trainer hang.

    Its captions are in one file, two of each picture and none of one; another folder has masks.
    """
    folder = Path(stage.pictures("twice", (7, (64, 64)), (2, (128, 64))))
    captions = {f"{number:03d}.png": ["one", "another"] for number in range(8)}
    (folder / "captions.json").write_text(json.dumps(captions))
    masked = stage.pictures("masked", (3, (64, 64)))
    masks = stage.pictures("masks", (3, (64, 64)))
    for caption in Path(masks).glob("*.txt"):  # the trainer would take it for the mask
        caption.unlink()
    training = Training(
        stage,
        "twice",
        directories=[{"path": str(folder)}, {"path": masked, "mask_path": masks}],
        evaluation=[{"name": "same", "path": str(folder), "resolutions": ["96"]}],
        enable_ar_bucket=True,
        min_ar=0.5,
        max_ar=2.0,
        num_ar_buckets=3,
        eval_every_n_steps=10,
        epochs=2,
    )
    yield from _counted(training)
    yield from _read(training)
    yield Check("it had a view", "is used more than once in this job" in training.log, True)


def optimizers(stage: Stage) -> Iterator[Check]:
    """The trainer's own optimizer, whose figures only TensorBoard's files have; a full training."""
    training = Training(
        stage,
        "whole model",
        directories=[{"path": stage.pictures("own", (6, (64, 64)))}],
        adapter="none",
        optimizer="automagic",
        optimizer_options={},
        learning_rate=1e-6,
        epochs=2,
    )
    yield from _counted(training)
    found = {name for line in training.metrics() for name in line}
    yield Check("automagic's rate is charted", "automagic_avg_lr" in found, True)
    yield from _saved(training)


def life(stage: Stage) -> Iterator[Check]:
    """Save now, stop with save and a LoRA of that very step, resume by name, to the end."""
    training = Training(
        stage,
        "life",
        directories=[{"path": stage.pictures("long", (8, (64, 64)))}],
        epochs=4000,
        save_every_n_epochs=5,
    )
    training.until_step(10)
    yield Check("can be saved", training.state["step"].get("saves", True), True)
    training.home.save(training.folder)
    training.until(lambda: training.events("checkpoint"), "a checkpoint")
    first = training.events("checkpoint")[0]
    yield Check("checkpoint is there", (training.folder.work / first["path"]).is_dir(), True)
    training.until_step(first["step"] + 60)
    yield Check("stopped with save", training.stop("save"), "stopped")
    yield Check("nothing runs", training.alive(), [])
    at = (training.run / "latest").read_text().strip().removeprefix("global_step")
    newest = training.events("saved")[-1]
    yield Check("a LoRA of that very step", newest["name"], f"step{at}")
    yield Check("its file", (training.folder.work / newest["file"]).is_file(), True)
    steps = training.steps()[-1]["step"]
    yield Check("steps charted", steps, training.printed().last)
    training.resume(max_steps=steps + 20)
    yield Check("resumed", training.ended(), "succeeded")
    yield Check(
        "went on at",
        f"Resuming at epoch: {steps // 8 + 1}, step: {steps + 1}" in training.log,
        True,
    )
    yield Check("ended at", training.printed().last, steps + 20)
    yield Check("each step once", *_once(training))
    yield Check("one run", len(list(training.run.parent.iterdir())), 1)


def stopped_now(stage: Stage) -> Iterator[Check]:
    """Stop now, in the middle of a step: nothing is left running; killed from outside, resumed."""
    training = Training(
        stage,
        "now",
        directories=[{"path": stage.pictures("now", (8, (64, 64)))}],
        epochs=4000,
        save_every_n_epochs=100,
        checkpoint_every_n_epochs=2,
    )
    training.until_step(40)
    count = len(training.alive())
    begun = time.monotonic()
    yield Check("stopped now", training.stop("now"), "stopped")
    print(f"  {count} processes ended in {time.monotonic() - begun:.1f} s", flush=True)
    yield Check("nothing runs", training.alive(), [])
    kept = int((training.run / "latest").read_text().strip().removeprefix("global_step"))
    training.resume(max_steps=kept + 30)
    yield Check("resumed", training.ended(), "succeeded")
    yield Check("ended at", training.printed().last, kept + 30)
    yield Check("went on at", f"step: {kept + 1}\n" in training.log, True)


def killed(stage: Stage) -> Iterator[Check]:
    """The process that trains is killed, as systems do that run out of memory; then resumed."""
    training = Training(
        stage,
        "killed",
        directories=[{"path": stage.pictures("killed", (4, (64, 64)))}],
        epochs=4000,
        save_every_n_epochs=100,
        checkpoint_every_n_epochs=1,
    )
    training.until_step(20)
    (rank, *_) = training.alive("train.py --local_rank=0")
    os.kill(rank, signal.SIGKILL)
    yield Check("ended", training.ended(), "failed")
    yield Check("cause", training.cause.partition(":")[0], "rank-killed")
    yield Check("nothing runs", training.alive(), [])
    last = training.printed().last
    training.resume(max_steps=last + 9)
    yield Check("resumed", training.ended(), "succeeded")
    yield Check("ended at", training.printed().last, last + 9)


def refused(stage: Stage) -> Iterator[Check]:
    """An optimizer that can't be made is found after caching, and said in words."""
    training = Training(
        stage,
        "refused",
        directories=[{"path": stage.pictures("refused", (2, (64, 64)))}],
        optimizer="offload",
        epochs=1,
    )
    yield Check("ended", training.ended(), "failed")
    print(f"  {training.cause}", flush=True)
    yield Check("cause", training.cause.partition(":")[0], "module-missing")
    yield Check("nothing runs", training.alive(), [])


def hopeless(stage: Stage) -> Iterator[Check]:
    """A loss that is no number."""
    training = Training(
        stage,
        "hopeless",
        directories=[{"path": stage.pictures("hopeless", (4, (64, 64)))}],
        optimizer="sgd",
        adapter="none",
        learning_rate=10,
        gradient_clipping=1e6,
        nan_steps=5,
        epochs=4000,
        save_every_n_epochs=4000,
    )
    yield Check("ended", training.ended(), "failed")
    print(f"  {training.cause}", flush=True)
    yield Check("in words", training.cause.startswith("told: The loss is not a number"), True)
    yield Check("nothing runs", training.alive(), [])


def caching(stage: Stage) -> Iterator[Check]:
    """A picture that breaks once it was checked: the caching dies, and the trainer would wait for it."""
    folder = Path(stage.pictures("breaks", (6, (64, 64))))
    training = Training(
        stage, "caching", directories=[{"path": str(folder)}], hang_seconds=15, epochs=1
    )
    training.until(lambda: training.folder.work.joinpath("buckets.json").exists(), "the training")
    picture = folder / "003.png"
    picture.write_bytes(picture.read_bytes()[:-60])
    yield Check("ended", training.ended(), "failed")
    print(f"  {training.cause}", flush=True)
    said = training.cause.startswith("told: The process that prepares the data died with “OSError")
    yield Check("in words", said, True)
    yield Check("nothing runs", training.alive(), [])


def together(stage: Stage) -> Iterator[Check]:
    """Two jobs at once, which meet at ports of their own."""
    folders = [stage.pictures(f"pair{number}", (8, (64, 64))) for number in (1, 2)]
    pair = [
        Training(stage, f"pair {number}", directories=[{"path": folder}], epochs=4000)
        for number, folder in enumerate(folders)
    ]
    for training in pair:
        training.until_step(5)
    both = [training.state["state"] for training in pair]
    yield Check("both train", both, ["training", "training"])
    ports = {training.printed().ports[-1] for training in pair}
    yield Check("ports", len(ports), 2)
    pair[0].stop("now")
    before = pair[1].printed().last
    pair[1].until_step(before + 50)
    yield Check("the other goes on", pair[1].state["state"], "training")
    yield Check("ends", pair[1].stop("now"), "stopped")
    yield Check("nothing runs", [*pair[0].alive(), *pair[1].alive()], [])


CASES: tuple[Case, ...] = (
    buckets,
    spread,
    twice,
    optimizers,
    life,
    stopped_now,
    killed,
    together,
    refused,
    hopeless,
    caching,
)


def _counted(training: Training) -> Iterator[Check]:
    yield Check("ended", training.ended(), "succeeded")
    printed, counted = training.printed(), training.buckets
    yield Check("steps an epoch", counted["steps_per_epoch"], printed.epochs.get(2))
    yield Check("steps in all", counted["steps"], printed.last)
    told = {event["steps"] for event in training.told("start")}
    yield Check("told from the first", told, {printed.last})


def _read(training: Training) -> Iterator[Check]:
    printed, steps = training.printed(), training.steps()
    yield Check("losses", [(line["step"], line["loss"]) for line in steps], printed.losses)
    yield Check("rates", [line.get("lr") for line in steps], _rounded(printed.rates))
    ended = [line["step"] for line in training.metrics() if "epoch_loss" in line]
    whole = [step for epoch, step in sorted(printed.epochs.items())]
    yield Check("epochs' losses at", ended[: len(whole)], whole)
    yield from _saved(training)
    yield Check("caching came to an end", *_cached(training))


def _saved(training: Training) -> Iterator[Check]:
    said = [line for line in training.log.splitlines() if line.startswith("Saving model to")]
    names = [line.rpartition(" ")[2] for line in said]
    yield Check("saved", [event["name"] for event in training.events("saved")], names)
    files = [training.folder.work / event["file"] for event in training.events("saved")]
    yield Check("their files", [file.is_file() for file in files], [True] * len(names))
    kept = sorted(path.name for path in training.run.glob("global_step*"))
    told = sorted(Path(event["path"]).name for event in training.events("checkpoint"))
    yield Check("checkpoints", told, kept)


def _cached(training: Training) -> tuple[Any, Any]:
    """The last word of each bar is that it is full."""
    last = {(bar["what"], bar["where"]): bar for bar in training.told("caching")}
    return [bar["done"] for bar in last.values()], [bar["of_all"] for bar in last.values()]


def _once(training: Training) -> tuple[Any, Any]:
    steps = [line["step"] for line in training.steps()]
    return steps, list(range(1, training.printed().last + 1))


def _rounded(rates: list[float]) -> list[float]:
    return [float(f"{rate:.7g}") for rate in rates]
