"""For which models a setting is asked, and forms that several settings share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

from tuneyard.recipes.diffusion_pipe.models import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.recipes.diffusion_pipe.models import Model


def readers(name: str) -> dict[str, Any]:
    """As `shown_when`: the models that read a setting."""
    return those(lambda model: name in model.keys)


def those(chosen: Callable[[Model], bool]) -> dict[str, Any]:
    """As `shown_when`: the models for which something is so."""
    return {"model": [name for name, model in MODELS.items() if chosen(model)]}


def _typed(value: Any) -> Any:
    """Sizes as upstream's own files have them, ``[512, 768]``, as people type them: 512x768."""
    if not isinstance(value, list):
        return value
    return [
        "x".join(str(side) for side in each) if isinstance(each, list) else each for each in value
    ]


def _batch(value: Any) -> Any:
    """``[[512, 4], [1024, 1]]`` as people type it: 512:4, 1024:1."""
    if not isinstance(value, list):
        return value
    return ", ".join(":".join(str(part) for part in pair) for pair in value)


Sizes = Annotated[list[str], BeforeValidator(_typed)]
Batch = Annotated[str, BeforeValidator(_batch)]
