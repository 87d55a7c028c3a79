import httpx2
import pytest

from tuneyard.recipes.hub import problems
from tuneyard.recipes.hub.about import WRITE, About


def test_what_the_hub_says_is_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "swordfish")
    about = About("a/b", "model", WRITE, with_token=True, writing=True)
    said = "no swordfish, no hf_abcDEF at https://s.example/x?signature=abc, sorry"

    problem = problems.of_answer(418, {}, about, said)

    assert "no *********, no hf_*** at https://s.example/x sorry" in problem.sentence


def test_an_unforeseen_failure_of_the_library_is_told() -> None:
    about = About("a/b", "model", WRITE, with_token=True)

    problem, _ = problems.of_exception(KeyError("surprise\nsecond line"), about)

    assert problem.code == "hub-library"
    assert "KeyError" in problem.sentence


def test_a_failure_beneath_the_library_is_the_network() -> None:
    about = About("a/b", "model", WRITE, with_token=True)
    error = RuntimeError("Error while uploading")
    error.__cause__ = httpx2.ConnectError("refused")

    assert problems.of_exception(error, about)[0].code == "offline"
