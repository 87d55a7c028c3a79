"""A browser's own folder: all that it keeps of a visit on the disk, and the search of it."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from e2e.browsing import ARGUMENTS
from e2e.traces import traces
from needs import chromium

# What Playwright turns off and people's browsers do: offering to keep passwords, crash reports,
# and pages that come back as they were left.
_AS_PEOPLE_HAVE_IT = ["--enable-automation", "--disable-breakpad", "--disable-back-forward-cache"]

# What is written so that it can't be read without the browser: there, no row may be at all.
_ENCRYPTED = {
    "Cookies": "cookies",
    "Login Data": "logins",
    "Login Data For Account": "logins",
    "Web Data": "autofill",
}


class Profile:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def browser(self, *arguments: str, **options: Any) -> Iterator[BrowserContext]:
        """A browser that lives in this folder; what it keeps is written when it is closed."""
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                self.folder,
                executable_path=chromium(),
                args=[*ARGUMENTS, *arguments],
                ignore_default_args=_AS_PEOPLE_HAVE_IT,
                locale="en-GB",
                **options,
            )
            yield context
            context.close()

    def parts(self) -> set[str]:
        """All that there is to search."""
        return parts(name for name, data in self._files().items() if data)

    def traces(self, secret: str) -> dict[str, list[str]]:
        """Files in which something of a secret is left, with how it is written there."""
        found = {name: traces(secret, data) for name, data in self._files().items()}
        return {name: how for name, how in found.items() if how}

    def rows(self) -> dict[str, int]:
        """Cookies, passwords and typed texts that the browser has kept, if any."""
        found = {}
        for file, table in _ENCRYPTED.items():
            with contextlib.closing(sqlite3.connect(self.folder / "Default" / file)) as database:
                (found[file],) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        return {file: rows for file, rows in found.items() if rows}

    def _files(self) -> dict[str, bytes]:
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def parts(files: Iterable[str]) -> set[str]:
    """What these files are to the browser, such as ``History`` or ``Local Storage``."""
    return {name.removeprefix("Default/").partition("/")[0] for name in files}
