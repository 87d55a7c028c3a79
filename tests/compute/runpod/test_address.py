import pytest

from tuneyard.compute.runpod.address import address, console, face, part, shown


def test_the_public_places() -> None:
    assert address() == "https://api.runpod.io"
    assert face("abc123", 8471) == "https://abc123-8471.proxy.runpod.net"
    assert console("abc123") == "https://console.runpod.io/pods?id=abc123"


def test_other_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "http://user:hidden@127.0.0.1:5/?key=hidden")
    monkeypatch.setenv("TUNEYARD_RUNPOD_PROXY", "http://127.0.0.1:5/proxy/{pod}/{port}/")
    assert face("abc123", 8471) == "http://127.0.0.1:5/proxy/abc123/8471"
    assert shown() == "http://127.0.0.1:5/"
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "https://runpod.example/api/")
    assert shown() == "https://runpod.example/api"
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "http://127.0.0.1:x")
    assert shown() == "the address that is set"


@pytest.mark.parametrize("odd", ["..", "a/../b", "a?b#c", "ü ", "\ud800", "{port}"])
def test_an_id_stays_one_part_of_a_path(odd: str) -> None:
    assert part(odd).isascii()
    assert not set("/?#. {}") & set(part(odd))
    assert console(odd).startswith("https://console.runpod.io/pods?id=")
