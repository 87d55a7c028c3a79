"""The page as it is really built, with a key in it: what a script in it could tell others."""

import pytest
from playwright.sync_api import Page

from e2e.visiting import Site, enter
from elsewhere import WAYS, Elsewhere, refusal

pytestmark = [pytest.mark.browser, pytest.mark.nginx]


def test_nothing_gets_out_of_a_page_that_holds_a_key(page: Page, site: Site) -> None:
    """tests/site/test_site_in_browser.py shows that each of these would, without the policy."""
    enter(page, site)
    with Elsewhere() as elsewhere:
        refused = {what: page.evaluate(refusal(what), f"{elsewhere.url}/canary") for what in WAYS}
        assert all(refused.values()), refused
        assert elsewhere.asked == []
