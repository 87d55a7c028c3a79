import pytest

from tuneyard.runner import environ
from tuneyard.runner.step import Secret

HUB = {"HF_TOKEN": "all", "HF_WRITE_TOKEN": "write", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("HF_TOKEN", True),
        ("RUNPOD_API_KEY", True),
        ("WANDB_API_KEY", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("MY_PASSWORD", True),
        ("openai_apikey", True),
        ("PATH", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("HF_TOKEN_PATH", False),
        ("KEYBOARD", False),
    ],
)
def test_secrets_are_known_by_their_names(name: str, secret: bool) -> None:
    assert environ.is_secret(name) is secret


def test_a_step_gets_what_it_names_and_nothing_else() -> None:
    found = environ.for_step(HUB, [Secret("HF_WRITE_TOKEN", "HF_TOKEN")], {"A": "1"})
    assert found == {"PATH": "/bin", "HF_WRITE_TOKEN": "write", "A": "1", "PYTHONUNBUFFERED": "1"}


def test_a_fallback_is_passed_under_its_own_name() -> None:
    found = environ.for_step(HUB, [Secret("HF_READ_TOKEN", "HF_TOKEN")], {})
    assert found == {"PATH": "/bin", "HF_TOKEN": "all", "PYTHONUNBUFFERED": "1"}


def test_only_required_secrets_are_missed() -> None:
    needed = [Secret("A_TOKEN", "B_TOKEN", required=True), Secret("C_TOKEN")]
    assert environ.missing(needed, {}) == ["A_TOKEN"]
    assert environ.missing(needed, {"A_TOKEN": ""}) == ["A_TOKEN"]
    assert environ.missing(needed, {"B_TOKEN": "b"}) == []
