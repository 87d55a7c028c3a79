"""The Hub as a page asks it: a real browser, the site's own policy, and a token that stays there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import sites
from e2e import browsing
from fakes.hub import FakeHub
from tuneyard.site.hosts import Hosts

pytestmark = pytest.mark.browser

TOKEN = "hf_canaryToken0123456789"

# How the page itself asks: see web/src/lib/api/direct/hub/client.ts.
ASK = """async ([address, range]) => {
  const headers = { Authorization: "Bearer TOKEN", ...(range ? { Range: range } : {}) };
  const how = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
  try {
    const answer = await fetch(address, { headers, ...how });
    const shown = ["Link", "X-Error-Code"].map((name) => answer.headers.get(name));
    return [answer.status, ...shown, await answer.text()];
  } catch (error) {
    return error.name;
  }
}""".replace("TOKEN", TOKEN)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "me")
        files = {"metadata.csv": b"1|One.\n2|Two.\n", "1.wav": b"sound", "2.wav": b"sound"}
        hub.add("me/clips", files, kind="dataset", private=True)
        yield hub


@pytest.fixture
def page(browser: Browser, hub: FakeHub, tmp_path: Path) -> Iterator[Page]:
    site = sites.make(tmp_path / "site", Hosts(hub=hub.url, files=(hub.store,)))
    with sites.served(site) as url:
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        yield page
        context.close()


def ask(page: Page, address: str, span: str = "") -> Any:
    return page.evaluate(ASK, [address, span])


def test_a_listing_says_where_it_goes_on(page: Page, hub: FakeHub) -> None:
    status, link, _, _ = ask(page, f"{hub.url}/api/datasets/me/clips/tree/main?recursive=true")
    assert (status, link) == (
        200,
        f'<{hub.url}/api/datasets/me/clips/tree/main?recursive=true&cursor=3>; rel="next"',
    )


def test_a_refusal_says_its_code(page: Page, hub: FakeHub) -> None:
    status, _, code, _ = ask(page, f"{hub.url}/api/datasets/me/none")
    assert (status, code) == (404, "RepoNotFound")


@pytest.mark.parametrize(("file", "first"), [("metadata.csv", "1|On"), ("1.wav", "soun")])
def test_first_bytes_come_from_wherever_they_lie(
    page: Page, hub: FakeHub, file: str, first: str
) -> None:
    address = f"{hub.url}/datasets/me/clips/resolve/main/{file}"
    assert ask(page, address, "bytes=0-3")[::3] == [206, first]


def test_the_token_stays_at_the_hub(page: Page, hub: FakeHub) -> None:
    ask(page, f"{hub.url}/datasets/me/clips/resolve/main/1.wav", "bytes=0-3")
    assert [(each.path.split("/")[1], each.token) for each in hub.asked] == [
        ("datasets", TOKEN),
        ("large", ""),
    ]


def test_nobody_else_is_asked(page: Page, hub: FakeHub) -> None:
    elsewhere = f"{hub.url}/datasets/me/clips".replace("127.0.0.1", "localhost")
    assert ask(page, elsewhere) == "TypeError"
    assert hub.asked == []
