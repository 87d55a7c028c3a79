"""A pod as RunPod tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .address import console
from .errors import strange
from .reading import moment, number, table, text, whole

GONE = "TERMINATED"
IDLE = frozenset({"EXITED", GONE})  # these no longer use a GPU, whatever price they show


@dataclass(frozen=True)
class Pod:
    """`status` is RunPod's word, known or not: it is RUNNING from the first moment on, so what
    says that the container is up is `uptime` (seconds, None before). `dollars_an_hour` is the
    price of the whole pod. Its environment is left out on purpose: it holds tokens in clear.
    """

    id: str
    name: str
    status: str = ""
    dollars_an_hour: float = 0.0
    created: float | None = None
    uptime: float | None = None
    gpu: str = ""
    gpu_count: int = 0
    cloud: str = ""
    data_center: str = ""
    image: str = ""

    @property
    def url(self) -> str:
        """Where its owner sees it."""
        return console(self.id)

    @property
    def running(self) -> bool:
        """Whether it uses a GPU, or is about to; of an unknown status this is to be feared."""
        return self.status not in IDLE

    def spent(self, now: float, dollars_an_hour: float | None = None) -> float | None:
        """Dollars since it was made, at its own price or another; None where that can't be told."""
        if self.created is None or not self.running:
            return None
        return max(0.0, now - self.created) / 3600 * (dollars_an_hour or self.dollars_an_hour)


def read(data: Any) -> Pod:
    """Raises Strange of what has no id: a pod that is overlooked is paid for unseen."""
    pod = table(data)
    if not (found := text(pod.get("id")).strip()):
        raise strange()
    gpu, runtime = table(pod.get("gpu")), pod.get("runtime")
    return Pod(
        id=found,
        name=text(pod.get("name")),
        status=text(pod.get("status")),
        dollars_an_hour=number(pod.get("cost")) or 0.0,
        created=moment(pod.get("createdAt")),
        uptime=number(table(runtime).get("uptime")),
        gpu=text(gpu.get("id")),
        gpu_count=whole(gpu.get("count"), 1) if gpu else 0,
        cloud=text(pod.get("cloud")).lower(),
        data_center=text(pod.get("dataCenterId")),
        image=text(pod.get("image")),
    )
