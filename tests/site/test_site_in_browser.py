"""A real browser and a real nginx with the shipped nginx.conf: what a page there may do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import sites
from e2e import browsing
from elsewhere import WAYS, Elsewhere, refusal, smuggled
from fakes.runpod import A_POD, FakeRunPod
from tuneyard.site.hosts import Hosts
from waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

PATH = "/sub/"

# How the page itself asks: see PRIVATE in web/src/lib/api/direct/site/site.ts.
ASK = """async ([address, method, body]) => {
  const headers = { Authorization: "Bearer KEY", "Content-Type": "application/json" };
  const how = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
  try {
    const answer = await fetch(address, { method, headers, body, ...how });
    return answer.status;
  } catch (error) {
    return error.name;
  }
}""".replace("KEY", sites.KEY)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as found:
        yield found


@pytest.fixture
def asked() -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        runpod.keys.add(sites.KEY)
        yield runpod


@pytest.fixture
def server(asked: FakeRunPod, tmp_path: Path) -> Iterator[sites.Nginx]:
    site = sites.make(tmp_path / "site", Hosts(runpod=asked.url, path=PATH))
    (site / "assets/index-0123abcd.js").write_text("document.title = 'works';")
    with sites.Nginx(site, tmp_path / "nginx").running() as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: sites.Nginx) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}{PATH}")
    yield page
    context.close()


def ask(page: Page, address: str, method: str = "GET", body: str | None = None) -> Any:
    """The status of an answer, or the name of the error that a script sees."""
    return page.evaluate(ASK, [address, method, body])


def test_the_page_runs_its_own_scripts(page: Page) -> None:
    assert page.title() == "works"


def test_runpod_is_asked_directly_where_it_lets_a_page_do_so(page: Page, asked: FakeRunPod) -> None:
    assert ask(page, f"{asked.url}/v2/pods") == "TypeError"
    asked.faults.cors = True
    assert ask(page, f"{asked.url}/v2/pods") == 200


def test_else_through_the_page_s_own_host(
    page: Page, asked: FakeRunPod, server: sites.Nginx
) -> None:
    assert ask(page, "runpod/") == 204
    assert ask(page, "runpod/v2/pods") == 200
    assert ask(page, "runpod/v2/pods", "POST", json.dumps(dict(A_POD))) == 201
    assert ask(page, f"runpod/v2/pods/{asked.pods[0].id}", "DELETE") == 204
    assert [each.mistake for each in asked.asked] == ["", "", ""]
    assert [each.headers.get("referer") for each in asked.asked] == [None] * 3
    harmless = "fetch('runpod/v2/pods', { mode: 'same-origin', referrerPolicy: 'no-referrer' })"
    assert page.evaluate(f"{harmless}.then(answer => answer.status)") == 401
    assert b"canary" not in server.kept()


def test_a_page_elsewhere_gets_nothing_through_it(
    page: Page, elsewhere: Elsewhere, asked: FakeRunPod, server: sites.Nginx
) -> None:
    page.goto(elsewhere.url)
    address = f"{server.url}{PATH}runpod/v2/pods"
    assert ask(page, address) == "TypeError"
    assert ask(page, address, "POST", "{}") == "TypeError"
    plain = "address => fetch(address, { method: 'POST', mode: 'no-cors' }).catch(e => e.name)"
    assert page.evaluate(plain, address) == "TypeError"  # refused, and not even shown as that
    page.evaluate(
        """address => {
          const form = document.createElement("form");
          Object.assign(form, { action: address, method: "post" });
          document.body.append(form);
          form.submit();
        }""",
        address,
    )
    page.wait_for_url(address)
    assert list(asked.asked) == []


@pytest.mark.parametrize("what", WAYS)
def test_nothing_that_is_smuggled_in_gets_out(page: Page, elsewhere: Elsewhere, what: str) -> None:
    refused = page.evaluate(refusal(what), f"{elsewhere.url}/canary")
    assert refused
    assert elsewhere.asked == []


@pytest.mark.parametrize("what", WAYS)
def test_it_would_from_a_page_without_our_policy(
    browser: Browser, elsewhere: Elsewhere, what: str
) -> None:
    with Elsewhere() as lax:
        page = browser.new_page()
        page.goto(lax.url)
        # Later: some lead the page itself away.
        page.evaluate(
            f"(ELSEWHERE) => void setTimeout(() => {{ {smuggled(what)} }})",
            f"{elsewhere.url}/canary",
        )
        wait_for(lambda: elsewhere.asked, what="a request elsewhere")
        page.close()
    assert "/canary" in elsewhere.asked[0]


def test_it_is_shown_in_no_page_of_others(
    browser: Browser, elsewhere: Elsewhere, server: sites.Nginx
) -> None:
    page = browser.new_page()
    page.goto(elsewhere.url)
    page.evaluate(
        """address => new Promise(loaded => {
          const frame = document.createElement("iframe");
          Object.assign(frame, { src: address, onload: loaded });
          document.body.append(frame);
        }).then(() => null)""",
        f"{server.url}{PATH}",
    )
    framed = page.frames[1]
    assert framed.title() != "works"
    page.close()
