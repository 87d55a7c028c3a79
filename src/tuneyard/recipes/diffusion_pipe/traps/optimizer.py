"""The optimizer: a wrong one shows only after hours of preparing the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.recipes.diffusion_pipe.catalog import optimizers
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Settings of their own, which the trainer takes out of the same table.
_ELSEWHERE = {
    "type": "optimizer",
    "lr": "learning_rate",
    **{name: name for name in ("betas", "weight_decay", "gradient_release", "beta2_half_life")},
}


def problems(settings: Mapping[str, Any], *, ours: bool) -> Iterator[Problem]:
    """`ours`: whether the trainer is the one that the table was read from, not a fork."""
    name = settings["optimizer"]
    found = optimizers.get(name)
    if found is None:
        yield _unknown(name, "error" if ours else "warning")
    elif found.betas is None:
        yield Problem(
            f"{name} wants more than the trainer gives to an optimizer.",
            "optimizer-needs",
            "optimizer",
            "Choose another: adamw_optimi, adamw8bitkahan or Prodigy, say.",
        )
    else:
        yield from _betas(settings, found)
        yield from _options(settings, found)
        if settings["learning_rate"] is None and found.name in ("adamw_optimi", "stableadamw"):
            yield Problem(
                f"{found.name} needs a learning rate.",
                "rate",
                "learning_rate",
                "Set it: 2e-5, say.",
            )
    if found is not None and found.name == "offload":
        yield Problem(
            "“offload” needs a torchao with torchao.prototype.low_bit_optim, which newer ones don’t have.",
            "offload",
            "optimizer",
            "Choose adamw8bitkahan, which takes little memory, or make sure that your Python has it.",
            severity="warning" if settings["trainer_python"] else "error",
        )
    if settings["beta2_half_life"] is not None and len(optimizers.betas(settings)) != 2:
        yield Problem(
            "A half-life of beta 2 needs two betas.",
            "half-life",
            "beta2_half_life",
            "Set “betas” to 0.9 and 0.99, or empty it.",
        )


def _unknown(name: str, severity: Any) -> Problem:
    near = optimizers.near(name)
    same = [other for other in near if other.lower() == name.lower()]
    if same:
        sentence = f"There is no optimizer “{name}”: its case matters."
        step = f"Write {same[0]}."
    else:
        sentence = f"There is no optimizer “{name}”."
        step = f"Did you mean {', '.join(near)}?" if near else "Choose adamw_optimi, say."
    return Problem(sentence, "optimizer-unknown", "optimizer", step, severity)


def _betas(settings: Mapping[str, Any], found: optimizers.Optimizer) -> Iterator[Problem]:
    betas = settings["betas"]
    if betas and found.betas and len(betas) != found.betas:
        yield Problem(
            f"{found.name} takes {found.betas} betas, and {len(betas)} are set.",
            "betas",
            "betas",
            "Correct them, or empty them for its own.",
        )
    if any(not 0 <= beta <= 1 for beta in betas):
        yield Problem("A beta is between 0 and 1.", "betas", "betas", "0.9 and 0.99, say.")


def _options(settings: Mapping[str, Any], found: optimizers.Optimizer) -> Iterator[Problem]:
    known = {option.removesuffix("[]") for option in found.options} - set(_ELSEWHERE)
    for name, text in settings["optimizer_options"].items():
        value = optimizers.option(text)
        if name in _ELSEWHERE or (name == "eps" and "eps" in found.options):
            yield Problem(
                f"“{name}” is a setting of its own.",
                "option",
                "optimizer_options",
                f"Set “{_ELSEWHERE.get(name, name)}”.",
            )
        elif name not in known:
            yield Problem(
                f"{found.name} has no option “{name}”.",
                "option",
                "optimizer_options",
                f"There are: {', '.join(sorted(known))}.",
            )
        elif isinstance(value, list) and not _alike(value):
            yield Problem(
                f"“{name}” is no list of numbers or of words.",
                "option",
                "optimizer_options",
                "Write it as [0.9, 0.99].",
            )


def _alike(values: list[Any]) -> bool:
    """Whether the trainer's reader can read them: numbers alone, or words alone."""
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    return bool(values) and (numbers or all(isinstance(each, str) for each in values))
