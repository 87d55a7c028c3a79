"""The one request that rents a pod: made here, checked here, and shown to people from here."""

from __future__ import annotations

import json
import re
import secrets as random
import shlex
from typing import TYPE_CHECKING, Any

from tuneyard.errors import NotPossible
from tuneyard.runner.pod.serve import PORT

from .address import ADDRESS, PUBLIC, address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .offers import Offer
    from .settings import RunPodSettings

LARGEST = 100_000  # bytes; RunPod takes less than 102,400, after adding some of its own
MOST_VARIABLES = 50

MOUNT = "/workspace"  # where a network volume lies in the pod

_PROGRAM = "TUNEYARD_PROGRAM"
_TOKEN = "TUNEYARD_FACE_TOKEN"  # noqa: S105 - a name
_REFERENCE = re.compile(r"\{\{\s*RUNPOD_SECRET_\w+\s*\}\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STARS = "********"
_SHOWN = 160  # characters of a long value that are shown


def build(
    job: Mapping[str, Any],
    settings: RunPodSettings,
    offer: Offer,
    *,
    name: str,
    program: str,
    boot: str,
    secrets: Mapping[str, str],
    token: str,
    deadline: int,
    collect: int,
    origins: Iterable[str] = (),
) -> dict[str, Any]:
    """A CreatePodRequest with nothing in it but what RunPod's contract names.

    `job` is what the pod is told of its job, as TUNEYARD_JOB; `program` and `boot` are the
    packed runner and the shell text that unpacks it; `settings` are complete, with image and
    disk. Of `secrets` each goes in under its name: a value, or ``{{ RUNPOD_SECRET_x }}``.
    """
    env = {
        _PROGRAM: program,
        "TUNEYARD_JOB": _compact(job),
        "TUNEYARD_DEADLINE": str(int(deadline)),
        "TUNEYARD_COLLECT": str(int(collect)),
        _TOKEN: token,
        "TUNEYARD_ORIGINS": " ".join(origins),
        "TUNEYARD_HOME": f"{MOUNT}/tuneyard" if settings.volume else "/root/tuneyard",
    }
    if address() != PUBLIC:
        env[ADDRESS] = address()
    request: dict[str, Any] = {
        "name": name,
        "image": settings.image,
        "gpu": _gpu(settings, offer),
        "cloud": offer.cloud.upper(),
        "disk": settings.disk,
        "ports": [f"{PORT}/http"],
        "env": {**env, **_passed(secrets)},
        "args": _compact({"entrypoint": ["/bin/sh", "-c"], "cmd": [boot]}),
    }
    if settings.data_centers:
        # They are matched as they are written, and are written in capitals.
        request["dataCenterIds"] = [center.strip().upper() for center in settings.data_centers]
    if settings.volume:
        request["mounts"] = {"network": [{"volumeId": settings.volume, "path": MOUNT}]}
    return request


def encoded(request: Mapping[str, Any]) -> bytes:
    """The body exactly as it is sent."""
    return _compact(request).encode()


def checked(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same request. Raises NotPossible if RunPod would not take so large a one."""
    size, env = len(encoded(request)), request["env"]
    if size >= LARGEST:
        largest = sorted(env, key=lambda name: len(env[name]), reverse=True)[:2]
        parts = " and ".join(f"{len(env[name].encode()):,} of {name}" for name in largest)
        raise NotPossible(
            f"The request for the pod has {size:,} bytes and may have {LARGEST - 1:,}. "
            f"The largest parts are {parts}.",
            code="request-too-large",
            next_step="Make the job's settings shorter: a long script goes into a file or an address.",
        )
    if len(env) > MOST_VARIABLES:
        raise NotPossible(
            f"The pod would get {len(env)} environment variables and may get {MOST_VARIABLES}.",
            code="too-many-variables",
            next_step="Give the job fewer variables.",
        )
    return request


def secrets_in(request: Mapping[str, Any]) -> set[str]:
    """All values in a request that nobody else may see."""
    env = request.get("env", {})
    return {value for name, value in env.items() if _is_secret(name, value)}


def masked(request: Mapping[str, Any]) -> dict[str, Any]:
    """The same request as it may be shown: stars for secrets, a note for the program."""
    env = {name: _shown(name, value) for name, value in request["env"].items()}
    return {**request, "env": env}


def curl(request: Mapping[str, Any], *, complete: bool = False) -> str:
    """The request as a command for a shell, with the key and all secrets as its variables.

    It is for reading, with long values cut, unless it is to be `complete`: then it does the same.
    """
    names: dict[str, str] = {}

    def written(name: str, value: str) -> str:
        if _is_secret(name, value):
            mark = f"@{random.token_hex(8)}@"
            names[mark] = name
            return mark
        return value if complete else _cut(value)

    env = {name: written(name, value) for name, value in request["env"].items()}
    args = request["args"] if complete else _cut(request["args"])
    body = shlex.quote(json.dumps({**request, "env": env, "args": args}, ensure_ascii=False))
    for mark, name in names.items():
        body = body.replace(mark, f"'\"${{{name}}}\"'")  # out of the quotes, and into them again
    lines = [
        f"curl -sS -X POST {shlex.quote(f'{address()}/v2/pods')}",
        '-H "Authorization: Bearer $RUNPOD_API_KEY"',
        "-H 'Content-Type: application/json'",
        f"--data-binary {body}",
    ]
    return " \\\n  ".join(lines)


def _gpu(settings: RunPodSettings, offer: Offer) -> dict[str, Any]:
    # Without a count every request is refused, as if there were no capacity.
    gpu: dict[str, Any] = {"id": offer.gpu, "count": offer.count}
    return {**gpu, "minCudaVersion": settings.min_cuda} if settings.min_cuda else gpu


def _passed(secrets: Mapping[str, str]) -> dict[str, str]:
    """What a pod is given of secrets: never the account's key, and nothing in place of our own."""
    for name in secrets:
        if not _NAME.fullmatch(name) or name.startswith(("RUNPOD_", "TUNEYARD_")):
            raise NotPossible(
                f"A pod can't be given a variable called “{name}”.",
                code="variable-name",
                next_step="Choose a name of letters, digits and _ that doesn't begin with RUNPOD_ or TUNEYARD_.",
            )
    return dict(secrets)


def _is_secret(name: str, value: str) -> bool:
    if name == _TOKEN:
        return True
    return not name.startswith("TUNEYARD_") and not _REFERENCE.fullmatch(value)


def _shown(name: str, value: str) -> str:
    if name == _PROGRAM:
        return f"(the program, packed: {len(value.encode()):,} bytes)"
    return _STARS if _is_secret(name, value) else value


def _cut(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
