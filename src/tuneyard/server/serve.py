"""Runs the server of a home. There is one a home: whoever starts a second finds the first."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuneyard.errors import NotPossible
from tuneyard.runner.folder import acquire, read_json_or, write_json

from .keys import SHORTEST_PASSWORD, Keys
from .listen import Place

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    Say = Callable[[str], object]

_STARTING = 60.0  # seconds that another server may need until it says where it is
_PAGE = Path(__file__).parent / "static" / "index.html"


@dataclass(frozen=True)
class Wanted:
    """How a server is to run; `port` None is the usual one, or any that is free. `practice`
    says that what its jobs rent is rehearsed.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    browser: bool = True
    allowed: tuple[str, ...] = ()
    password: str = ""
    practice: bool = False


def serve(home: Path, wanted: Wanted, say: Say) -> int:
    """Serves a home until it is told to end, or opens the server that does; the exit code.

    Raises NotPossible for what would be unsafe, or can't be had.
    """
    place = Place.of(wanted.host)
    _must_be_safe(place, wanted.password)
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _STARTING
    while (lock := acquire(home / "server.lock")) is None:
        if (other := _noted(home)).get("pid"):
            return _open_other(home, other["url"], wanted, say)
        if time.monotonic() > deadline:
            raise _stuck(home)
    url = _noted(home).get("url", "")
    _note(home, url, None)  # one that was killed left its own
    try:
        listener = place.listen(wanted.port, url)
        url = place.url(listener.getsockname()[1])
        return _run(home, url, place, listener, wanted, say)
    finally:
        _note(home, url, None)
        os.close(lock)


def _must_be_safe(place: Place, password: str) -> None:
    if password and len(password) < SHORTEST_PASSWORD:
        raise NotPossible(
            f"The password is too short: it needs {SHORTEST_PASSWORD} characters at least.",
            code="short-password",
            next_step="Set a longer one in TUNEYARD_PASSWORD.",
        )
    if not password and not place.is_here_only:
        raise NotPossible(
            f"At {place.address} others could reach it: that needs a password.",
            code="no-password",
            next_step=f"Set TUNEYARD_PASSWORD, of {SHORTEST_PASSWORD} characters at least; or leave"
            " out --host, so that only this computer reaches it.",
        )


# -- the one server of a home -----------------------------------------------------


def _note(home: Path, url: str, pid: int | None) -> None:
    """Says where the server is; without a pid, where the last one was."""
    write_json(home / "server.json", {"url": url, "pid": pid, "started": time.time()})


def _noted(home: Path) -> dict[str, Any]:
    return read_json_or(home / "server.json", {})


def _open_other(home: Path, url: str, wanted: Wanted, say: Say) -> int:
    keys = Keys.of(home)
    say(f"Tuneyard runs already: {_link(url, keys.token)}")
    if wanted.browser and _has_display():
        webbrowser.open(_link(url, keys.once()))
    return 0


def _stuck(home: Path) -> NotPossible:
    return NotPossible(
        "Another server of this home is starting or ending, and doesn't get on.",
        code="server-stuck",
        next_step=f"End the process that holds {home / 'server.lock'}, then try again.",
    )


# -- running ----------------------------------------------------------------------


def _run(
    home: Path, url: str, place: Place, listener: socket.socket, wanted: Wanted, say: Say
) -> int:
    # Who only finds another server needs none of it, and is not to wait.
    from .running import run  # noqa: PLC0415
    from .security import Hosts, Security  # noqa: PLC0415

    keys = Keys.of(home, wanted.password)
    hosts = Hosts(place.address, {*wanted.allowed, wanted.host})

    def tell(line: str) -> None:
        with contextlib.suppress(OSError):  # whoever read it may have gone
            say(line)

    def begun() -> None:
        _note(home, url, os.getpid())
        for line in _news(url, place, keys):
            tell(line)
        if wanted.browser and _has_display():
            # Some browsers come back only when they are closed.
            once = _link(url, keys.once())
            threading.Thread(target=webbrowser.open, args=(once,), daemon=True).start()

    def ending() -> None:
        _note(home, url, None)  # whoever comes now waits, to begin anew
        tell("\nTuneyard has ended. Jobs go on without it.")

    safety = Security(keys, hosts)
    ran = run(home, safety, listener, begun, ending, practice=wanted.practice)
    return 0 if ran else 1


def _news(url: str, place: Place, keys: Keys) -> Iterator[str]:
    """What whoever started it is told, once."""
    port = urlsplit(url).port
    yield f"Tuneyard runs at {_link(url, keys.token)}"
    yield "Whoever has this link can do all that you can. Ctrl-C ends the server; jobs go on."
    if not _PAGE.is_file():
        yield "Its page was not built, so there is nothing to see. In a checkout: ./launch setup"
    if not place.is_here_only:
        others = ", ".join(f"http://{address}:{port}" for address in place.addresses())
        yield f"From other computers, with the password: {others}"
        yield (
            "What is sent over plain HTTP can be read on the way, the password too. A tunnel is "
            f"safer: leave out --host, and there run {_tunnel(port, 'THIS-COMPUTER')}"
        )
    elif len(ends := os.environ.get("SSH_CONNECTION", "").split()) == 4:
        yield f"To open it on your own computer, run there first: {_tunnel(port, ends[2])}"


def _tunnel(port: int | None, here: str) -> str:
    user = os.environ.get("USER", "USER")
    return f"ssh -N -L {port}:127.0.0.1:{port} {user}@{here}"


def _link(url: str, token: str) -> str:
    """After the #: browsers keep that to themselves, and it gets into nobody's logs."""
    return f"{url}/#open={token}"


def _has_display() -> bool:
    """Whether there is a browser that would not take the terminal."""
    known = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in known)
