"""The page without a server, as somebody uses it who has come to it with a browser."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, FilePayload, Page, ViewportSize, expect

from compute.runpod.practice.calling import Caller
from fakes.hub import FakeHub
from tuneyard.compute.runpod.practice.server import Practice

SOON = 60_000  # milliseconds; a pod starts on a busy computer
PHONE: ViewportSize = {"width": 390, "height": 844}

# What Chromium says of a pod's proxy, which lets nobody ask before the pod itself answers, and of
# a RunPod that lets no page ask.
_OF_OTHERS = ("CORS policy", "net::ERR_FAILED", "status of 401", "status of 502")

TRAINS = """\
format = 1
recipe = "script"
name = "patient"

[settings]
source = "inline"
script = '''
#!/bin/bash
trap 'echo kept > kept.txt; echo it was told to stop; exit 0' TERM
for step in $(seq 1 100000); do echo "step $step/100000 loss: 0.5"; sleep 0.2; done
'''
outputs = ["kept.txt"]

[compute]
name = "runpod"
"""


@dataclass(frozen=True)
class Site:
    """A site that nginx serves by the nginx.conf it was built with, and all that it talks to.

    `folder` is the site itself, and whatever nginx writes is below `logs`.
    """

    url: str
    folder: Path
    logs: Path
    caller: Caller
    hub: FakeHub
    scripted: Path  # the trainer of pictures, as pods see it: its git, its python

    @property
    def practice(self) -> Practice:
        return self.caller.practice


def give_key(page: Page, key: str) -> None:
    page.get_by_label("RunPod key").fill(key)
    page.get_by_role("button", name="Check the keys and begin").click()


def enter(page: Page, site: Site) -> str:
    """Gives a key that is good, and answers it."""
    key = site.practice.key()
    give_key(page, key)
    page.get_by_role("navigation").first.wait_for()
    return key


def bring(page: Page, text: str) -> None:
    """Begins a new job with a job file, and goes to its last step."""
    page.get_by_role("link", name="New job").first.click()
    file: FilePayload = {
        "name": "job.toml",
        "mimeType": "application/toml",
        "buffer": text.encode(),
    }
    page.locator("input[type=file][accept='.toml']").set_input_files(file)
    page.get_by_role("link", name="Start").click()


def start(page: Page) -> None:
    page.get_by_role("checkbox", name=re.compile("I understand")).check()
    page.get_by_role("button", name="Start the job").click()
    expect(page).to_have_url(re.compile(r"#/jobs/.+"), timeout=SOON)


def logged(page: Page, text: str) -> None:
    """Waits until it is seen in the log."""
    rows = page.locator(".xterm-rows").filter(has_text=text)
    expect(rows.first).to_be_attached(timeout=SOON)


def end_the_pod(page: Page) -> None:
    page.get_by_role("button", name="I have all I need: end the pod").click()
    page.get_by_role("dialog").get_by_role("button", name="End the pod").click()


def text_of(download: Download) -> str:
    return Path(download.path()).read_text()


def wrong(page: Page) -> list[str]:
    said: list[str] = page.wrong  # type: ignore[attr-defined]
    return [each for each in said if not any(fine in each for fine in _OF_OTHERS)]


def kept(page: Page) -> Any:
    """All that the browser stores for the page, and its address."""
    return page.evaluate(
        """async () => ({
          stores: [...Object.entries(localStorage), ...Object.entries(sessionStorage)],
          databases: (await indexedDB.databases()).length,
          caches: (await caches.keys()).length,
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          cookies: document.cookie,
          state: JSON.stringify(history.state),
        })"""
    )
