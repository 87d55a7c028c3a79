"""What a visitor's browser is sent before the first screen shows, as nginx really sends it."""

import pytest
from playwright.sync_api import Browser, Response, expect

from e2e.browsing import watched
from e2e.visiting import Site, wrong

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

LARGEST = 120_000  # bytes of JavaScript, compressed
SMALL = 1000  # bytes that are not worth compressing


def test_the_first_screen_needs_little_javascript(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = watched(context)
    answers: list[Response] = []
    page.on("response", lambda each: answers.append(each))  # noqa: PLW0108 - Playwright marks it
    page.goto(site.url, wait_until="networkidle")
    expect(page.get_by_label("RunPod key")).to_be_focused()
    scripts = [each for each in answers if each.url.endswith(".js")]
    sent = {each.url: each.request.sizes()["responseBodySize"] for each in scripts}
    for each in scripts:
        assert each.header_value("content-encoding") == "gzip" or sent[each.url] < SMALL
    assert 0 < sum(sent.values()) < LARGEST, sent
    # All of it is what the built page names: nothing was left uncounted.
    named = page.evaluate(
        """performance.getEntriesByType("resource").map((each) => each.name)
             .filter((name) => name.endsWith(".js"))"""
    )
    assert set(named) == sent.keys()
    assert wrong(page) == []
    context.close()
