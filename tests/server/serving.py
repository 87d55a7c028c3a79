"""`tuneyard serve` as a process of its own, and ways to talk to it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tuneyard.runner.folder import read_json
from waiting import wait_for

_LINK = re.compile(rb"(http://\S+)/#open=(\S+)")


class Serving:
    """One call of `tuneyard serve --no-browser`; `said` is all that it wrote.

    `url`, `token` and `client` are there once it said where it is.
    """

    def __init__(
        self, home: Path, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self._out = home.parent / f"serve-{os.urandom(4).hex()}.txt"
        command = [sys.executable, "-m", "tuneyard.cli.main", "serve", *arguments]
        with open(self._out, "wb") as out:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **(environ or {}), "TUNEYARD_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._out.read_text()

    def wait(self) -> "Serving":
        """Until it has said where it is."""
        wait_for(lambda: self._link() or self.process.poll() is not None, what="a link")
        assert self._link(), self.said
        return self

    def _link(self) -> re.Match[bytes] | None:
        return _LINK.search(self._out.read_bytes())

    @property
    def url(self) -> str:
        found = self._link()
        assert found
        return found[1].decode()

    @property
    def token(self) -> str:
        found = self._link()
        assert found
        return found[2].decode()

    @property
    def noted(self) -> dict[str, Any]:
        return read_json(self.home / "server.json")

    def browser(self) -> httpx.Client:
        """What its own page sends, signed out."""
        return httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=60)

    @contextlib.contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """The same, signed in by the link."""
        with self.browser() as page:
            answer = page.post("/api/session", json={"token": self.token})
            assert answer.status_code == 204, answer.text
            yield page

    def live(self, headers: Mapping[str, str], origin: str | None = None) -> ClientConnection:
        """The WebSocket of a page, or of a script that says no origin. Raises InvalidStatus."""
        address = f"{self.url.replace('http', 'ws', 1)}/api/live"
        said = None if origin is None else Origin(origin)
        return connect(address, origin=said, additional_headers=headers, open_timeout=60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)


def cookie(page: httpx.Client) -> dict[str, str]:
    """The header by which a page is signed in."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items())}


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found
