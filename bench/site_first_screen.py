"""The first screen of the page without a server: until somebody can type their key.

A real nginx with the nginx.conf that the site was built with, and a real Chromium that has
never seen the page; then one that has its files already. From the start of the navigation until
the field for the key has the focus, which the page gives it when it has come to life, and that
was painted; a letter that is typed then has to be heard. The rival is a form of the same field in
bare HTML, without a script or a style, by the same nginx: what any page costs here.

Run: ./launch setup, then .venv/bin/python bench/site_first_screen.py [runs]
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from figures import in_turn, say
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tuneyard.site import nginx
from tuneyard.site.build import build
from tuneyard.site.hosts import Hosts

RIVAL = "<!doctype html><title>Bare</title><form><input autofocus><button>Begin</button></form>"
NOBODY = "http://127.0.0.1:9"  # nginx looks RunPod up when it starts, which wants a network
TYPES = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]

# The moment of the first frame that shows a field with the focus, in milliseconds.
WATCH = """
window.ready = new Promise((tell) => {
  const painted = () => requestAnimationFrame(() => tell(performance.now()));
  const look = () =>
    requestAnimationFrame(document.activeElement?.tagName === "INPUT" ? painted : look);
  look();
});
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        build(root / "site", Hosts(runpod=NOBODY))
        ours = stack.enter_context(served(root / "site", root))
        bare = stack.enter_context(served(made(root / "bare"), root))
        browser = stack.enter_context(chromium())
        figures = {
            "first visit": (partial(first, browser, ours), partial(first, browser, bare)),
            "a later visit": (again(browser, ours), again(browser, bare)),
        }
        for name, (page, rival) in figures.items():
            page(), rival()  # what only happens once
            say(
                f"{name}, to a key that can be typed (rival: a bare form)",
                *in_turn(page, rival, runs),
                "under 1 s",
            )


def first(browser: Browser, url: str) -> float:
    """Seconds, in a browser that has kept nothing."""
    with browser.new_context() as context:
        return interactive(context, url)


def again(browser: Browser, url: str) -> partial[float]:
    """The same in one that was there before."""
    return partial(interactive, browser.new_context(), url)


def interactive(context: BrowserContext, url: str) -> float:
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    took = float(page.evaluate("window.ready")) / 1000
    answers(page)
    page.close()
    return took


def answers(page: Page) -> None:
    """What is typed at that moment counts: the button can be pressed."""
    page.keyboard.type("r")
    assert page.evaluate("document.activeElement.value") == "r"
    assert page.locator("button:not([disabled])", has_text="egin").count() == 1


def made(folder: Path) -> Path:
    """A site that is one form."""
    folder.mkdir()
    (folder / "index.html").write_text(RIVAL)
    (folder / "nginx.conf").write_text(nginx.text(Hosts(passes=False), str(folder)))
    return folder


@contextmanager
def served(site: Path, root: Path) -> Iterator[str]:
    """By an nginx of its own, whose only server is the site's; gives its address."""
    place = root / f"nginx-{site.name}"
    place.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    text = (site / "nginx.conf").read_text().replace("127.0.0.1:8080", address)
    (place / "server.conf").write_text(text)
    temporary = "".join(f"{kind}_temp_path {kind};" for kind in TYPES)
    (place / "nginx.conf").write_text(
        "daemon off; master_process off; pid nginx.pid; error_log error.log; events {}"
        f"http {{ access_log off; {temporary} include server.conf; }}"
    )
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert found, "nginx is needed: apt install nginx-light"
    process = subprocess.Popen([found, "-p", place, "-e", "error.log", "-c", place / "nginx.conf"])
    try:
        wait_for(address)
        yield f"http://{address}/"
    finally:
        process.kill()
        process.wait()


def wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(500):
        with socket.socket() as there:
            if there.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.01)
    raise SystemExit("nginx has not begun.")


@contextmanager
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is needed: apt install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=found, args=["--disable-gpu"])


if __name__ == "__main__":
    main()
