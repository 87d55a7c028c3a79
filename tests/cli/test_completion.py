from pathlib import Path

import pytest

from cli.calling import process
from tuneyard.cli import completion

IDS = ["20261122-120000-first-voice", "20261122-130000-second", "20261123-090000-first-voice"]


@pytest.fixture(autouse=True)
def _jobs(home: Path) -> None:
    for job_id in (*IDS, ".20261101-000000-gone.removed"):
        (home / "jobs" / job_id).mkdir(parents=True)


def test_ids_are_completed_by_beginning_and_by_name() -> None:
    assert completion.jobs("") == sorted(IDS, reverse=True)
    assert completion.jobs("20261122-1") == [IDS[1], IDS[0]]
    assert completion.jobs("sec") == ["second"]
    assert completion.jobs("none") == []


def test_a_missing_home_completes_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEYARD_HOME", "/none")
    assert completion.jobs("") == []


def complete(words: str) -> list[str]:
    """What bash would be told for a line that is being typed."""
    count = str(len(words.split()) - (not words.endswith(" ")))
    typed = {"COMP_WORDS": words, "COMP_CWORD": count, "_TUNEYARD_COMPLETE": "complete_bash"}
    out, err = process(environ=typed).communicate()
    assert err == b""
    return out.decode().split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tuneyard sh", ["show"]),
        ("tuneyard show 20261123", [IDS[2]]),
        ("tuneyard resume sec", ["second"]),
        ("tuneyard new to", ["toy"]),
        ("tuneyard recipes show pi", ["piper"]),
        ("tuneyard secrets set HF_W", ["HF_WRITE_TOKEN"]),
        ("tuneyard jobs --a", ["--all"]),
    ],
)
def test_a_shell_completes_commands_and_their_arguments(words: str, found: list[str]) -> None:
    assert complete(words) == found


def test_the_script_for_a_shell_can_be_had() -> None:
    """Or it is said that no shell was found: started by no shell, there is none to be found."""
    out, err = process("--show-completion", environ={"SHELL": "/bin/bash"}).communicate()
    assert b"_TUNEYARD_COMPLETE" in out or b"Shell" in out + err
