"""What `steps.plan` says a training needs, as data: for a page that can't ask it.

See `tuneyard.site.recipes` for how it is read; a test holds it to what the plan says.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes.diffusion_pipe.at_home import memory
from tuneyard.recipes.diffusion_pipe.catalog import models
from tuneyard.recipes.diffusion_pipe.files.sizes import ENVIRONMENT, MODELS, SOURCE

_ENVIRONMENT = {"by": {"setting": "trainer_python"}, "is": {"": ENVIRONMENT["cuda"]}, "else": 0.0}


def _readers(name: str) -> dict[str, str]:
    """The models that read a setting: of all others a value that is hidden counts for nothing."""
    return {"model": "|".join(each for each, model in models.MODELS.items() if name in model.keys)}


_MODELS = [
    {
        "cases": [
            [_readers(name), {"by": {"setting": name}, "is": dict(table), "else": 0.0}],
        ],
        "else": 0.0,
    }
    for name, table in MODELS.items()
]

NEEDS: dict[str, Any] = {
    "gpus": {"setting": "gpus"},
    "gpu_memory_gb": memory.GPU_MEMORY_GB,
    "gpu_memory_source": memory.SOURCE,
    "disk_gb": {"rounded": [{"sum": [_ENVIRONMENT, *_MODELS]}, 1]},
    "source": SOURCE,
}
