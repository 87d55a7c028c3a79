"""The little of RunPod's GraphQL that REST v2 has nothing for: balance, and ending a pod.

Whatever is asked, the answer is 200; what went wrong stands in its ``errors``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import catalog
from .answers import Answer, Refused, Request, of_json
from .query import Field, NotUnderstood, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .pods import Pod
    from .world import World


def answer(world: World, request: Request) -> Answer:
    try:
        asked = json.loads(request.body)
        fields = parse(asked["query"], asked.get("variables") or {})
    except (ValueError, KeyError, TypeError, AttributeError, NotUnderstood) as error:
        return _wrong(f"Syntax Error: {error}")
    data: dict[str, Any] = {}
    for field in fields:
        try:
            data[field.key] = _shown(_resolve(world, request.key, field), field)
        except Refused as refused:
            return of_json(
                {"errors": [{"message": str(refused), "path": [field.key]}], "data": None}
            )
        except NotUnderstood as error:
            return _wrong(str(error))
    return of_json({"data": data})


def _wrong(message: str) -> Answer:
    return of_json({"errors": [{"message": message}]})


# -- what there is ----------------------------------------------------------------


def _resolve(world: World, key: str, field: Field) -> Any:
    if field.name not in _ROOTS:
        raise NotUnderstood(f'Cannot query field "{field.name}" on type "Query".')
    if not key and field.name != "gpuTypes":
        raise Refused(401, "Unauthorized")
    return _ROOTS[field.name](world, key, field.given.get("input") or {})


def _myself(world: World, key: str, _given: Mapping[str, Any]) -> dict[str, Any]:
    if key != "account":
        raise Refused(403, "Unauthorized")
    balance = world.balance
    return {
        "id": "user_practice",
        "email": "nobody@practice.invalid",
        "clientBalance": round(balance, 4),
        "currentSpendPerHr": round(world.an_hour, 4),
        "spendLimit": 80,
        "minBalance": 0,
        "underBalance": balance <= 0,
        "pods": [_pod(pod) for pod in world.listed()],
    }


def _gpu_types(_world: World, _key: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = given.get("id")
    return [_gpu(one) for one in catalog.GPUS if wanted in {None, one.id}]


def _one_pod(world: World, key: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    name = given.get("podId")
    if key not in {"account", name}:
        raise Refused(403, "Unauthorized")
    return _pod(world.pods[name]) if name in world.pods else None


def _terminate(world: World, key: str, given: Mapping[str, Any]) -> None:
    world.end(_to_end(world, key, given, "pod not found to terminate"))


def _stop(world: World, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    pod = _to_end(world, key, given, "pod not found to stop")
    world.act(pod, "stop")
    return _pod(pod)


def _to_end(world: World, key: str, given: Mapping[str, Any], missing: str) -> Pod:
    name = given.get("podId")
    if key not in {"account", name}:
        raise Refused(403, "Unauthorized")
    if key == name and "graphql" in world.faults.end_refused:
        raise Refused(403, "Unauthorized")
    if name not in world.pods:
        raise Refused(404, missing)
    return world.pods[name]


_ROOTS: Mapping[str, Callable[[World, str, Mapping[str, Any]], Any]] = {
    "myself": _myself,
    "gpuTypes": _gpu_types,
    "pod": _one_pod,
    "podTerminate": _terminate,
    "podStop": _stop,
}


def _pod(pod: Pod) -> dict[str, Any]:
    return {
        "id": pod.id,
        "name": pod.asked["name"],
        "desiredStatus": pod.status,
        "costPerHr": pod.made.cost,
        "imageName": pod.asked.get("image", ""),
        "lastStatusChange": pod.made.created,
        "lastStartedAt": pod.made.created,
        "gpuCount": pod.asked.get("gpu", {}).get("count", 0),
        "vcpuCount": pod.made.processors,
        "memoryInGb": pod.made.memory,
        "machine": {"dataCenterId": pod.made.data_center, "podHostId": f"{pod.id}-practice"},
        "runtime": None if pod.uptime is None else {"uptimeInSeconds": pod.uptime, "ports": []},
    }


def _gpu(gpu: catalog.Gpu) -> dict[str, Any]:
    return {
        "id": gpu.id,
        "displayName": gpu.name,
        "memoryInGb": gpu.memory,
        "manufacturer": gpu.manufacturer,
        "secureCloud": bool(gpu.secure),
        "communityCloud": bool(gpu.community),
        "securePrice": gpu.secure or 0,
        "communityPrice": gpu.community or 0,
        "maxGpuCount": gpu.most,
        "lowestPrice": {
            "uninterruptablePrice": gpu.community or gpu.secure,
            "minimumBidPrice": None,
            "stockStatus": None if gpu.stock == "NONE" else gpu.stock.capitalize(),
        },
    }


def _shown(value: Any, field: Field) -> Any:
    """A value, as far as it was asked for."""
    if isinstance(value, list):
        return [_shown(item, field) for item in value]
    if not isinstance(value, dict):
        return value
    if not field.fields:
        raise NotUnderstood(f'Field "{field.name}" must have a selection of subfields.')
    for inner in field.fields:
        if inner.name not in value:
            raise NotUnderstood(f'Cannot query field "{inner.name}" on "{field.name}".')
    return {inner.key: _shown(value[inner.name], inner) for inner in field.fields}
