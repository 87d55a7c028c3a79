"""The app in this process behind its guard, and browsers that come to it."""

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from server.asgi import HOST, ORIGIN
from tuneyard.jobs.manager import Manager
from tuneyard.server.app import create_app
from tuneyard.server.context import Context
from tuneyard.server.index import Index
from tuneyard.server.keys import Keys
from tuneyard.server.security import Hosts, Security


class Guarded:
    """One server of a home; `browser` makes one more visitor of its page."""

    def __init__(self, home: Path, password: str = "", hosts: Hosts | None = None) -> None:
        manager = Manager(home)
        self.home = home
        self.keys = Keys.of(home, password)
        self.app = create_app(Context(manager, Index(manager)), Security(self.keys, hosts))

    def browser(self, *, signed_in: bool = False, url: str = ORIGIN) -> TestClient:
        """Its own page in a browser: what it sends says where it comes from."""
        page = TestClient(self.app, base_url=url, headers={"Origin": url})
        if signed_in:
            page.cookies.set(self.keys.cookie, self.keys.session(), domain="127.0.0.1")
        return page

    def script(self, **more: Any) -> TestClient:
        """A program that has the token."""
        bearer = {"Authorization": f"Bearer {self.keys.token}"}
        return TestClient(self.app, base_url=f"http://{HOST}", headers=bearer, **more)
