"""How the trainer is started: on which GPUs, at which port, with which environment."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.runner import gpus
from tuneyard.runner.folder import acquire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# Beside the trainer's own default (29500), and below what systems give to connections.
_PORTS = range(29501, 30000)
_WITHOUT_LINKS = "RTX 40"  # cards that can't talk to each other directly


class Port(NamedTuple):
    """A port for the processes of one training to meet at, and the lock that makes it ours."""

    number: int
    lock: int

    def close(self) -> None:
        os.close(self.lock)


def free_port(home: Path, taken: Iterable[int] = ()) -> Port:
    """One that nobody listens at and no other job has. Raises OSError if there is none.

    Not the first of them: jobs of other homes know nothing of our locks, and it takes a minute
    until the trainer listens.
    """
    locks = home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    first = os.getpid() % len(_PORTS)
    for number in (*_PORTS[first:], *_PORTS[:first]):
        if number in taken or not _is_free(number):
            continue
        if (lock := acquire(locks / f"port-{number}.lock")) is not None:
            return Port(number, lock)
    raise OSError(f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free")


def command(
    config: Path, *, devices: Sequence[int], port: int, run: str, options: Sequence[str]
) -> list[str]:
    """The launcher's. `run` is the name of the run to go on with, or nothing.

    It heeds CUDA_VISIBLE_DEVICES in no case where it is told how many GPUs to use, and the
    trainer overwrites the launcher's port with its own.
    """
    chosen = f"localhost:{','.join(map(str, devices))}"
    resume = ["--resume_from_checkpoint", run] if run else []
    return [
        *(sys.executable, "-u", "-m", "deepspeed.launcher.runner", "--include", chosen),
        *("train.py", "--deepspeed", "--config", str(config), "--master_port", str(port)),
        *resume,
        *options,
    ]


def devices(environ: Mapping[str, str], count: int) -> list[int]:
    """The places of the GPUs that the runner gave, among all of this computer; in their order.

    Raises ValueError in words.
    """
    given = [name for name in environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    if not given:
        return list(range(count))
    there = gpus.present()
    if missing := [name for name in given if name not in there]:
        raise ValueError(f"The GPU {missing[0]} is not there any more.")
    return sorted(there.index(name) for name in given)


def environment(
    settings: Mapping[str, Any], vendor: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, str]:
    """Of the trainer's processes. GPUs are counted as the driver's tool lists them."""
    # A folder with a module `utils` on the path would hide the trainer's own.
    unwanted = {"PYTHONPATH", "CUDA_VISIBLE_DEVICES"}
    plain = {name: value for name, value in environ.items() if name not in unwanted}
    own = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    if settings["expandable_segments"]:
        own["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"
    if _lacks_links(settings["nccl"]):
        own |= {"NCCL_P2P_DISABLE": "1", "NCCL_IB_DISABLE": "1"}
    if not settings["wandb"]:
        own["WANDB_MODE"] = "disabled"
    if paths := vendor.get("pythonpath"):
        own["PYTHONPATH"] = os.pathsep.join(paths)
    return {**plain, **own}


def _lacks_links(nccl: str) -> bool:
    if nccl != "auto":
        return nccl == "off"
    return any(_WITHOUT_LINKS in model for model in gpus.models().values())


def _is_free(number: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("", number))
        except OSError:
            return False
    return True
