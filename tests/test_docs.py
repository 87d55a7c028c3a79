import re
from pathlib import Path

import pytest

from tuneyard.runner.states import ENDS, MOVES, State

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / "examples").rglob("*.md"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_state_table_is_the_one_in_the_code() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z, ]+) \| ([^|]+) \|$", text, re.MULTILINE))
    shown = {
        State(name): set(re.findall(r"[a-z]+", rows[row].partition("(")[0]))
        for row in rows
        for name in row.split(", ")
        if name in set(State)
    }
    assert set(shown) == set(State)
    for state, names in shown.items():
        allowed = {State(name) for name in names & set(State)}
        if "end" in names:
            allowed |= ENDS
        assert allowed == MOVES[state], state


def test_every_decision_is_numbered_and_says_why() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "*Context.*" in text
        assert "*Decision.*" in text
