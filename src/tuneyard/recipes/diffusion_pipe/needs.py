"""What `steps.plan` says a training needs, as data: for a page that can't ask it.

See `tuneyard.site.recipes` for how it is read; a test holds it to what the plan says.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes.diffusion_pipe.sizes import ENVIRONMENT, MODELS, SOURCE

_MODELS = [
    {"by": {"setting": name}, "is": dict(table), "else": 0.0} for name, table in MODELS.items()
]
_ENVIRONMENT = {"by": {"setting": "trainer_python"}, "is": {"": ENVIRONMENT["cuda"]}, "else": 0.0}

NEEDS: dict[str, Any] = {
    "gpus": {"setting": "gpus"},
    "gpu_memory_gb": None,
    "disk_gb": {"rounded": [{"sum": [_ENVIRONMENT, *_MODELS]}, 1]},
    "source": SOURCE,
}
