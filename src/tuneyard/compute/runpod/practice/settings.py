"""How a rehearsal goes when nothing goes wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
URL, PROXY = "TUNEYARD_RUNPOD_URL", "TUNEYARD_RUNPOD_PROXY"  # where Tuneyard looks for RunPod
FACE = 8471  # the port of a pod that is forwarded to
FACE_PORT = "TUNEYARD_FACE_PORT"  # tells a pod which port of this computer it is instead


@dataclass(frozen=True)
class Settings:
    """Times are in seconds. Shorter than RunPod's, so that nobody waits for a rehearsal.

    `folder` holds the pods' disks and the volumes. Pods see nothing of `hidden`, and `kept`
    although it is hidden or no image has it; `apart` None asks this computer whether it can
    hide anything at all.
    """

    folder: Path
    port: int = 0
    pull: float = 1.0  # an image
    boot: float = 0.5  # from the container's start to its first figures
    pause: float = 2.0  # before a container that ended is started again; RunPod's: 16 to 60
    warm: float = 0.5  # from the container's start until the proxy knows of it
    proxy_limit: float = 100.0  # without an answer
    heartbeat: float = 15.0  # of streams of log lines
    grace: float = 1.0  # that a container is given to end
    balance: float = 25.0  # dollars
    speed: float = 1.0  # how much faster than the clock money goes
    hidden: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    apart: bool | None = None
    seed: int | None = None  # for ids and keys


def of_this_program() -> tuple[str, ...]:
    """Where Tuneyard itself lies: no pod is to find it by chance, since RunPod's have none."""
    own = Path(__file__).parents[3]
    return (str(own), *([sys.prefix] if sys.prefix != sys.base_prefix else []))
