from typing import Any

import pytest

from recipes.script.scripts import complete
from tuneyard.recipes.script import older, rules, secrecy
from tuneyard.recipes.script.settings import Settings
from tuneyard.secrets import FOR_JOBS, STANDS_IN

TOKEN = "hf_" + "aB3" * 12
GOOD: dict[str, Any] = {"script": "#!/bin/bash\ntrue\n"}
SUM = "0" * 64


def problems(results: dict[str, Any] | None = None, **settings: Any) -> list[tuple[str, str, str]]:
    """Code, field and severity of each."""
    found = rules.problems(complete(**settings), results or {}, {"gpus": 0})
    for problem in found:
        assert problem.sentence.endswith((".", ":")), problem.sentence
        assert problem.next_step
        assert TOKEN not in problem.sentence + problem.next_step
    return [(problem.code, problem.field, problem.severity) for problem in found]


def error(code: str, field: str) -> list[tuple[str, str, str]]:
    return [(code, field, "error")]


@pytest.mark.parametrize(
    "settings",
    [
        GOOD,
        {"script": "print()", "interpreter": "python -X dev"},
        {"source": "file", "file": "/home/me/train.py"},
        {"source": "file", "file": "input:" + SUM},
        {"source": "folder", "files": "/home/me/code", "entry": "src/train.sh"},
        {"source": "address", "address": "https://example.org/train.sh", "sha256": SUM},
        {"source": "address", "address": "http://127.0.0.1:8000/train.sh", "sha256": SUM.upper()},
        {**GOOD, "environment": {"EPOCHS": 20, "TOKENIZERS_PARALLELISM": "false"}},
        {**GOOD, "secrets": ["HF_TOKEN", " HF_DATASET_TOKEN = HF_READ_TOKEN "]},
        {**GOOD, "requirements": ["torch==2.8.0", "mine @ https://example.org/mine.whl"]},
        {**GOOD, "patterns": [r"(?P<loss>\d)"], "outputs": ["**/final", "*.bin"]},
        {**GOOD, "stop_file": "please.stop"},
    ],
)
def test_nothing_is_wrong_with_these(settings: dict[str, Any]) -> None:
    assert problems(**settings) == []


