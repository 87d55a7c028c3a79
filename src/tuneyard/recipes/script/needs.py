"""What `steps.plan` says a script needs, as data: for a page that can't ask it.

See `tuneyard.site.recipes` for how it is read; a test holds it to what the plan says.
"""

from __future__ import annotations

from typing import Any

_GPUS = {"first": [{"setting": "gpus"}, {"compute": "gpu_count"}]}

NEEDS: dict[str, Any] = {
    "gpus": _GPUS,
    "gpu_memory_gb": {"by": _GPUS, "is": {"0": None}, "else": {"setting": "gpu_memory_gb"}},
    "disk_gb": {"setting": "disk_gb"},
    "source": "as the job says: nobody else knows what a script needs",
}
