"""What some tests need of the machine: a test names it by a marker.

A run that lacks it says so and fails, unless it was told ``--without NAME``.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Need:
    """`found` says whether this machine has it; `next_step` how it gets it."""

    title: str
    found: Callable[[], bool]
    next_step: str


def chromium() -> str | None:
    """The browser's path, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def nginx() -> str | None:
    """The web server's path, if there is one; it may lie where only root's shell looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


NEEDS = {
    "browser": Need(
        "Chromium",
        lambda: chromium() is not None,
        "Install the package chromium",
    ),
    "nginx": Need("nginx", lambda: nginx() is not None, "Install the package nginx-light"),
    "root": Need("root", lambda: os.geteuid() == 0, "Run it as root"),
}


class Needs:
    """Leaves out the tests whose needs are unmet, and remembers how many, by need."""

    def __init__(self, without: Iterable[str]) -> None:
        self.without = frozenset(without)
        self.unmet: dict[str, int] = {}

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        missing = {name for name, need in NEEDS.items() if not need.found()} | self.without
        left_out = [item for item in items if missing & _needed(item)]
        for item in left_out:
            for name in missing & _needed(item):
                self.unmet[name] = self.unmet.get(name, 0) + 1
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Of several processes each collects all tests, and tells the one that reports."""
        self.unmet = getattr(node, "workeroutput", {}).get("unmet", self.unmet)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["unmet"] = self.unmet
            return
        fine = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self.unmet.keys() - self.without and session.exitstatus in fine:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, count in sorted(self.unmet.items()):
            need = NEEDS[name]
            said = f"Not run: {count} that need {need.title}"
            if name not in self.without:
                said += f". {need.next_step}, or leave them out: --without {name}"
            terminalreporter.write_line(said, yellow=True)


def _needed(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()} & NEEDS.keys()
