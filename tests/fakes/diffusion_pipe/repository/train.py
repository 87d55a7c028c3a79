"""A scripted trainer: the order of things, the words and the files of diffusion-pipe's own.

It reads its TOML with the same parser, caches, trains for so many steps, evaluates,
saves, and goes on from a checkpoint. `deepspeed.steering` has what a test can ask of it.
"""

import argparse
import json
import math
import multiprocessing
import os
import shutil
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import deepspeed
import toml
from deepspeed.steering import option

from utils import dataset as dataset_util  # isort: skip
from utils.common import Bar, is_main_process
from utils.events import SummaryWriter
from utils.saver import Saver, load_checkpoint

from models import tiny  # isort: skip

_QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
_LATEST = True  # --resume_from_checkpoint without a name

parser = argparse.ArgumentParser()
parser.add_argument("--config")
parser.add_argument("--local_rank", type=int, default=-1)
parser.add_argument("--resume_from_checkpoint", nargs="?", const=_LATEST, default=None)
parser.add_argument("--master_port", type=int, default=29500)
for flag in (
    "reset_dataloader",
    "reset_optimizer",
    "reset_optimizer_params",
    "regenerate_cache",
    "cache_only",
    "trust_cache",
    "i_know_what_i_am_doing",
):
    parser.add_argument(f"--{flag}", action="store_true")
parser = deepspeed.add_config_arguments(parser)


class OutOfMemoryError(RuntimeError):
    """The one of torch."""


OutOfMemoryError.__module__ = "torch"


class Loader:
    """Where the training is in its data. The real one has the next batch in hand before the
    present one is used, and forgets to say so at the end of an epoch.
    """

    def __init__(self, steps: int) -> None:
        if steps == 0:
            raise RuntimeError(
                "Processed dataset was empty. Probably caused by rounding down for each size bucket.\n"
                "Try decreasing the global batch size, or increasing num_repeats."
            )
        self.steps = steps
        self.epoch = 1
        self.left = steps
        self.pulled = 1

    def next(self) -> None:
        if self.left <= 0:
            raise StopIteration
        self.left -= 1
        self.pulled += 1
        if self.left == 0:
            self.epoch, self.left, self.pulled = self.epoch + 1, self.steps, 0

    def state(self) -> dict[str, int]:
        return {"epoch": self.epoch, "num_batches_pulled": self.pulled}

    def go_on(self, state: dict[str, int], *, anew: bool) -> None:
        self.epoch = state["epoch"]
        if not anew:
            skipped = state["num_batches_pulled"] - 1
            self.left = self.steps - skipped
            self.pulled = skipped + 1


