"""For tests that look at the app as its users do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from e2e import browsing


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found
