"""The page below a path of a host, where no address but those of its files leads to it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

import sites
from e2e.browsing import watched
from e2e.visiting import SOON, TRAINS, Site, bring, give_key, logged, start, wrong
from tuneyard.site import nginx
from tuneyard.site.hosts import Hosts

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

PATH = "/a/b/"


class Plain(SimpleHTTPRequestHandler):
    """A web host that knows nothing but files."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def on_a_plain_host(site: Site, place: Path) -> Iterator[str]:
    """As the guide says: all files but two are copied there."""
    leave = shutil.ignore_patterns("nginx.conf", "README.md")
    shutil.copytree(site.folder, f"{place}/host{PATH}", ignore=leave)
    handler = partial(Plain, directory=f"{place}/host")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def behind_nginx(site: Site, place: Path) -> Iterator[str]:
    """Its own, which also leads to RunPod there."""
    folder = place / "site"
    shutil.copytree(site.folder, folder)
    runpod, hub = site.practice, site.hub
    hosts = Hosts(runpod.url, runpod.proxy, hub.url, files=(hub.store,), path=PATH)
    (folder / "nginx.conf").write_text(nginx.text(hosts, str(folder)))
    with sites.Nginx(folder, place / "nginx").running() as server:
        yield server.url


Host = Callable[[Site, Path], AbstractContextManager[str]]


@pytest.mark.parametrize("host", [on_a_plain_host, behind_nginx])
def test_it_works_below_any_path(host: Host, browser: Browser, site: Site, tmp_path: Path) -> None:
    through = host is behind_nginx
    site.practice.faults.cors = not through
    with host(site, tmp_path) as url:
        context = browser.new_context()
        page = watched(context)
        answers: list[Response] = []
        page.on("response", lambda each: answers.append(each))  # noqa: PLW0108 - Playwright marks it
        page.goto(url + PATH)
        enter(page, site, through=through)
        expect(page).to_have_url(f"{url}{PATH}#/jobs")
        bring(page, TRAINS)
        page.get_by_role("button", name="Dry run").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("RunPod would be asked for a pod")).to_be_visible(timeout=SOON)
        dialog.get_by_role("button", name="Close").last.click()
        start(page)
        logged(page, "loss: 0.5")
        page.reload()
        enter(page, site, through=through)
        expect(page.get_by_role("heading", name="patient")).to_be_visible(timeout=SOON)
        own = [each for each in answers if each.url.startswith(url)]
        assert [each.url for each in own if not each.url.startswith(url + PATH)] == []
        files = [each for each in own if "/runpod/" not in each.url]
        assert {each.status for each in files} <= {200, 304}
        assert through is any("/runpod/v2/pods" in each.url for each in own)
        assert wrong(page) == []
        context.close()


def enter(page: Page, site: Site, *, through: bool) -> None:
    give_key(page, site.practice.key())
    if through:
        page.get_by_role("dialog").get_by_role("button", name="Send it through").click()
    page.get_by_role("navigation").first.wait_for()
