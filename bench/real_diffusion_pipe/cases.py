"""What is held against the real trainer. Each case yields what Tuneyard says, and what is so."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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


def staged(stage: Stage) -> Iterator[Check]:
    """One model over two processes that hand on what they computed; only the newest checkpoint stays."""
    training = Training(
        stage,
        "staged",
        directories=[{"path": stage.pictures("staged", (8, (64, 64)))}],
        gpus=2,
        pipeline_stages=2,
        epochs=4000,
        save_every_n_epochs=4000,
        checkpoint_every_n_epochs=1,
        keep_last=1,
    )
    training.until_step(20)
    yield Check("stopped with save", training.stop("save"), "stopped")
    yield Check("nothing runs", training.alive(), [])
    at = (training.run / "latest").read_text().strip()
    step = int(at.removeprefix("global_step"))
    yield Check("only this is kept", _kept(training), [at])
    parts = sorted(path.name for path in (training.run / at).glob("mp_rank_*"))
    names = [f"mp_rank_{number:02d}_model_states.pt" for number in range(2)]
    yield Check("a part of each stage", parts, names)
    yield Check("a LoRA of that very step", training.events("saved")[-1]["name"], f"step{step}")
    yield Check("steps an epoch", training.buckets["steps_per_epoch"], _epoch(training))
    training.resume(max_steps=step + 10)
    yield Check("resumed", training.ended(), "succeeded")
    yield Check("ended at", training.printed().last, step + 10)
    yield Check("each step once", *_once(training))


def video(stage: Stage) -> Iterator[Check]:
    """A Wan, which takes clips: by their length and rate, beside pictures; flash-attn is stood in for."""
    folder = stage.clips("clips", (4, 9, 16), (2, 30, 24), (1, 4, 16))
    stage.pictures("clips", (3, (64, 64)))
    training = Training(
        stage,
        "video",
        model="wan",
        diffusers_path="",
        ckpt_path=str(stage.wan),
        directories=[{"path": folder}],
        frame_buckets=["1", "5", "17"],
        num_repeats=2,
        epochs=2,
    )
    yield from _counted(training)
    yield from _read(training)
    sizes = sorted(
        {tuple(bucket["size"]) for bucket in training.buckets["sets"]["train"]["buckets"]}
    )
    yield Check("lengths", [frames for *_, frames in sizes], [1, 5, 17])
    yield Check("too short", "is being skipped because it is too short" in training.log, True)


def reported(stage: Stage) -> Iterator[Check]:
    """Weights & Biases, without a network: its key is in no file, and not where it keeps keys."""
    key = "0123456789abcdef" * 2 + "01234567"
    home = stage.root / "somebody"
    home.mkdir()
    own = {"WANDB_API_KEY": key, "WANDB_MODE": "offline", "HOME": str(home)}
    with _environment(own):
        training = Training(
            stage,
            "reported",
            directories=[{"path": stage.pictures("reported", (4, (64, 64)))}],
            wandb=True,
            epochs=2,
        )
        training.until_step(2)
        told = [pid for pid in training.alive("train.py") if key in _environ(pid)]
        yield Check("the trainer has the key", bool(told), True)
        yield Check("ended", training.ended(), "succeeded")
    runs = list(training.run.glob("wandb/offline-run-*/*.wandb"))
    yield Check("it was reported", len(runs), 1)
    places = (training.folder.path, home, stage.root)
    files = {path for place in places for path in place.rglob("*") if path.is_file()}
    with_it = [str(path) for path in files if key.encode() in path.read_bytes()]
    print(f"  looked for in {len(files)} files", flush=True)
    yield Check("files with the key", with_it, [])


def set_back(stage: Stage) -> Iterator[Check]:
    """A goal that is set back behind where the training is: it ends, with a model of that step."""
    training = Training(
        stage,
        "set back",
        directories=[{"path": stage.pictures("back", (8, (64, 64)))}],
        epochs=4000,
        save_every_n_epochs=4000,
        checkpoint_every_n_epochs=1,
        lora_at_stop=False,
    )
    training.until(lambda: training.events("checkpoint"), "a checkpoint")
    yield Check("stopped now", training.stop("now"), "stopped")
    at = int((training.run / "latest").read_text().strip().removeprefix("global_step"))
    training.resume(epochs=at // 8, lora_at_stop=True)
    yield Check("ended", training.ended(), "succeeded")
    yield Check("ended at", training.printed().losses[-1][0], at + 1)
    yield Check("its model", training.events("saved")[-1]["name"], f"step{at + 1}")


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
    """An optimizer whose package is not there is found before anything is prepared."""
    training = Training(
        stage,
        "refused",
        directories=[{"path": stage.pictures("refused", (2, (64, 64)))}],
        optimizer="offload",
        epochs=1,
    )
    yield Check("ended", training.ended(), "failed")
    print(f"  {training.cause}", flush=True)
    yield Check("in words", training.cause, "told: The trainer's Python has no module torchao.")
    yield Check("nothing was prepared", "caching " in training.log, False)
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
    staged,
    video,
    optimizers,
    life,
    set_back,
    reported,
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
    yield Check("prepared", *_cached(training))


def _saved(training: Training) -> Iterator[Check]:
    said = [line for line in training.log.splitlines() if line.startswith("Saving model to")]
    names = [line.rpartition(" ")[2] for line in said]
    yield Check("saved", [event["name"] for event in training.events("saved")], names)
    files = [training.folder.work / event["file"] for event in training.events("saved")]
    yield Check("their files", [file.is_file() for file in files], [True] * len(names))
    told = [Path(event["path"]).name for event in training.events("checkpoint")]
    yield Check("checkpoints", sorted(told[-2:]), _kept(training))


def _kept(training: Training) -> list[str]:
    return sorted(path.name for path in training.run.glob("global_step*"))


def _epoch(training: Training) -> int:
    begun = training.printed().epochs
    return begun[3] - begun[2]


def _cached(training: Training) -> tuple[Any, Any]:
    """What was told last, of latents and of each text encoder; and what is in the caches."""
    told = {bar["what"]: (bar["done"], bar["of_all"]) for bar in training.told("caching")}
    stored = Counter[str]()
    for folder in set(re.findall(r"^caching latents: (/.*)$", training.log, re.MULTILINE)):
        for file in Path(folder).glob("cache/*/*/*/metadata.db"):
            stored[_in_words(file.parent.name)] += _items(file)
    return told, {what: (count, count) for what, count in stored.items()}


def _in_words(name: str) -> str:
    """Of a cache, as ``latents``, ``text_embeddings_1``, ``text_embeddings_2``."""
    words, _, number = name.replace("_", " ").rpartition(" ")
    return (words if number == "1" else f"{words} of encoder {number}") if words else name


def _items(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM items").fetchone()[0])


@contextlib.contextmanager
def _environment(own: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(own)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _environ(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return ""


def _once(training: Training) -> tuple[Any, Any]:
    steps = [line["step"] for line in training.steps()]
    return steps, list(range(1, training.printed().last + 1))


def _rounded(rates: list[float]) -> list[float]:
    return [float(f"{rate:.7g}") for rate in rates]
