from pathlib import Path

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import ACCESS, CLIPS, READS, STRANGER, WRITES


@pytest.mark.parametrize(
    ("repository", "kind", "token", "answer"),
    [
        ("alice/clips", "dataset", "", "1 1 0 Everybody may read the dataset alice/clips."),
        ("alice/own", "dataset", READS, "1 1 0 This token may read the dataset alice/own."),
        (
            "alice/own",
            "dataset",
            WRITES,
            "1 1 1 This token may read and write to the dataset alice/own.",
        ),
        (
            "alice/own",
            "dataset",
            "",
            "0 0 0 There is no dataset alice/own on the Hub that everybody may see.",
        ),
        (
            "alice/new",
            "model",
            WRITES,
            "0 0 1 There is no model alice/new yet: this token may create it.",
        ),
        (
            "alice/new",
            "model",
            READS,
            "0 0 0 There is no model alice/new on the Hub, or this token may not see it.",
        ),
        (
            "bob/new",
            "model",
            WRITES,
            "0 0 0 There is no model bob/new on the Hub, or this token may not see it.",
        ),
        (
            "alice/gated",
            "dataset",
            "hf_canaryBob",
            "1 0 0 Access to the dataset alice/gated has to be asked for.",
        ),
        (
            "alice/fine",
            "model",
            "hf_canaryFine",
            "0 0 1 There is no model alice/fine yet: this token may create it.",
        ),
        ("alice/clips", "dataset", STRANGER, "code hub-token"),
    ],
)
def test_what_a_token_can_do(
    there: FakeHub, here: Path, repository: str, kind: str, token: str, answer: str
) -> None:
    there.token("hf_canaryBob", "bob")
    there.token("hf_canaryFine", "carol", writes=True, only=("alice",))
    there.add("alice/gated", CLIPS, kind="dataset", gated=True)

    ran = there.python(ACCESS, repository, kind, token, cwd=here)

    assert (ran.stdout + ran.stderr).strip() == answer
    assert {asked.method for asked in there.asked} == {"GET"}
