"""A stand-in for DeepSpeed: its launcher's processes and what it prints. It trains nothing."""

import argparse
import os
import socket
import sys
import time
import traceback
from importlib.resources import files
from types import TracebackType

from deepspeed.logs import log, log_dist, stamp
from deepspeed.steering import once_more

__all__ = [
    "add_config_arguments",
    "configure_optimizer",
    "init_distributed",
    "initialize",
    "log_dist",
    "wait_for_all",
]

_MEETING: list[socket.socket] = []  # open for as long as the process lives


class DistNetworkError(RuntimeError):
    """The one of ``torch.distributed``."""


DistNetworkError.__module__ = "torch.distributed"


def add_config_arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--deepspeed", action="store_true")
    return parser


def init_distributed() -> None:
    """All ranks meet at MASTER_PORT; rank 0 listens there."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if rank == 0:
        log("comm.py:877:init_distributed", "cdb=None")
        log(
            "comm.py:908:init_distributed",
            "Initializing TorchBackend in DeepSpeed with backend nccl",
        )
    port = int(os.environ["MASTER_PORT"])
    if rank == 0:
        _listen(port, world)
    else:
        _join(port)
    sys.excepthook = _named


def _named(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """As torch does from here on: each line says whose it is, on one GPU too."""
    lines = "".join(traceback.format_exception(kind, error, trace)).splitlines()
    rank = os.environ.get("RANK", "0")
    print("".join(f"[rank{rank}]: {line}\n" for line in lines), file=sys.stderr, end="")


def _listen(port: int, world: int) -> None:
    server = socket.socket()
    try:
        if once_more("port_taken"):
            raise OSError(98, "Address already in use")  # noqa: TRY301 - as if it were
        server.bind(("", port))
    except OSError as error:
        raise DistNetworkError(
            "The server socket has failed to listen on any local network address."
            f" port: {port}, useIpv6: false, code: -98, name: EADDRINUSE,"
            " message: address already in use"
        ) from error
    server.listen()
    _MEETING.append(server)
    _MEETING.extend(server.accept()[0] for _ in range(world - 1))


def _join(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            _MEETING.append(socket.create_connection(("127.0.0.1", port), timeout=60))
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def wait_for_all() -> None:
    """What a rank but the first does while the first trains."""
    _MEETING[0].settimeout(None)
    while _MEETING[0].recv(1):
        pass


def initialize() -> None:
    """Says what the engine is made of."""
    text = (files(__name__) / "engine.txt").read_text(encoding="utf-8")
    print(text.replace("{stamp}", stamp()), end="", flush=True)


def configure_optimizer(name: str) -> None:
    """Says what became of the optimizer."""
    log_dist("Removing param_group that has no 'params' in the basic Optimizer")
    log_dist(f"DeepSpeed Basic Optimizer = {name}")
    log_dist(f"DeepSpeed Final Optimizer = {name}")
