"""For tests that look at the app as its users do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from e2e import browsing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not longer than a module: while it lives, no other test can run an event loop here."""
    with browsing.browser() as found:
        yield found