class Training:
    def __init__(self, arguments: argparse.Namespace, config: dict[str, Any]) -> None:
        self.arguments = arguments
        self.config = config
        self.resume = arguments.resume_from_checkpoint or config.get("resume_from_checkpoint")
        world = int(os.environ.get("WORLD_SIZE", "1"))
        self.stages = config.get("pipeline_stages", 1)
        if world % self.stages:
            raise AssertionError(f"num_gpus={world} doesn't divide into {self.stages} stages")
        each = config.get("micro_batch_size_per_gpu", 1)
        self.each = each if isinstance(each, int) else each[0][1]
        self.batch = (
            self.each * config.get("gradient_accumulation_steps", 1) * (world // self.stages)
        )
        self.data = self._dataset(config["dataset"])
        self.evaluation = {
            each["name"]: self._dataset(each["config"]) for each in config.get("eval_datasets", [])
        }

    def _dataset(self, path: str) -> Any:
        with open(path) as file:
            return dataset_util.Dataset(
                toml.load(file),
                self.config["model"]["type"],
                unchecked=self.arguments.i_know_what_i_am_doing,
            )

    def cache(self) -> None:
        """In a process of its own, as the real one: this one waits for its word, for ever."""
        datasets = [self.data, *self.evaluation.values()]
        if is_main_process():
            context = multiprocessing.get_context("fork")
            manager = context.Manager()
            queue = manager.Queue()
            child = context.Process(target=dataset_util.cache, args=(datasets, queue))
            child.start()
            queue.get()
            child.join()
            manager.shutdown()
            dataset_util.load(datasets)

    def run(self) -> None:
        print("trainable params: 256 || all params: 800 || trainable%: 32.0000")
        run = self._run_folder()
        self._watch_by_wandb(run)
        deepspeed.initialize()
        print(f"Global batch size = {self.batch}")
        for what in ("save", "eval"):
            if examples := self.config.pop(f"{what}_every_n_examples", None):
                self.config[f"{what}_every_n_steps"] = examples // self.batch
                print(f"Computed {what}_every_n_steps = {self.config[f'{what}_every_n_steps']}")
        self._make_optimizer()
        loader = Loader(self.data.steps(self.batch))
        step = self._go_on(run, loader)
        helper = multiprocessing.get_context("fork").Process(target=signal.pause, daemon=True)
        helper.start()
        self._train(run, loader, step)

    def _run_folder(self) -> str:
        place = Path(self.config["output_dir"])
        if self.resume is _LATEST:
            return str(max(place.glob("*")))
        run = str(place / (self.resume or datetime.now(UTC).strftime("%Y%m%d_%H-%M-%S")))
        Path(run).mkdir(parents=True, exist_ok=True)
        for path in (
            ()
            if self.resume
            else (
                self.arguments.config,
                self.config["dataset"],
                *(each["config"] for each in self.config.get("eval_datasets", [])),
            )
        ):
            shutil.copy(path, run)
        return run

    def _watch_by_wandb(self, run: str) -> None:
        monitoring = self.config.get("monitoring", {})
        if not monitoring.get("enable_wandb", False):
            return
        if not (monitoring["wandb_api_key"] or os.environ.get("WANDB_API_KEY")):
            raise RuntimeError(
                "api_key not configured (no-tty). call wandb.login(key=[your_api_key])"
            )
        about = {key: monitoring[key] for key in ("wandb_tracker_name", "wandb_run_name")}
        Path(run, "wandb").mkdir(exist_ok=True)
        Path(run, "wandb", "run.json").write_text(json.dumps({**about, "config": self.config}))
        print(
            "wandb: Currently logged in as: somebody. Use `wandb login --relogin` to force relogin"
        )

    def _make_optimizer(self) -> None:
        deepspeed.log_dist("Using client callable to create basic optimizer")
        name = self.config["optimizer"]["type"]
        known = {"adamw": "AdamW", "adamw_optimi": "AdamW", "adamw8bit": "AdamW8bit"}
        known |= {"adamw8bitkahan": "AdamW8bitKahan", "automagic": "Automagic", "sgd": "SGD"}
        if name.lower() not in known and name != "Prodigy":
            raise AttributeError(f"module 'pytorch_optimizer' has no attribute '{name}'")
        deepspeed.configure_optimizer(known.get(name.lower(), name))

    def _go_on(self, run: str, loader: Loader) -> int:
        if not self.resume:
            return 1
        state = load_checkpoint(run)
        assert state is not None
        loader.go_on(state["custom_loader"], anew=self.arguments.reset_dataloader)
        step = int(state["step"]) + 1
        print(f"Resuming training from checkpoint. Resuming at epoch: {loader.epoch}, step: {step}")
        return step

    def _train(self, run: str, loader: Loader, step: int) -> None:
        config = self.config
        writer = SummaryWriter(run)
        saver = Saver(self.arguments.config, config, run, self.stages)
        if config.get("eval_before_first_step", True) and not self.resume:
            self._evaluate(writer, 0)
        epoch, losses = loader.epoch, []
        while True:
            loss = self._step(loader, step)
            losses.append(loss)
            state = {"step": step, "examples": step * self.batch, "custom_loader": loader.state()}
            x = state["examples"] if config.get("x_axis_examples", False) else step
            ended = loader.epoch != epoch
            checkpointed, saved = saver.epoch_ended(epoch, state) if ended else (False, False)
            over = ended and loader.epoch > config["epochs"]
            if ended and not over:
                print(f"Started new epoch: {loader.epoch}")
            writer.add_scalar("train/loss", loss, x)
            if _due(config.get("eval_every_n_steps"), step) or (
                ended and _due(config.get("eval_every_n_epochs"), epoch)
            ):
                self._evaluate(writer, x)
            if ended:
                writer.add_scalar("train/epoch_loss", sum(losses) / len(losses), epoch)
                losses = []
                if over:
                    name = f"epoch{epoch}"
                    break
                epoch = loader.epoch
            checkpointed, saved = saver.step_ended(step, state)
            if "max_steps" in config and step >= config["max_steps"]:
                name = f"step{step}"
                break
            step += 1
        if not checkpointed:
            saver.save_checkpoint(state)
        if not saved:
            saver.save_model(name)
        print("TRAINING COMPLETE!")

    def _step(self, loader: Loader, step: int) -> float:
        begun = time.monotonic()
        loader.next()
        while option("hang_at", math.inf) <= step:
            time.sleep(0.05)
        if option("slow_from", 1) <= step:
            time.sleep(option("step_seconds", 0.0))
        if option("kill_at", math.inf) <= step:
            os.kill(os.getpid(), option("kill_by", signal.SIGKILL))
        if option("memory_at", math.inf) <= step:
            raise OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.64"
                " GiB of which 1.20 GiB is free."
            )
        loss: float = tiny.loss(step)
        rate = self.config["optimizer"].get("lr", 0.001)
        warmup = self.config.get("warmup_steps", 0)
        rate *= min(1.0, 1 / warmup + (1 - 1 / warmup) * step / warmup) if warmup else 1.0
        deepspeed.log_dist(f"step={step}, skipped=0, lr=[{rate}], mom=[(0.9, 0.99)]")
        took = max(0.001, time.monotonic() - begun)
        print(
            f"steps: {step} loss: {loss:0.4f} iter time (s): {took:0.3f}"
            f" samples/sec: {self.batch / took:0.3f}"
        )
        return loss

    def _evaluate(self, writer: Any, x: int) -> None:
        if not self.evaluation:
            return
        print("Running eval")
        counts = {name: data.steps(1) for name, data in self.evaluation.items()}
        bar = Bar(sum(counts.values()) * len(_QUANTILES))
        begun = time.time()
        for number, (name, count) in enumerate(counts.items()):
            found = [tiny.loss(x) + number + quantile for quantile in _QUANTILES]
            for quantile, loss in zip(_QUANTILES, found, strict=True):
                writer.add_scalar(f"{name}/loss_quantile_{quantile:.2f}", loss, x)
                bar.update(count)
            writer.add_scalar(f"{name}/loss", sum(found) / len(found), x)
        writer.add_scalar("eval/eval_time_sec", time.time() - begun, x)
        bar.close()


def _due(every: int | None, count: int) -> bool:
    return bool(every) and count % (every or 1) == 0


def _checked(config: dict[str, Any]) -> dict[str, Any]:
    assert (
        "save_every_n_epochs" in config
        or "save_every_n_steps" in config
        or "save_every_n_examples" in config
    )
    if "alpha" in config.get("adapter", {}):
        raise NotImplementedError("This script forces alpha=rank")
    return config


def main() -> None:
    arguments = parser.parse_args()
    with open(arguments.config) as file:
        config = _checked(json.loads(json.dumps(toml.load(file))))
    os.environ["MASTER_PORT"] = str(arguments.master_port)
    deepspeed.init_distributed()
    if not is_main_process():
        deepspeed.wait_for_all()
        return
    tiny.make(config["model"]["type"])
    training = Training(arguments, config)
    training.cache()
    if not arguments.cache_only:
        training.run()


if __name__ == "__main__":
    main()
