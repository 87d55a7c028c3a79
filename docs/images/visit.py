"""Makes the pictures of the page without a server, in light, on a wide screen.

    ./launch setup
    uv run --with playwright --with pillow docs/images/visit.py

The one of its entry is of a site as `tuneyard site build` makes it, which is asked for nothing
else. In the others RunPod is rehearsed: their addresses are of this computer, and a script
that prints figures is what trains.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app import FLAGS, SCREENS, photograph, smaller
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.compute.runpod.practice.settings import Settings
from tuneyard.site.build import build
from tuneyard.site.hosts import Hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

TO = Path(__file__).parent / "site"
SOON = 120_000  # ms; a pod starts on a busy computer
JOB = """\
format = 1
recipe = "script"
name = "made-up-figures"

[settings]
script = '''
#!/bin/bash
# Figures as a training prints them.
for step in $(seq 1 20000); do
  awk -v s="$step" 'BEGIN { srand(s); print "step " s "/20000 loss: " 0.4 + 2.2 * exp(-s / 900) + 0.06 * rand() }'
  [ "$step" -gt 1400 ] && sleep 1
done
'''

[compute]
name = "runpod"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    parser.add_argument("--to", type=Path, default=TO, help="the folder that they go to")
    wanted = parser.parse_args()
    wanted.to.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tuneyard-") as base, sync_playwright() as playwright:
        place = Path(base)
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
        build(place / "site", Hosts())
        with served(place / "site") as link:
            page = opened(browser, link)
            keep(page, wanted.to / "keys-light-wide.webp")
        settings = Settings(place / "practice", pull=0.1, boot=0.1, apart=False)
        with Practice(settings, Faults(cors=True)) as practice:
            build(place / "rehearsed", Hosts(runpod=practice.url, proxy=practice.proxy))
            with served(place / "rehearsed") as link:
                page = opened(browser, link)
                page.get_by_label("RunPod key").fill(practice.key())
                page.get_by_role("button", name="Check the keys and begin").click()
                train(page)
                keep(page, wanted.to / "job-light-wide.webp")
        browser.close()


@contextmanager
def served(site: Path) -> Iterator[str]:
    """By the command that people try it with."""
    command = [
        str(Path(sys.executable).with_name("tuneyard")),
        "site",
        "serve",
        str(site),
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout or ():
            if found := re.search(r"http://\S+", line):
                yield found[0]
                return
        raise SystemExit("The site was not served.")
    finally:
        process.terminate()
        process.wait(30)


def opened(browser: Browser, link: str) -> Page:
    screen = SCREENS[0]
    page = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-US",
    ).new_page()
    page.goto(link)
    expect(page.locator("h1").first).to_be_visible()
    return page


def train(page: Page) -> None:
    """Starts the job by its file, and waits until there is a line to look at."""
    page.get_by_role("link", name="New job").first.click()
    file: FilePayload = {"name": "job.toml", "mimeType": "text/plain", "buffer": JOB.encode()}
    page.locator("input[type=file][accept='.toml']").set_input_files(file)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("checkbox", name=re.compile("I understand")).check()
    page.get_by_role("button", name="Start the job").click()
    expect(page).to_have_url(re.compile("#/jobs/.+"), timeout=SOON)
    page.get_by_role("link", name="Charts").click()
    expect(page.get_by_text(re.compile(r"step 1,[4-9]\d\d/20,000"))).to_be_visible(timeout=SOON)
    expect(page.locator("canvas").first).to_be_visible(timeout=SOON)


def keep(page: Page, path: Path) -> None:
    path.write_bytes(smaller(photograph(page, SCREENS[0])))
    print(path, flush=True)


if __name__ == "__main__":
    main()
