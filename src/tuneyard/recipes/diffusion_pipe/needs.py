"""What `steps.plan` says a training needs, as data: for a page that can't ask it.

See `tuneyard.site.recipes` for how it is read; a test holds it to what the plan says.
"""

from __future__ import annotations

from typing import Any

from tuneyard.recipes.diffusion_pipe.at_home import disk, memory

NEEDS: dict[str, Any] = {
    "gpus": {"setting": "gpus"},
    "gpu_memory_gb": memory.GPU_MEMORY_GB,
    "gpu_memory_source": memory.SOURCE,
    "disk_gb": disk.DISK_GB,
    "source": disk.SOURCE,
}
