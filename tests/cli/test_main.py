import io
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cli.calling import Tuneyard, process
from tuneyard.cli import main
from tuneyard.jobs.store import Store
from tuneyard.runner.folder import FolderError


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_help_names_every_command_with_its_own_first_line(tuneyard: Tuneyard) -> None:
    ran = tuneyard("--help")
    assert ran.code == 0
    width = max(map(len, main.COMMANDS)) + 2
    for name, known in main.COMMANDS.items():
        assert f"  {name:<{width}}{known.help}\n" in ran.out
        assert tuneyard(name, "--help").out.split("\n\n")[1].strip() == known.help


def test_without_arguments_it_shows_its_help(tuneyard: Tuneyard) -> None:
    assert "Commands:" in tuneyard().err


def test_it_knows_its_version(tuneyard: Tuneyard) -> None:
    assert tuneyard("--version").out == f"tuneyard {version('tuneyard')}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["jobs"], ["jobs", "--json"]])
def test_what_must_come_at_once_imports_nothing_slow(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom tuneyard.cli.main import main\n"
        f"main({arguments})\n"
        "print('slow:', *{'pydantic', 'tomlkit', 'rich.console'} & sys.modules.keys())"
    )
    assert python(code).splitlines()[-1] == "slow:"


def test_a_command_that_is_not_there_is_wrong_input(tuneyard: Tuneyard) -> None:
    ran = tuneyard("job")
    assert ran.code == 2
    assert "Did you mean 'jobs'?" in ran.err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("x"), "Tuneyard itself went wrong (KeyError: 'x')."),
        (FolderError("It can't be read."), "It can't be read."),
        (PermissionError(13, "Permission denied", "/srv/x"), "/srv/x: Permission denied."),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    error: Exception, said: str, tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Store, "states", fail)
    ran = tuneyard("jobs")
    assert ran.code == 1
    assert ran.err.splitlines()[0] == said
    assert "Traceback" not in ran.err


def test_details_of_an_error_are_there_for_who_wants_them(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Store, "states", fail)
    monkeypatch.setenv("TUNEYARD_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        tuneyard("jobs")


def test_a_reader_that_has_gone_is_no_error() -> None:
    read, write = os.pipe()
    command = process("recipes", "show", "piper", "--schema", stdout=write)
    os.close(read)
    os.close(write)
    _, err = command.communicate()
    assert err == b""


def test_an_output_that_is_closed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main.main(["jobs"]) == 0


@pytest.mark.parametrize("arguments", [["jobs"], ["disk"], ["show", "x"], ["profiles", "set", "x"]])
def test_a_home_that_is_no_folder_is_told_with_what_to_do(
    tuneyard: Tuneyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TUNEYARD_HOME", str(tmp_path / "file" / "home"))
    ran = tuneyard(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1].endswith("Set TUNEYARD_HOME to a folder that can be written.")


def test_a_terminal_without_the_signs_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert main.main(["doctor", "--help"]) == 0
    print("…✓")
    sys.stdout.flush()
    assert raw.getvalue().endswith(b"??\n")
