from types import SimpleNamespace

import pytest

from tuneyard.runner.pod import tickets
from tuneyard.runner.pod.tickets import Tickets


def test_a_ticket_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(tickets, "time", SimpleNamespace(monotonic=lambda: now))
    given = Tickets(seconds=60.0)
    first, second = given.give("a.wav"), given.give("b.wav")
    assert first != second
    assert (given.path(first), given.path(second)) == ("a.wav", "b.wav")
    now = 159.0
    assert given.path(first) == "a.wav"
    now = 160.0
    assert given.path(first) is None


def test_nobody_guesses_one() -> None:
    given = Tickets()
    assert len(given.give("a.wav")) >= 32
    assert given.path("") is None


def test_the_oldest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "_MOST", 2)
    given = Tickets()
    first, second, third = (given.give(name) for name in "abc")
    assert [given.path(ticket) for ticket in (first, second, third)] == [None, "b", "c"]
