from typing import Any

import pytest

from tuneyard.recipes.hub.rights import of_answer


def answer(role: str, *, orgs: Any = (), scoped: Any = ()) -> dict[str, Any]:
    key = {"displayName": "a token", "role": role, "fineGrained": {"scoped": scoped}}
    return {"type": "user", "name": "alice", "orgs": orgs, "auth": {"accessToken": key}}


TEAMS = [
    {"name": "voices", "roleInOrg": "write"},
    {"name": "readers", "roleInOrg": "read"},
    {"name": "unsaid"},
]


def scope(name: str, *permissions: str) -> dict[str, Any]:
    return {"entity": {"_id": "0", "type": "user", "name": name}, "permissions": permissions}


@pytest.mark.parametrize(
    ("who", "sentence", "creates"),
    [
        (answer("read", orgs=TEAMS), "It may read all that alice may, and write nothing.", []),
        (answer("write"), "It may read and write to alice.", ["alice"]),
        (
            answer("write", orgs=TEAMS),
            "It may read and write to alice, voices.",
            ["alice", "voices"],
        ),
        (answer("fineGrained"), "It may use no repository.", []),
        (
            answer("fineGrained", scoped=[scope("alice/clips", "repo.content.read")]),
            "It may read alice/clips.",
            [],
        ),
        (
            answer(
                "fineGrained",
                orgs=TEAMS,
                scoped=[
                    scope("alice/clips", "repo.content.read"),
                    scope("voices", "repo.content.read", "repo.write"),
                    scope("alice", "inference.serverless.write"),
                ],
            ),
            "It may read alice/clips and write to voices.",
            ["voices"],
        ),
        ({"name": "alice"}, "It may read all that alice may, and write nothing.", []),
    ],
)
def test_what_a_token_was_given(who: dict[str, Any], sentence: str, creates: list[str]) -> None:
    found = of_answer(who)
    assert found.owner == "alice"
    assert found.sentence() == sentence
    assert [o for o in ("alice", "voices", "readers") if found.may_create(f"{o}/new")] == creates
