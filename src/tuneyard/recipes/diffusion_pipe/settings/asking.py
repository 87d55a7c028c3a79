"""For which models a setting is asked, and forms that several settings share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.written import Joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuneyard.recipes.diffusion_pipe.catalog.models import Model


def readers(name: str) -> dict[str, Any]:
    """As `shown_when`: the models that read a setting."""
    return those(lambda model: name in model.keys)


def those(chosen: Callable[[Model], bool]) -> dict[str, Any]:
    """As `shown_when`: the models for which something is so."""
    return {"model": [name for name, model in MODELS.items() if chosen(model)]}


# As people type them, ``512x768``; upstream's own files have ``[512, 768]``.
Sizes = list[Annotated[str, Joined("x")]]
# ``512:4, 1024:1``; upstream's own have ``[[512, 4], [1024, 1]]``.
Batch = Annotated[str, Joined(", ", ":")]
