"""What a token can do with a repository of the Hub, found out before it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.hub import client, rights
from tuneyard.recipes.hub.about import READ, WRITE, About
from tuneyard.recipes.hub.problems import HubError

if TYPE_CHECKING:
    from tuneyard.recipes.hub.about import Kind
    from tuneyard.runner.problems import Problem


@dataclass(frozen=True)
class Access:
    """What a token, or nobody in particular, can do with a repository.

    `write` is also true for a repository that doesn't exist but can be created.
    `problem` says why it can't be read, or written to by somebody who can't create it.
    """

    exists: bool
    read: bool
    write: bool
    sentence: str
    problem: Problem | None = None


def access(repository: str, kind: Kind, secret: str | None) -> Access:
    """What `secret` (None: nobody in particular) can do with a repository; tried once.

    Raises HubError when the Hub can't be asked or doesn't know the token.
    """
    names = READ if kind == "dataset" else WRITE
    about = About(repository, kind, names, bool(secret))
    api = client.api(secret)
    who = "This token" if secret else "Everybody"
    try:
        client.patiently(lambda: api.auth_check(repository, repo_type=kind), about, tries=1)
    except HubError as error:
        code = error.problem.code
        if code not in ("hub-missing", "hub-gated", "hub-right"):
            raise
        if code == "hub-missing" and secret and _may_create(api, about):
            sentence = f"There is no {kind} {repository} yet: this token may create it."
            return Access(exists=False, read=False, write=True, sentence=sentence)
        exists, sentence = code != "hub-missing", error.problem.sentence
        return Access(exists, read=False, write=False, sentence=sentence, problem=error.problem)
    write = secret is not None and _may_write(api, about)
    rights = "read and write to" if write else "read"
    sentence = f"{who} may {rights} {about.name}."
    return Access(exists=True, read=True, write=write, sentence=sentence)


def _may_write(api: Any, about: About) -> bool:
    try:
        client.patiently(
            lambda: api.auth_check(about.repository, repo_type=about.kind, write=True), about, 1
        )
    except HubError as error:
        if error.problem.code in ("hub-right", "hub-missing", "hub-gated"):
            return False
        raise
    return True


def _may_create(api: Any, about: About) -> bool:
    """By what the Hub says of the token: nothing is created to find out."""
    who = client.patiently(api.whoami, about, tries=1)
    return rights.of_answer(who).may_create(about.repository)
