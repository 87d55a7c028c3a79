"""What a page can see of the data and the model's files on the Hub before anything is rented.

See `tuneyard.site.recipes` for how it is read.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes import hub
from tuneyard.recipes.diffusion_pipe.files.contents import misfit
from tuneyard.recipes.diffusion_pipe.files.named import PATHS
from tuneyard.recipes.diffusion_pipe.files.sniff import SUFFIXES, kind_in

__all__ = ["LOOK", "SUFFIXES", "kind_in", "misfit"]

_SECRETS = list(hub.READ)

LOOK: dict[str, Any] = {
    "directories.*.path": {"required": True, "secrets": _SECRETS},
    "evaluation.*.path": {"secrets": _SECRETS},
    **{name: {"kind": "model", "secrets": _SECRETS} for name in PATHS},
}