@pytest.mark.parametrize(
    ("settings", "code", "field"),
    [
        ({}, "script-missing", "script"),
        ({"script": "  \n"}, "script-missing", "script"),
        ({"script": "echo"}, "language", "interpreter"),
        ({"source": "file"}, "file-missing", "file"),
        ({"source": "file", "file": "nowhere.py"}, "file-missing", "file"),
        ({"source": "folder"}, "files-missing", "files"),
        ({"source": "folder", "files": "/code", "entry": ""}, "entry", "entry"),
        ({"source": "folder", "files": "/code", "entry": "/etc/x"}, "entry", "entry"),
        ({"source": "folder", "files": "/code", "entry": "a/../../x"}, "entry", "entry"),
        ({**GOOD, "files": "nowhere"}, "files-missing", "files"),
        ({"source": "address"}, "address-missing", "address"),
        ({"source": "address", "address": "http://example.org/x.sh"}, "address", "address"),
        ({"source": "address", "address": "ftp://example.org/x.sh"}, "address", "address"),
        ({"source": "address", "address": "https://[x/x.sh"}, "address", "address"),
        (
            {"source": "address", "address": "https://me:pw@example.org/x", "sha256": SUM},
            "secret",
            "address",
        ),
        (
            {"source": "address", "address": "https://example.org/x?token=abc", "sha256": SUM},
            "secret",
            "address",
        ),
        (
            {"source": "address", "address": "https://example.org/x", "sha256": "abc"},
            "sha256",
            "sha256",
        ),
        ({**GOOD, "arguments": "--name 'Ada"}, "quotes", "arguments"),
        ({**GOOD, "interpreter": "bash 'x"}, "quotes", "interpreter"),
        ({**GOOD, "interpreter": "''"}, "interpreter", "interpreter"),
        ({**GOOD, "interpreter": "./venv/bin/python"}, "interpreter", "interpreter"),
        ({**GOOD, "environment": {"2ND": "x"}}, "variable", "environment"),
        ({**GOOD, "environment": {"A-B": "x"}}, "variable", "environment"),
        ({**GOOD, "environment": {"A": "x\0y"}}, "variable", "environment"),
        ({**GOOD, "environment": {"TUNEYARD_HOME": "/x"}}, "variable", "environment"),
        ({**GOOD, "environment": {"HF_TOKEN": "abc"}}, "secret", "environment"),
        ({**GOOD, "environment": {"MY_API_KEY": "abc"}}, "secret", "environment"),
        ({**GOOD, "environment": {"EPOCHS": ""}}, "empty", "environment"),
        ({**GOOD, "environment": {"NAME": TOKEN}}, "secret", "environment"),
        ({**GOOD, "arguments": f"--token {TOKEN}"}, "secret", "arguments"),
        ({"script": f"#!/bin/bash\nlogin {TOKEN}\n"}, "secret", "script"),
        ({**GOOD, "secrets": ["OTHER_TOKEN"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["RUNPOD_API_KEY"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["X=RUNPOD_API_KEY"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": [f"HF_TOKEN={TOKEN}"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": [TOKEN]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["A B=HF_TOKEN"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["TUNEYARD_X=HF_TOKEN"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["HF_TOKEN", "HF_TOKEN=HF_READ_TOKEN"]}, "secrets", "secrets"),
        ({**GOOD, "secrets": ["A=HF_TOKEN"], "environment": {"A": "1"}}, "secrets", "secrets"),
        ({**GOOD, "requirements": ["--index-url=x"]}, "requirement", "requirements"),
        ({**GOOD, "requirements": [" "]}, "requirement", "requirements"),
        ({**GOOD, "requirements": ["x @ https://me:pw@example.org/x"]}, "secret", "requirements"),
        (
            {**GOOD, "requirements": ["x"], "python_versions": "3.11"},
            "python-versions",
            "python_versions",
        ),
        ({**GOOD, "patterns": ["(?P<loss>"]}, "pattern", "patterns"),
        ({**GOOD, "patterns": [r"loss=(\d+)"]}, "pattern", "patterns"),
        ({**GOOD, "outputs": ["/etc/passwd"]}, "files", "outputs"),
        ({**GOOD, "outputs": ["../job.json"]}, "files", "outputs"),
        ({**GOOD, "checkpoints": [""]}, "files", "checkpoints"),
        ({**GOOD, "samples": ["**.wav"]}, "files", "samples"),
        ({**GOOD, "samples": ["~/x.wav"]}, "files", "samples"),
        ({**GOOD, "stop_file": "a/b"}, "stop-file", "stop_file"),
    ],
)
def test_each_mistake_is_told_where_it_is(settings: dict[str, Any], code: str, field: str) -> None:
    assert problems(**settings) == error(code, field)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://example.org/train.sh", "Whoever can change"),
        (f"https://example.org/{'a1' * 20}/train.sh", "pinned by the commit"),
    ],
)
def test_an_address_that_isn_t_pinned_is_warned_of(address: str, words: str) -> None:
    (problem,) = rules.problems(complete(source="address", address=address), {}, {})
    assert (problem.code, problem.severity) == ("unpinned", "warning")
    assert words in problem.sentence


def test_another_source_that_is_set_is_pointed_at() -> None:
    (problem,) = rules.problems(complete(file="/x/train.py"), {}, {})
    assert problem.next_step == "Write it, or set source to file: file is set."


def test_results_are_looked_at_too() -> None:
    wrong = {"repository": "mine", "folder": "/x"}
    assert problems(wrong, **GOOD) == [
        *error("repository-name", "results.repository"),
        *error("repository-folder", "results.folder"),
    ]


def test_every_setting_may_change_between_attempts() -> None:
    assert set(Settings.model_fields) == rules.CHANGEABLE


def test_scripts_may_be_given_what_jobs_may() -> None:
    assert set(secrecy.SECRETS) == set(FOR_JOBS)
    assert {name: other for name, other in secrecy.SECRETS.items() if other} == STANDS_IN


def test_variables_of_the_older_script_are_taken_over() -> None:
    settings, results, notes = older.from_environment(
        {
            "HF_DATASET_REPO_ID": "me/clips",
            "MAX_EPOCHS": "7000",
            "LANGUAGE": "ne",
            "HF_DATASET_TOKEN": TOKEN,
            "RUNPOD_KILLER_API_KEY": "rpa_x",
            "HOME": "/root",
        }
    )
    assert settings == {
        "environment": {"HF_DATASET_REPO_ID": "me/clips", "MAX_EPOCHS": "7000", "LANGUAGE": "ne"}
    }
    assert results == {}
    assert notes == [
        "HF_DATASET_TOKEN is set: it is used as HF_READ_TOKEN. Tokens never go into a job file.",
        "RUNPOD_KILLER_API_KEY is not needed: a pod ends itself with its own key.",
    ]


def test_a_desktop_s_language_is_no_older_script_s() -> None:
    assert older.from_environment({"LANGUAGE": "en_US:en"}) == ({}, {}, [])
