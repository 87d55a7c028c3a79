"""Runs the app under uvicorn until somebody ends it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import uvicorn

from tuneyard.jobs.manager import Manager

from .app import create_app
from .context import Context
from .index import Index

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from starlette.types import ASGIApp

    from .security import Security

_ENDING = 1  # seconds that a download may still take when the server ends
_PATIENCE = 4.0  # seconds until it goes, whatever still reads in a thread that nothing can end
_MESSAGE = 1 << 16  # bytes of what a page says over its socket: all of that is short


def run(
    home: Path,
    security: Security,
    listener: socket.socket,
    begun: Callable[[], None],
    ending: Callable[[], None],
    *,
    practice: bool = False,
) -> bool:
    """Answers what comes to a socket until Ctrl-C or SIGTERM; calls `begun` once it answers,
    and `ending` before it ends. False if it never answered, which its log explains.
    `practice` says that what jobs rent is rehearsed.
    """
    manager = Manager(home)
    context = Context(manager, Index(manager), practice)
    server = _Server(create_app(context, security), begun, ending)
    try:
        server.run([listener])
    except SystemExit:
        return False
    finally:
        server.patience.cancel()
    return True


class _Server(uvicorn.Server):
    """uvicorn that tells when it begins and ends, and says nothing else."""

    def __init__(self, app: ASGIApp, begun: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="websockets-sansio",
                ws_per_message_deflate=False,  # each viewer's would be compressed anew
                ws_max_size=_MESSAGE,
                lifespan="on",
                log_config=None,
                log_level="warning",
                access_log=False,  # addresses name jobs and files
                server_header=False,
                timeout_graceful_shutdown=_ENDING,
            )
        )
        self._begun = begun
        self._ending = ending
        self.patience = threading.Timer(_PATIENCE, os._exit, (0,))
        self.patience.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._begun()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        self.patience.start()
        uvicorn.server.logger.disabled = True  # that a download is cut off is no news now
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Unlike the original, which raises the signal once more when all has ended."""
        self.force_exit = self.should_exit
        self.should_exit = True
