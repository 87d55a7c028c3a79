"""A rehearsal beside a server: where it is, and whom it leaves alone."""

import os
import socket
import sys
from pathlib import Path

import pytest

from tuneyard.compute.runpod.practice.beside import beside
from tuneyard.errors import NotPossible
from tuneyard.runner.folder import read_json

NAMES = ("TUNEYARD_RUNPOD_URL", "TUNEYARD_RUNPOD_PROXY", "RUNPOD_API_KEY", "TUNEYARD_HOME")


def led() -> list[str | None]:
    return [os.environ.get(name) for name in NAMES]


def test_whoever_begins_it_is_led_there_and_back(home: Path) -> None:
    before = led()
    with beside(home) as said:
        url, proxy, key, place = led()
        assert "Practice:" in said[0]
        assert proxy == f"{url}/proxy/{{pod}}/{{port}}"
        assert key
        assert place == str(home / "practice/home")
    assert led() == before


def test_a_second_one_only_finds_the_home_of_the_first(home: Path) -> None:
    with beside(home):
        first = led()
        with beside(home) as said:
            assert said == []
            assert led() == first
        assert led() == first


def test_where_its_port_is_taken_it_is_elsewhere_with_the_same_key(home: Path) -> None:
    with beside(home):
        first = led()
    port = read_json(home / "practice/practice.json")["port"]
    with socket.create_server(("127.0.0.1", port)), beside(home):
        second = led()
    assert second[0] != first[0]
    assert second[2:] == first[2:]


def test_elsewhere_than_on_linux_it_is_refused_in_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotPossible) as caught, beside(home):
        pass
    assert "Linux" in caught.value.sentence
