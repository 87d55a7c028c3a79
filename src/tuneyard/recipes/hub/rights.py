"""Whose a token is and what it was given, as the Hub says it of the token itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.hub import client
from tuneyard.recipes.hub.about import READ, About

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAY_WRITE = ("admin", "write", "contributor")  # roles in an organisation


@dataclass(frozen=True)
class Rights:
    """`reads` and `writes` are accounts and repositories; a plain token reads all its owner may.

    `role` is the Hub's word: ``read``, ``write`` or ``fineGrained``.
    """

    owner: str
    role: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    def may_create(self, repository: str) -> bool:
        return repository.partition("/")[0] in self.writes

    def sentence(self) -> str:
        if self.role == "fineGrained":
            rights = [
                f"{what} {_joined(names)}"
                for what, names in (("read", self.reads), ("write to", self.writes))
                if names
            ]
            return f"It may {' and '.join(rights)}." if rights else "It may use no repository."
        if self.writes:
            return f"It may read and write to {_joined(self.writes)}."
        return f"It may read all that {self.owner} may, and write nothing."


def rights(secret: str) -> Rights:
    """What the Hub says of a token; asked once. Raises HubError."""
    about = About("the Hub", "model", READ, with_token=True)
    return of_answer(client.patiently(client.api(secret).whoami, about, tries=1))


def of_answer(who: Mapping[str, Any]) -> Rights:
    """The rights in what ``/api/whoami-v2`` answers."""
    key = who.get("auth", {}).get("accessToken", {})
    role = str(key.get("role", ""))
    if role == "fineGrained":
        scopes = key.get("fineGrained", {}).get("scoped", ())
        writes = _granted(scopes, "repo.write")
        reads = _granted(scopes, "repo.content.read")
        return Rights(who["name"], role, tuple(n for n in reads if n not in writes), writes)
    teams = [org["name"] for org in who.get("orgs", ()) if org.get("roleInOrg") in _MAY_WRITE]
    return Rights(who["name"], role, (), (who["name"], *teams) if role == "write" else ())


def _granted(scopes: Any, permission: str) -> tuple[str, ...]:
    return tuple(
        str(scope.get("entity", {}).get("name"))
        for scope in scopes
        if permission in scope.get("permissions", ())
    )


def _joined(names: tuple[str, ...]) -> str:
    return ", ".join(names)
