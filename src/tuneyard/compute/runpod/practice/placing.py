"""Where a pod that is asked for could go, and at what price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import catalog, contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .volumes import Volume

MEMORY, PROCESSORS = 62, 16  # of a host, for each GPU: GB and vCPUs
COMMUNITY = ""  # where its computers are: no data centre

_A_PROCESSOR = 0.035  # dollars an hour


def places(asked: Mapping[str, Any], volume: Volume | None) -> list[str]:
    """The data centres that have what is asked for, best first; none if nothing fits."""
    cloud = asked.get("cloud", "SECURE")
    wanted = asked.get("dataCenterIds")
    if "gpu" in asked and not _fits(asked["gpu"], cloud):
        return []
    if cloud == "COMMUNITY":
        return [] if wanted else [COMMUNITY]
    # RunPod calls these ids preferred; none other is ever chosen.
    found = [one.id for one in catalog.DATA_CENTERS if not wanted or one.id in wanted]
    return [one for one in found if volume is None or one == volume.data_center]


def _fits(asked: Mapping[str, Any], cloud: str) -> bool:
    gpu = catalog.gpu(asked["id"])
    if gpu is None or not gpu.price(cloud) or gpu.stock == "NONE":
        return False
    allowed = asked.get("allowedCudaVersions") or gpu.cuda
    floor = _version(asked.get("minCudaVersion", "0.0"))
    return (
        1 <= asked.get("count", 0) <= gpu.most  # one that sends no count is told the same
        and (not gpu.cuda or any(_version(one) >= floor for one in gpu.cuda if one in allowed))
        and asked.get("minRamPerGpu", 0) <= MEMORY
        and asked.get("minVcpuCountPerGpu", 0) <= PROCESSORS
    )


def price(asked: Mapping[str, Any]) -> float:
    """Dollars an hour, without disk, of what fits."""
    if "cpu" in asked:
        return round(_A_PROCESSOR * float(asked["cpu"]["vcpuCount"]), 4)
    gpu = catalog.gpu(asked["gpu"]["id"])
    one = gpu.price(asked.get("cloud", "SECURE")) if gpu else None
    return round((one or 0.0) * float(asked["gpu"]["count"]), 4)


def cuda(asked: Mapping[str, Any]) -> str | None:
    """What the host has, which is the newest."""
    gpu = catalog.gpu(asked["gpu"]["id"]) if "gpu" in asked else None
    return gpu.cuda[-1] if gpu and gpu.cuda else None


def persistent(asked: Mapping[str, Any]) -> int:
    """GB of the volume that lies on the pod's own host."""
    return int(asked.get("mounts", {}).get("persistent", {}).get("size", 0))


def disk(asked: Mapping[str, Any]) -> int:
    """GB on the pod's host in all."""
    return int(asked.get("disk", contract.USUAL_DISK)) + persistent(asked)


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))
