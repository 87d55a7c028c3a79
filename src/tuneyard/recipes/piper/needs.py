"""What `steps.plan` says a training needs, as data: for a page that can't ask it.

See `tuneyard.site.recipes` for how it is read; a test holds it to what the plan says.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes.piper.steps import CHECKPOINT_GB, ENVIRONMENT_GB

_CHECKPOINTS = {"whole": [{"setting": "epochs"}, {"setting": "checkpoint_epochs"}]}
_KEPT = {
    "by": {"setting": "keep_last"},
    "is": {"0": {"most": [1, _CHECKPOINTS]}},
    "else": {"setting": "keep_last"},
}
_CHECKPOINT = {"by": {"setting": "quality"}, "is": CHECKPOINT_GB, "else": None}
_ENVIRONMENT = {
    "by": {"setting": "accelerator"},
    "is": {"cpu": ENVIRONMENT_GB["cpu"]},
    "else": ENVIRONMENT_GB["cuda"],
}

NEEDS: dict[str, Any] = {
    "gpus": {"by": {"setting": "accelerator"}, "is": {"cpu": 0}, "else": 1},
    "gpu_memory_gb": None,
    "disk_gb": {
        "rounded": [
            {
                "sum": [
                    {"product": [{"sum": [_KEPT, 2]}, _CHECKPOINT]},
                    {"by": {"setting": "trainer_python"}, "is": {"": _ENVIRONMENT}, "else": 0},
                ]
            },
            1,
        ]
    },
    "source": "sizes measured with piper-tts 1.8.0",
}
