import socket

import pytest

from ports import free_port
from tuneyard.errors import NotPossible
from tuneyard.server import listen
from tuneyard.server.listen import Place

HERE = Place(socket.AF_INET, "127.0.0.1")


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@pytest.fixture
def free() -> int:
    return free_port()


def port_of(listener: socket.socket) -> int:
    with listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost"])
def test_this_computer_alone(host: str) -> None:
    assert Place.of(host).is_here_only


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::1"])
def test_others_too(host: str) -> None:
    assert not Place.of(host).is_here_only


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (Place(socket.AF_INET, "127.0.0.1"), "http://127.0.0.1:8400"),
        (Place(socket.AF_INET, "0.0.0.0"), "http://127.0.0.1:8400"),
        (Place(socket.AF_INET, "192.0.2.7"), "http://192.0.2.7:8400"),
        (Place(socket.AF_INET6, "::"), "http://[::1]:8400"),
        (Place(socket.AF_INET6, "::1"), "http://[::1]:8400"),
    ],
)
def test_where_this_computers_browser_finds_it(place: Place, url: str) -> None:
    assert place.url(8400) == url


def test_others_are_told_addresses_that_are_not_this_computers_alone() -> None:
    assert Place(socket.AF_INET, "192.0.2.7").addresses() == ["192.0.2.7"]
    every = Place(socket.AF_INET, "0.0.0.0").addresses()
    assert not [address for address in every if address.startswith("127.")]


def test_the_usual_port_is_taken_at_first(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(listen, "USUAL_PORT", free)
    assert port_of(HERE.listen(None, "")) == free


def test_later_the_one_of_last_time_where_pages_may_be_open(
    monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(listen, "USUAL_PORT", 1)
    assert port_of(HERE.listen(None, f"http://127.0.0.1:{free}")) == free


def test_the_usual_one_if_another_program_has_that_by_now(
    monkeypatch: pytest.MonkeyPatch, taken: socket.socket, free: int
) -> None:
    with taken:
        monkeypatch.setattr(listen, "USUAL_PORT", free)
        last = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert port_of(HERE.listen(None, last)) == free


@pytest.mark.parametrize("last", ["", "taken"])
def test_then_any_that_is_free(
    last: str, monkeypatch: pytest.MonkeyPatch, taken: socket.socket
) -> None:
    with taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(listen, "USUAL_PORT", port)
        before = f"http://127.0.0.1:{port}" if last else ""
        assert port_of(HERE.listen(None, before)) not in {0, port}


def test_a_port_that_was_asked_for_is_that_one_or_none(taken: socket.socket, free: int) -> None:
    assert port_of(HERE.listen(free, "")) == free
    with taken, pytest.raises(NotPossible, match="Another program uses port") as caught:
        HERE.listen(taken.getsockname()[1], "")
    assert caught.value.field == "port"


def test_a_port_of_the_systems_own_programs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(NotPossible, match="Port 80 is for the system's own programs"):
        HERE.listen(80, "")
    with pytest.raises(NotPossible, match="Port 8400 is for"):  # nor is another one tried
        HERE.listen(None, "")


def test_an_address_of_another_computer_is_refused() -> None:
    with pytest.raises(NotPossible, match=r"“192\.0\.2\.7” is no address of this computer"):
        Place(socket.AF_INET, "192.0.2.7").listen(0, "")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70, ""])
def test_a_name_without_an_address_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotPossible, match="is no address of this computer"):
        Place.of(host)
