"""Piper's own training entry, run with our callbacks, our data hooks and our resuming.

Why each of its parts is replaced: its default callbacks watch a score that is only
there when a model could be downloaded, and end the training when it isn't; its
command line lets a checkpoint's settings win over the ones that are asked for; its
data workers die of a signal that is meant to end the training in order.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from lightning.fabric.utilities.seed import pl_worker_init_function

from tuneyard.recipes.piper.trainer import alignment, cache, stopping
from tuneyard.recipes.piper.trainer.job import Refused

piper: Any = import_module("piper.train.__main__")  # its names are replaced, which is no typing


def run(arguments: list[str], callbacks: list[Any], resume: Path | None) -> None:
    """Runs `arguments` to the end; `resume` is a checkpoint that must fit in every part."""

    class CommandLine(piper.VitsLightningCLI):  # type: ignore[misc] # the trainer's
        def before_instantiate_classes(self) -> None:
            config = self.config["fit"]
            # set here, not as an argument, so that the checkpoint's settings aren't merged in
            if resume is not None:
                config["ckpt_path"] = str(resume)
            if "weights_only" in config:  # Lightning 2.6 and later; torch's default
                config["weights_only"] = True
            # Piper compares it to the text "1"; read as a number it silently builds the other net
            config["model"]["resblock"] = str(config["model"]["resblock"])

    alignment.install()
    piper._DEFAULT_CALLBACKS = callbacks  # noqa: SLF001 - the only way to be rid of them
    piper.VitsLightningCLI = CommandLine
    piper.VitsDataModule = Data
    sys.argv = ["piper.train", *arguments]
    piper.main()


class Data(piper.VitsDataModule):  # type: ignore[misc] # the trainer's class
    def prepare_data(self) -> None:
        super().prepare_data()
        cache.complete(Path(self.cache_dir))

    def setup(self, stage: str) -> None:
        super().setup(stage)
        if len(self.train_dataset) == 0:
            raise Refused(
                f"None of the clips in {self.csv_path} was found in {self.audio_dir}. "
                "Check the file names in the first column."
            )

    def train_dataloader(self) -> Any:
        return _unmoved_by_signals(super().train_dataloader())

    def val_dataloader(self) -> Any:
        return _unmoved_by_signals(super().val_dataloader())


def _unmoved_by_signals(loader: Any) -> Any:
    loader.worker_init_fn = _start_worker
    return loader


def _start_worker(number: int) -> None:
    stopping.ignore()
    pl_worker_init_function(number)
