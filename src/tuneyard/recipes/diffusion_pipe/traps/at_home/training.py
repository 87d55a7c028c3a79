"""How long, at which rate, what is saved; and the trainer itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuneyard.recipes.diffusion_pipe.catalog import optimizers
from tuneyard.recipes.diffusion_pipe.traps.at_home.words import warning
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _saving(settings)
    yield from _schedule(settings)
    yield from _optimizer(settings)
    yield from _trainer(settings)


def _saving(settings: Mapping[str, Any]) -> Iterator[Problem]:
    epochs, steps, examples = (
        settings[f"save_every_n_{unit}"] for unit in ("epochs", "steps", "examples")
    )
    if epochs > settings["epochs"] and not (steps or examples):
        yield warning(
            f"With a save every {epochs} epochs and {settings['epochs']} in all, only the end is saved.",
            "save-rare",
            "save_every_n_epochs",
            "Save more often, to compare: the last is not always the best.",
        )
    if examples and steps:
        yield warning(
            "Saving by examples takes the place of saving by steps.",
            "save-twice",
            "save_every_n_steps",
            "Set one of them.",
        )
    if not (settings["checkpoint_every_n_minutes"] or settings["checkpoint_every_n_epochs"]):
        yield warning(
            "No checkpoints are made: after an interruption training begins anew.",
            "no-checkpoint",
            "checkpoint_every_n_minutes",
            "Set how often. Stop and save makes one in any case.",
        )


def _schedule(settings: Mapping[str, Any]) -> Iterator[Problem]:
    scheduler, rate = settings["lr_scheduler"], settings["learning_rate"]
    if scheduler != "constant" and settings["force_constant_lr"]:
        yield warning(
            "The learning rate is forced, so it doesn’t sink.",
            "forced-rate",
            "lr_scheduler",
            "Set it to constant, or empty “force_constant_lr”.",
        )
    elif scheduler != "constant" and settings["max_steps"]:
        yield warning(
            f"The learning rate sinks over all {settings['epochs']} epochs: if {settings['max_steps']:,} "
            "steps are fewer, it never gets low.",
            "short-schedule",
            "max_steps",
            "Set the epochs to what will be trained.",
        )
    if scheduler == "cosine" and rate is not None and rate <= 1e-6:
        yield warning(
            "The cosine ends at 1e-6: with this learning rate it would rise.",
            "cosine-rises",
            "lr_scheduler",
            "Set it to constant or linear.",
        )
    if settings["huber_delta"] and settings["smooth_l1_beta"]:
        yield warning(
            "Two losses are set: the Huber loss counts.",
            "two-losses",
            "smooth_l1_beta",
            "Empty one of them.",
        )


def _optimizer(settings: Mapping[str, Any]) -> Iterator[Problem]:
    found = optimizers.get(settings["optimizer"])
    if found is None or found.betas is None:
        return
    if settings["betas"] and not found.betas:
        yield warning(f"{found.name} takes no betas: left out.", "betas", "betas", "Empty them.")
    if settings["eps"] is not None and "eps" not in found.options:
        yield warning(f"{found.name} takes no epsilon: left out.", "eps", "eps", "Empty it.")
    rate = settings["learning_rate"]
    if rate is not None:
        yield from _rate(rate, found)


def _rate(rate: float, found: optimizers.Optimizer) -> Iterator[Problem]:
    adapts = found.name == "Prodigy" or found.name.startswith("DAdapt")
    usual = found.own and found.name not in {"automagic", "genericoptim", "sgd"}
    if adapts and rate < 0.1:
        sentence = "finds the learning rate itself: this one only makes it smaller by so much"
        step = "Set it to 1."
    elif found.name == "automagic" and rate > 1e-3:
        sentence, step = (
            "begins at 1e-6 where this is above 1e-3",
            "Set it to 1e-6: it grows by itself.",
        )
    elif usual and rate > 0.1:
        sentence = f"can’t learn at a rate of {rate:g}: it is far too high"
        step = "2e-5 to 1e-4 is usual. Prodigy takes 1."
    else:
        return
    yield warning(f"{found.name} {sentence}.", "rate", "learning_rate", step)


def _trainer(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings["trust_cache"] and settings["regenerate_cache"]:
        yield warning(
            "The cache is to be both trusted and made anew: it is made anew.",
            "cache",
            "trust_cache",
            "Switch one of them off.",
        )
    address = urlsplit(settings["repository"])
    if address.password or (address.username and address.scheme.startswith("http")):
        yield Problem(
            "The address of the trainer holds a password or a token.",
            "secret",
            "repository",
            "Leave it out: job files are made to be shared.",
        )
