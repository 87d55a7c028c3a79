"""What `tuneyard serve` is told; tests/server has what it then does."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.calling import Terminal, Tuneyard, process
from tuneyard.server import serve as module
from tuneyard.server.serve import Wanted

PASSWORD = "a long enough password"


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """What a server was asked to be; none is run."""
    asked: list[Wanted] = []

    def serve(_home: Path, wanted: Wanted, say: Callable[[str], None]) -> int:
        say("It ran.")
        asked.append(wanted)
        return 0

    monkeypatch.setattr(module, "serve", serve)
    return asked


def test_by_itself_it_is_for_this_computer_alone(tuneyard: Tuneyard, wanted: list[Wanted]) -> None:
    ran = tuneyard("serve")
    assert (ran.code, ran.out, ran.err) == (0, "It ran.\n", "")
    assert wanted == [Wanted("127.0.0.1", None, browser=True, allowed=(), password="")]


def test_what_it_is_told_is_what_it_wants(tuneyard: Tuneyard, wanted: list[Wanted]) -> None:
    options = ("--host", "127.0.0.2", "--port", "9000", "--no-browser")
    names = ("--allow-host", "train.example", "--allow-host", "gpu_1")
    assert tuneyard("serve", *options, *names).code == 0
    expected = Wanted("127.0.0.2", 9000, browser=False, allowed=("train.example", "gpu_1"))
    assert wanted == [expected]


def test_the_password_is_taken_out_of_the_environment(
    tuneyard: Tuneyard, wanted: list[Wanted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs that it starts inherit what is left there."""
    monkeypatch.setenv("TUNEYARD_PASSWORD", PASSWORD)
    assert tuneyard("serve", "--host", "0.0.0.0").code == 0
    assert wanted[0].password == PASSWORD
    assert "TUNEYARD_PASSWORD" not in os.environ


@pytest.mark.parametrize("name", ["*", "a b", "train.example:8400", "http://train.example", ""])
def test_a_name_is_a_name_alone(name: str, tuneyard: Tuneyard, wanted: list[Wanted]) -> None:
    ran = tuneyard("serve", "--allow-host", name)
    assert ran.code == 2
    assert "is no name of a computer" in ran.err
    assert wanted == []


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_number(port: str, tuneyard: Tuneyard, wanted: list[Wanted]) -> None:
    assert tuneyard("serve", "--port", port).code == 2
    assert wanted == []


def test_for_others_a_password_is_asked_for_and_not_shown(home: Path) -> None:
    terminal = Terminal("serve", "--host", "0.0.0.0", "--port", "0", "--no-browser")
    terminal.wait_for("A password for other computers:")
    terminal.type(f"{PASSWORD}\n")
    terminal.wait_for("Repeat for confirmation:")
    terminal.type(f"{PASSWORD}\n")
    terminal.wait_for("Tuneyard runs at http://127.0.0.1:")
    terminal.type("\x03")
    assert terminal.end() == 0
    assert PASSWORD not in terminal.screen
    last = terminal.screen.rpartition("jobs go on.")[2].rpartition("^C")[2]
    assert last == "\r\nTuneyard has ended. Jobs go on without it.\r\n"
    assert (home / "server.key").exists()


def test_where_nobody_can_be_asked_it_is_refused(tuneyard: Tuneyard) -> None:
    ran = tuneyard("serve", "--host", "0.0.0.0")
    assert ran.code == 2
    assert "that needs a password" in ran.err


def test_an_address_that_isnt_one_is_said_in_words() -> None:
    command = process("serve", "--host", "127.0.0.1.1")
    _, err = command.communicate()
    assert command.returncode == 2
    assert "“127.0.0.1.1” is no address of this computer.".encode() in err
