"""Ports of this computer for programs that have to be told one."""

import contextlib
import random
import socket
from collections.abc import Iterator

# Below those that the system gives to whoever asks for any: such a port would not stay free.
_OURS = range(10_000, 32_000)


def free_port() -> int:
    """One that nobody has. Not by the tests' seed: two processes would choose the same."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(_OURS)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """One at which nobody listens, nor will meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        yield port
