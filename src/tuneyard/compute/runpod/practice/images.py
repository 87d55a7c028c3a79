"""What a pod finds inside: of whatever image, the programs of this computer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import contract
from .container import Inside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .settings import Settings

NO_PYTHON = "practice/no-python"  # an image as small as those that have none

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PLACES_OF_PYTHON = ("usr/bin", "usr/local/bin", "opt/*/bin")
_SERVING = ["/bin/sh", "-c", "while :; do sleep 3600; done"]  # what an image does by itself


def inside(
    asked: Mapping[str, Any],
    env: Mapping[str, str],
    disk: Path,
    mounts: Mapping[str, Path],
    settings: Settings,
) -> Inside:
    """What a pod that was asked for is started with. Where nothing can be kept apart, what is
    in its environment leads it to its own disk all the same.
    """
    entrypoint, cmd = contract.command(asked)
    apart = bool(settings.apart)
    bare = asked.get("image") == NO_PYTHON
    own = "" if bare else f":{sys.base_prefix}/bin"
    places = {"/root": disk / "root", **mounts}
    usual = {"PATH": _PATH + own, "HOME": "/root", "LANG": "C.UTF-8"}
    if not apart:
        usual["TMPDIR"] = str(disk / "tmp")
    return Inside(
        argv=[*entrypoint, *cmd] or _SERVING,
        env={
            name: value if apart else _moved(value, places)
            for name, value in {**usual, **env}.items()
        },
        disk=str(disk),
        mounts={place: str(folder) for place, folder in mounts.items()},
        shown=[*_SYSTEM, *_resolver(), *([] if bare else [sys.base_prefix])],
        hidden=[*settings.hidden, *(_pythons() if bare else [])],
        kept=settings.kept,
        apart=apart,
        workdir="/" if apart else str(disk),
    )


def _moved(value: str, places: Mapping[str, Path]) -> str:
    for place, folder in places.items():
        if value == place or value.startswith(f"{place}/"):
            return f"{folder}{value.removeprefix(place)}"
    return value


def _resolver() -> list[str]:
    """Where this computer's resolver is really told of names: often a link out of /etc."""
    real = os.path.realpath("/etc/resolv.conf")
    return [] if real.startswith("/etc/") else [real]


def _pythons() -> list[str]:
    folders = [found for place in _PLACES_OF_PYTHON for found in Path("/").glob(place)]
    found = [path for folder in folders for path in folder.glob("py*")]
    return [str(path) for path in found if path.name.startswith(("python", "pypy"))]
