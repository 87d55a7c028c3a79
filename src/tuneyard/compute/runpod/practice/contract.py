"""What REST v2 takes, as far as a rehearsal needs it: restated from RunPod's OpenAPI description.

A body of the wrong shape is 422 with a list of what is wrong (`Record`s below). One of the
right shape that breaks a rule across fields is 400 (`broken_rule`), like one for which there
is no capacity.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from .shapes import Flag, Record, Several, Text, Texts, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_BODY = 102_400  # bytes
MOST_HTTP_PORTS = 10
USUAL_DISK = 50  # GB
MOST_VARIABLES = 50
ACTIONS = ("start", "stop", "restart", "terminate")
CLOUDS = ("SECURE", "COMMUNITY")

# What every answer about a pod has, beside gpu or cpu.
POD_KEYS = frozenset(
    [
        "id",
        "name",
        "status",
        "actions",
        "image",
        "args",
        "disk",
        "mounts",
        "ports",
        "env",
        "registry",
        "cloud",
        "dataCenterId",
        "cudaVersion",
        "ssh",
        "template",
        "cost",
        "locked",
        "runtime",
        "createdAt",
        "startedAt",
        "globalNetworking",
    ]
)

_CUDA = Text(pattern=r"^\d+\.\d+$")
_CONTAINER: Mapping[str, Any] = {
    "image": Text(),
    "args": Text(),
    "entrypoint": Several(Text()),
    "cmd": Several(Text()),
    "disk": Whole(1),
    "ports": Several(Text()),
    "env": Texts(),
    "registry": Text(or_null=True),
}
_MOUNTS = Record(
    {
        "persistent": Record({"size": Whole(10), "path": Text()}, ("size", "path")),
        "network": Several(
            Record({"volumeId": Text(), "path": Text()}, ("volumeId", "path")), most=1
        ),
    }
)

CREATE = Record(
    {
        **_CONTAINER,
        "name": Text(shortest=1),
        "gpu": Record(
            {
                "id": Text(),
                "count": Whole(1),
                "allowedCudaVersions": Several(_CUDA),
                "minCudaVersion": _CUDA,
                "minRamPerGpu": Whole(1),
                "minVcpuCountPerGpu": Whole(1),
            },
            ("id",),
        ),
        "cpu": Record({"id": Text(shortest=1), "vcpuCount": Whole(2)}, ("id", "vcpuCount")),
        "cloud": Text(choices=CLOUDS),
        "dataCenterIds": Several(Text()),
        "globalNetworking": Flag(),
        "mounts": _MOUNTS,
        "startJupyter": Flag(),
        "startSsh": Flag(),
        "templateId": Text(shortest=1),
    },
    required=("name",),
    composed=True,
)
UPDATE = Record(
    {
        **_CONTAINER,
        "name": Text(shortest=1),
        "globalNetworking": Flag(),
        "locked": Flag(),
        "mounts": _MOUNTS,
        "templateId": Text(shortest=1),
    },
    composed=True,
)
ACTION = Record({"action": Text(choices=ACTIONS)}, ("action",))
VOLUME = Record(
    {
        "name": Text(shortest=1),
        "size": Whole(10, 4096),
        "dataCenter": Text(shortest=1),
        "type": Text(choices=("STANDARD", "HIGH_PERFORMANCE")),
    },
    ("name", "size", "dataCenter"),
)


def broken_rule(body: Mapping[str, Any]) -> str:
    """The rule across fields that a well-shaped create or update breaks; "" if none."""
    gpu, mounts = body.get("gpu", {}), body.get("mounts", {})
    ports = body.get("ports", [])
    if gpu.get("allowedCudaVersions") and "minCudaVersion" in gpu:
        return "gpu.allowedCudaVersions and gpu.minCudaVersion are mutually exclusive"
    if "persistent" in mounts and "network" in mounts:
        return "mounts.persistent and mounts.network are mutually exclusive"
    if mounts.get("network") == []:
        return "mounts.network must not be empty"
    if any(not _path(mount) for mount in _mounted(mounts)):
        return "mount path must be an absolute path"
    if wrong := [port for port in ports if not _port(port)]:
        return f"invalid port {wrong[0]!r}: must be formatted as port/protocol"
    if sum(port.endswith("/http") for port in ports) > MOST_HTTP_PORTS:
        return f"at most {MOST_HTTP_PORTS} http ports can be exposed"
    if len(body.get("env", {})) > MOST_VARIABLES:
        return f"at most {MOST_VARIABLES} environment variables can be set"
    if "args" in body and not _agree(body):
        return "args does not describe the same command as entrypoint and cmd"
    return ""


def broken_rule_of_create(body: Mapping[str, Any]) -> str:
    """The same for a create alone."""
    if ("gpu" in body) == ("cpu" in body):
        return "exactly one of gpu or cpu must be set"
    if "cpu" in body and "persistent" in body.get("mounts", {}):
        return "mounts.persistent is not supported on CPU pods"
    if "cpu" in body and (count := body["cpu"]["vcpuCount"]) & (count - 1):
        return "cpu.vcpuCount must be a power of two"
    if body.get("mounts", {}).get("network") and body.get("cloud") == "COMMUNITY":
        return "network volumes are only available on SECURE cloud"
    return broken_rule(body)


def command(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Entrypoint and cmd, whichever of the two ways they were sent in."""
    if "entrypoint" in body or "cmd" in body:
        return body.get("entrypoint", []), body.get("cmd", [])
    return _from_args(body.get("args", ""))


def as_args(entrypoint: list[str], cmd: list[str]) -> str:
    """The one string that answers have beside the two lists."""
    if entrypoint:
        return json.dumps({"entrypoint": entrypoint, "cmd": cmd})
    return shlex.join(cmd)


def _from_args(args: str) -> tuple[list[str], list[str]]:
    try:
        data = json.loads(args)
    except ValueError:
        data = None
    if isinstance(data, dict) and data.keys() <= {"entrypoint", "cmd"}:
        return data.get("entrypoint", []), data.get("cmd", [])
    try:
        return [], shlex.split(args)
    except ValueError:  # a quote that is never closed
        return [], args.split()


def _agree(body: Mapping[str, Any]) -> bool:
    both = {name: body[name] for name in ("entrypoint", "cmd") if name in body}
    return not both or _from_args(body["args"]) == command(both)


def _mounted(mounts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*([mounts["persistent"]] if "persistent" in mounts else []), *mounts.get("network", [])]


def _path(mount: Mapping[str, Any]) -> bool:
    return bool(re.fullmatch(r"(/[\w.-]+)+", mount["path"])) and ".." not in mount["path"]


def _port(text: str) -> bool:
    found = re.fullmatch(r"(\d{1,5})/(http|tcp)", text)
    return bool(found) and 0 < int(found[1]) < 65536  # type: ignore[index] # it matched
