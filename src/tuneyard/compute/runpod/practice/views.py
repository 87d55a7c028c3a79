"""What RunPod says of a thing, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import catalog, contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .pods import Pod
    from .volumes import Volume


def pod(one: Pod) -> dict[str, Any]:
    """With all that each answer about a pod has; its environment is told in clear."""
    asked, made = one.asked, one.made
    entrypoint, cmd = contract.command(asked)
    return {
        "id": one.id,
        "name": asked["name"],
        "status": one.status,
        "actions": list(one.actions),
        "image": asked.get("image", ""),
        "args": contract.as_args(entrypoint, cmd),
        "entrypoint": entrypoint,
        "cmd": cmd,
        "disk": asked.get("disk", contract.USUAL_DISK),
        "mounts": asked.get("mounts", {}),
        "ports": asked.get("ports", []),
        "env": asked.get("env", {}),
        "registry": asked.get("registry"),
        **_compute(one),
        "cloud": asked.get("cloud", "SECURE"),
        "dataCenterId": made.data_center,
        "cudaVersion": made.cuda,
        "ssh": {"proxy": _ssh(one.id), "direct": None},
        "template": None,
        "cost": made.cost,  # also of one that is stopped
        "locked": asked.get("locked", False),
        "runtime": _runtime(one),
        "createdAt": made.created,
        "startedAt": one.started_at,
        "globalNetworking": {"enabled": False},
    }


def _compute(one: Pod) -> dict[str, Any]:
    figures = {"vcpuCount": one.made.processors, "memory": one.made.memory}
    if "cpu" in one.asked:
        return {"cpu": {"id": one.asked["cpu"]["id"], **figures}}
    asked = one.asked["gpu"]
    return {"gpu": {"id": asked["id"], "count": asked["count"], **figures}}


def _ssh(name: str) -> dict[str, Any]:
    host, user = "ssh.runpod.io", f"{name}-practice"
    return {"host": host, "port": 22, "username": user, "command": f"ssh {user}@{host}"}


def _runtime(one: Pod) -> dict[str, Any] | None:
    if (uptime := one.uptime) is None:
        return None
    # One port that nobody asked for is always among them.
    ports = [{"private": 19123, "public": 60123, "type": "http", "ip": "100.65.0.119"}]
    for port in one.asked.get("ports", []):
        number, _, kind = port.partition("/")
        ports.append({"private": int(number), "public": 60000, "type": kind, "ip": "100.65.0.1"})
    return {
        "uptime": uptime,
        "gpus": [{"util": 0, "memoryUtil": 0}] * one.asked.get("gpu", {}).get("count", 0),
        "cpu": {"util": 1},
        "memory": {"util": 2},
        "ports": ports,
    }


def gpu(one: catalog.Gpu, query: Mapping[str, str] | None) -> dict[str, Any] | None:
    """As the catalogue has it; `query` asks for its stock, and may leave none of it."""
    shown: dict[str, Any] = {
        "id": one.id,
        "name": one.name,
        "pool": one.pool,
        "manufacturer": one.manufacturer,
        "memory": one.memory,
        "secure": bool(one.secure),
        "community": bool(one.community),
        "price": {"secure": one.secure or 0.0, "community": one.community or 0.0},
        "maxCount": {
            "secure": one.most if one.secure else 0,
            "community": one.most if one.community else 0,
        },
    }
    if query is None:
        return shown
    countries = query.get("countryCodes", "").split(",")
    centers = [one for one in catalog.DATA_CENTERS if countries == [""] or one.country in countries]
    if not centers:
        return None
    offered = one.price(query.get("cloud", "SECURE")) and int(query.get("count", 1)) <= one.most
    level = one.stock if offered else "NONE"
    shown["availability"] = level
    shown["dataCenters"] = [
        {"id": center.id, "name": center.name, "availability": level} for center in centers
    ]
    shown["cudaVersions"] = [
        {"version": version, "available": level != "NONE"} for version in one.cuda
    ]
    return shown


def data_center(one: catalog.DataCenter, *, stock: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id,
        "name": one.name,
        "region": one.region,
        "globalNetwork": True,
        "networkVolumeTypes": list(one.volumes),
        "compliance": [],
    }
    if stock:
        shown["gpuAvailability"] = [
            {"id": gpu.id, "name": gpu.name, "availability": gpu.stock} for gpu in catalog.GPUS
        ]
    return shown


def volume(one: Volume) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "size": one.size,
        "dataCenter": one.data_center,
        "type": one.type,
    }


def bill(one: Pod) -> dict[str, Any]:
    total = one.meter.read()
    compute = {"gpuAmount": 0.0, "cpuAmount": 0.0}
    compute["gpuAmount" if "gpu" in one.asked else "cpuAmount"] = one.meter.gpu
    return {
        "podId": one.id,
        "startTime": one.made.created,
        "endTime": _time(datetime.now(UTC)),
        "totalAmount": total,
        "diskAmount": one.meter.disk,
        **compute,
    }


def last_month() -> dict[str, str]:
    """The time that bills are of, unless they are asked for another."""
    now = datetime.now(UTC)
    return {"startTime": _time(now - timedelta(days=30)), "endTime": _time(now)}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
