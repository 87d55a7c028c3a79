"""Secrets: which are known and where each is kept, keeping, forgetting and trying them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from tuneyard.jobs import tokens
from tuneyard.secrets import FOR_JOBS, KNOWN, keeps
from tuneyard.server.context import Context, Here
from tuneyard.server.shapes.secrets import SecretGiven, SecretView, Tested, ToTest

if TYPE_CHECKING:
    from tuneyard.secrets import Keep, Scope, Secrets

router = APIRouter(prefix="/secrets", tags=["secrets"])

Profile = Annotated[str, Query(max_length=40, description="Empty: those of no profile")]


@router.get("")
def list_secrets(here: Here, profile: Profile = "") -> list[SecretView]:
    """All that jobs or Tuneyard may ask for; never a value."""
    scope, places = _scope(here, profile), keeps()
    return [_view(here.secrets, name, scope, places) for name in KNOWN]


@router.put("/{name}", status_code=204)
def keep_secret(name: str, asked: SecretGiven, here: Here) -> None:
    """Keeps a secret; jobs that wait for it go on."""
    value = asked.value.get_secret_value()
    here.manager.profiles.keep(name, value, asked.keep, asked.profile)
    here.manager.tend_waiting()
    here.index.hurry()


@router.delete("/{name}", status_code=204)
def forget_secret(name: str, here: Here, profile: Profile = "") -> None:
    """Forgets it wherever it is kept; one in the environment stays there."""
    here.manager.profiles.forget(name, profile)


@router.post("/{name}/test")
def test_secret(name: str, asked: ToTest, here: Here) -> Tested:
    """Finds out what a token can do, by asking those who gave it; changes nothing there."""
    value = asked.value.get_secret_value() if asked.value is not None else None
    scope = _scope(here, asked.profile)
    found = tokens.try_out(
        here.secrets, name, value=value, repository=asked.repository, scope=scope
    )
    return Tested(ok=found.ok, sentences=found.sentences, next_step=found.next_step)


def _scope(here: Context, profile: str) -> Scope:
    """Raises NotFound for a profile that isn't there."""
    if profile:
        return here.manager.profiles.get(profile).scope
    return here.manager.profiles.scope("")


def _view(secrets: Secrets, name: str, scope: Scope, places: list[Keep]) -> SecretView:
    return SecretView(
        name=name,
        about=KNOWN[name],
        jobs=name in FOR_JOBS,
        keeper=secrets.keeper(name, scope),
        ending=secrets.ending(name, scope),
        own=name in scope.own,
        covered=secrets.covered(name, scope),
        keeps=places,
    )
