"""Makes the pictures of the app: every page, light and dark, on a wide screen and a phone.

    ./launch setup
    uv run --with playwright --with pillow docs/images/app.py --job JOB-FOLDER

It starts the real server on a home prepared by hand (`home.py`) and drives Chromium. The jobs
that one sees are the one in JOB-FOLDER, a demo that has ended, at different moments of its
training. Without it they are made up, and their names say so.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from home import GPU, Home
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from renting import rehearsed
from trained import read_training

from tuneyard.secrets import ALIASES, KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
TO = Path(__file__).parent / "app"
THEMES = ("light", "dark")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
_LINK = re.compile(r"https?://\S+#open=\S+")
_SETTLED = 700  # ms: what moves has come to rest
_SOON = 90_000  # ms; the computer may be busy


@dataclass(frozen=True)
class Screen:
    """`tallest` is how far a picture may grow with its page."""

    name: str
    width: int
    height: int
    tallest: int
    phone: bool = False


SCREENS = (
    Screen("wide", 1280, 800, 1600),
    Screen("phone", 390, 844, 1690, phone=True),
)


def nothing(_: Page) -> None:
    """A page that is as it should be when it is there."""


@dataclass(frozen=True)
class Site:
    """A server: the link that opens it, and its jobs by what they show."""

    link: str
    jobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """One picture. `path` may name a job by what it shows; `shows` is there when it is ready."""

    name: str
    path: str
    shows: str = "main h1"
    before: Callable[[Page], None] = nothing
    site: str = "plain"


def main() -> None:
    wanted = arguments()
    if not (ROOT / "src/tuneyard/server/static/index.html").is_file():
        raise SystemExit("The page was not built: ./launch setup")
    views = [view for view in VIEWS if not wanted.only or view.name in wanted.only]
    if not views:
        raise SystemExit(f"There are: {', '.join(view.name for view in VIEWS)}")
    wanted.to.mkdir(exist_ok=True)
    training = read_training(wanted.job) if wanted.job else None
    with tempfile.TemporaryDirectory(prefix="tuneyard-") as base, sync_playwright() as playwright:
        place = Path(base)
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
        with (
            contextlib.closing(Home.make(place / "home", training)) as plain,
            contextlib.closing(Home.make(place / "busy", training, gpu=True)) as busy,
            contextlib.closing(Home.make(place / "renting", training, rented=True)) as renting,
            rehearsed(place / "runpod") as rented,
            served(wanted.tuneyard, plain.path, "") as plain_link,
            served(wanted.tuneyard, busy.path, GPU) as busy_link,
            served(wanted.tuneyard, place / "empty", "") as empty_link,
            served(wanted.tuneyard, renting.path, "", rented.environment) as renting_link,
        ):
            rented.fill(renting)
            sites = {
                "plain": Site(plain_link, plain.jobs),
                "busy": Site(busy_link, busy.jobs),
                "empty": Site(empty_link),
                "out": Site(empty_link.partition("#")[0]),
                "renting": Site(renting_link, renting.jobs),
            }
            for theme in THEMES:
                for screen in SCREENS:
                    take(browser, views, sites, (theme, screen), wanted.to)
        browser.close()
    tell(wanted.to)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--job", type=Path, help="the folder of a demo that has succeeded")
    add("--chromium", default=shutil.which("chromium"), help="the browser; else Playwright's own")
    add(
        "--tuneyard",
        type=Path,
        default=Path(sys.executable).with_name("tuneyard"),
        help="the command whose server it is",
    )
    add("--to", type=Path, default=TO, help="the folder that they go to")
    add("--only", nargs="*", metavar="PICTURE", help="some of them")
    return parser.parse_args()


@contextlib.contextmanager
def served(
    tuneyard: Path, home: Path, gpus: str, more: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A server of this home while it is needed; its link that signs in."""
    names = {name for known in KNOWN for name in (known, *ALIASES.get(known, ()))}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    process = subprocess.Popen(
        [tuneyard, "serve", "--port", "0", "--no-browser"],
        env={**environment, "TUNEYARD_HOME": str(home), "TUNEYARD_GPUS": gpus, **(more or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield link_of(process)
    finally:
        process.terminate()
        process.wait(120)


def link_of(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if found := _LINK.search(line):
            return found[0]
    raise SystemExit(f"The server did not start:\n{''.join(said)}")


# -- pictures ---------------------------------------------------------------------


def take(
    browser: Browser,
    views: list[View],
    sites: Mapping[str, Site],
    look: tuple[str, Screen],
    to: Path,
) -> None:
    """All pictures of one theme and size; a site's page stays signed in over them."""
    theme, screen = look
    for name, site in sites.items():
        mine = [view for view in views if view.site == name]
        if not mine:
            continue
        context = browser.new_context(
            viewport={"width": screen.width, "height": screen.height},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            has_touch=screen.phone,
            is_mobile=screen.phone,
            locale="en-US",
        )
        page = context.new_page()
        page.goto(site.link)
        expect(page.locator("h1").first).to_be_visible()
        for view in mine:
            page.set_viewport_size({"width": screen.width, "height": screen.height})
            show(page, site, view)
            picture = photograph(page, screen)
            (to / f"{view.name}-{theme}-{screen.name}.webp").write_bytes(smaller(picture))
            print(f"{view.name}, {theme}, {screen.name}", flush=True)
        context.close()


def show(page: Page, site: Site, view: View) -> None:
    """Goes to the page and waits until it shows what it is about."""
    path = re.sub(r"\{(.+?)\}", lambda match: site.jobs[match[1]], view.path)
    page.goto(site.link.partition("#")[0].rstrip("/") + path)
    expect(page.locator("h1").first).to_be_visible()
    view.before(page)
    expect(page.locator(view.shows).first).to_be_visible(timeout=_SOON)
    expect(page.locator("main .animate-late")).to_have_count(0, timeout=_SOON)
    page.wait_for_timeout(_SETTLED)


def photograph(page: Page, screen: Screen) -> bytes:
    """The page as high as it is, so that what is fixed to the bottom is at the bottom.

    Playwright's own whole-page pictures forget that a phone has no mouse.
    """
    page.evaluate("scrollTo(0, 0)")
    needed = page.evaluate("document.documentElement.scrollHeight")
    height = max(screen.height, min(needed, screen.tallest))
    page.set_viewport_size({"width": screen.width, "height": height})
    page.wait_for_timeout(_SETTLED)
    return page.screenshot(animations="disabled", caret="hide")


def smaller(picture: bytes) -> bytes:
    """The same, dot for dot, in a third of the bytes: fewer colours would lose those of the signs."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "WEBP", lossless=True, method=6)
    return out.getvalue()


def tell(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.glob("*.webp")]
    print(f"{len(sizes)} pictures, {sum(sizes) / 1e6:.1f} MB, in {folder}")


# -- what is shown ----------------------------------------------------------------


def copied(page: Page) -> None:
    """A new job made from the finished one: the form is filled in, and checked."""
    expect(page).to_have_url(re.compile(r"step="), timeout=_SOON)


def at_step(step: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        copied(page)
        page.goto(re.sub(r"\?.*", f"?step={step}", page.url))
        expect(page.locator("#step-title")).to_be_visible()
        page.wait_for_timeout(2 * _SETTLED)  # the plan and the checks are asked for after a rest

    return go


def chosen(page: Page) -> None:
    """Something is chosen that can be cleaned, so that the button is in sight."""
    if (boxes := page.locator("#disk li input:enabled")).count():
        boxes.first.check()


def secret_form(page: Page) -> None:
    page.get_by_role("button", name="Set HF_WRITE_TOKEN").click()


def sampled(page: Page) -> None:
    """Waveforms are drawn from the sounds themselves, which come after the list."""
    page.wait_for_timeout(3 * _SETTLED)


def figures(page: Page) -> None:
    """The processor's line begins with the third figure, two seconds after each other."""
    page.wait_for_timeout(15_000)
    chosen(page)


VIEWS = (
    View("jobs", "/jobs", "main a[href^='/jobs/']", site="busy"),
    View("jobs-empty", "/jobs", site="empty"),
    View("new-what", "/new"),
    View("new-data", "/new?from={done}", before=at_step("data")),
    View("new-settings", "/new?from={done}", before=at_step("settings")),
    View("new-where", "/new?from={done}", before=at_step("where")),
    View("new-start", "/new?from={done}", before=at_step("start")),
    View("job-log", "/jobs/{running}/log", ".xterm-rows"),
    View("job-charts", "/jobs/{done}/charts", "canvas"),
    View("job-samples", "/jobs/{done}/samples", before=sampled),
    View("job-files", "/jobs/{done}/files"),
    View("job-settings", "/jobs/{done}/settings"),
    View("job-failed", "/jobs/{failed}", ".xterm-rows"),
    View("job-waits-for-secret", "/jobs/{waits-for-secret}", ".xterm-rows"),
    View("settings", "/settings", "#secrets h3"),
    View("settings-secret", "/settings", "#secrets form", secret_form),
    View("computer", "/computer", "#disk li", figures),
    View("computer-queue", "/computer", "#disk li", figures, site="busy"),
    View("new-where-rented", "/new?from={rented}", before=at_step("where"), site="renting"),
    View("new-start-rented", "/new?from={rented}", before=at_step("start"), site="renting"),
    View("job-rented", "/jobs/{rented}/charts", "canvas", site="renting"),
    View("pods", "/pods", "main li", site="renting"),
    View("sign-in", "/jobs", site="out"),
)


if __name__ == "__main__":
    main()
