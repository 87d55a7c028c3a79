"""What `tuneyard serve` is told; tests/server has what it then does."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx
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
    terminal.wait_for("jobs go on.\r\n")
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


# -- rehearsals -------------------------------------------------------------------


def test_a_rehearsal_is_beside_the_server_and_in_a_home_of_its_own(
    tuneyard: Tuneyard, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_real")
    seen: list[tuple[Path, Wanted, int]] = []

    def serve(place: Path, wanted: Wanted, _say: Callable[[str], None]) -> int:
        assert os.environ["TUNEYARD_HOME"] == str(place)
        assert os.environ["TUNEYARD_RUNPOD_PROXY"].endswith("/proxy/{pod}/{port}")
        answer = pods(os.environ["TUNEYARD_RUNPOD_URL"], os.environ["RUNPOD_API_KEY"])
        seen.append((place, wanted, answer.status_code))
        return 0

    monkeypatch.setattr(module, "serve", serve)
    ran = tuneyard("serve", "--practice")
    assert ran.code == 0
    assert "nothing is rented and nothing is paid" in ran.out
    assert seen == [(home / "practice/home", Wanted(practice=True), 200)]
    assert os.environ["TUNEYARD_HOME"] == str(home)
    assert os.environ["RUNPOD_API_KEY"] == "rpa_real"
    assert "TUNEYARD_RUNPOD_URL" not in os.environ


def test_a_rehearsal_is_where_the_one_before_was(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who still looks after one of its jobs is to learn that the pod has ended."""
    names = ("TUNEYARD_RUNPOD_URL", "TUNEYARD_RUNPOD_PROXY", "RUNPOD_API_KEY")
    seen: list[list[str]] = []

    def serve(*_: object) -> int:
        seen.append([os.environ[name] for name in names])
        return 0

    monkeypatch.setattr(module, "serve", serve)
    assert [tuneyard("serve", "--practice").code for _ in range(2)] == [0, 0]
    assert seen[0] == seen[1]


def test_of_a_home_there_is_one_rehearsal(home: Path) -> None:
    terminal = Terminal("serve", "--practice", "--port", "0", "--no-browser")
    terminal.wait_for("Practice: nothing is rented and nothing is paid.")
    terminal.wait_for("Tuneyard runs at http://127.0.0.1:")
    terminal.wait_for("jobs go on.\r\n")
    second = process("serve", "--practice", "--no-browser")
    out, _ = second.communicate()
    assert second.returncode == 0
    assert out.startswith(b"Tuneyard runs already: http://127.0.0.1:")
    url, token = re.findall(r"(http://127\.0\.0\.1:\d+)/#open=(\S+)", terminal.screen)[0]
    with httpx.Client(base_url=url, headers={"Origin": url}, verify=False, timeout=60) as page:
        page.post("/api/session", json={"token": token}).raise_for_status()
        assert page.get("/api/session").json()["practice"] is True
    terminal.type("\x03")
    assert terminal.end() == 0
    assert (home / "practice/home/server.key").exists()
    assert not (home / "server.key").exists()


def pods(url: str, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "tuneyard/test"}
    return httpx.get(f"{url}/v2/pods", headers=headers, timeout=60)
