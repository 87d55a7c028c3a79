"""A real server in a process of its own, and a real Chromium that looks at it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from needs import chromium
from ports import free_port
from waiting import wait_for

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
expect.set_options(timeout=60_000)  # milliseconds; two cores may be busy with a training

_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/#open=\S+")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield found
        found.close()


class App:
    """``tuneyard serve`` of one home, at a port that stays its own; `link` signs in."""

    def __init__(self, home: Path, environment: dict[str, str] | None = None) -> None:
        self.home = home
        self.port = free_port()
        self.environment = {**os.environ, "TUNEYARD_HOME": str(home), **(environment or {})}
        self.link = ""
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.output.close()

    def start(self) -> None:
        log = self.home.with_name(f"{self.home.name}-server.log")
        self.output = log.open("ab")
        begin = log.stat().st_size
        serve = ("serve", "--no-browser", "--port", str(self.port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tuneyard.cli.main", *serve],
            env=self.environment,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

        def link() -> re.Match[str] | None:
            assert self.process.poll() is None, log.read_text()
            return _LINK.search(log.read_bytes()[begin:].decode())

        wait_for(lambda: link() is not None, what="the server to say where it is")
        found = link()
        assert found is not None
        self.link, self.url = found[0], found[1]

    def kill(self) -> None:
        """As if its computer's memory had run out."""
        self.process.kill()
        self.process.wait()
        self.output.close()


def visit(browser: Browser, app: App, **context: Any) -> Page:
    """A page of the app in a browser of its own, signed in."""
    page = watched(browser.new_context(**{"locale": "en-GB", **context}))
    page.goto(app.link)
    page.get_by_role("navigation").first.wait_for()
    return page


def watched(context: BrowserContext) -> Page:
    """A page that remembers what went wrong in it: ``page.wrong``, which tests want empty."""
    context.set_default_timeout(60_000)  # as with what is expected
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: wrong.append(f"console: {said.text}") if _is_wrong(said) else None,
    )
    page.wrong = wrong  # type: ignore[attr-defined]
    return page


def violations(page: Page) -> list[str]:
    """What axe finds on a page, in a line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['target']}"
        for each in found["violations"]
    ]


# What Chromium itself says of a server that was away, and of an address with nothing behind it.
_FINE = ("ERR_CONNECTION", "WebSocket", "status of 404")


def _is_wrong(said: Any) -> bool:
    return said.type == "error" and not any(fine in said.text for fine in _FINE)
