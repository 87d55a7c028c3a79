"""Secrets: their names, where they are kept, what they can do. Never a value."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from .base import Answer, Asked

Keep = Literal["memory", "keyring", "file"]
Keeper = Literal["memory", "environment", "keyring", "file"]


class SecretView(Answer):
    name: str = Field(description="As programs know it, such as HF_TOKEN")
    about: str = Field(description="What it is used for")
    jobs: bool = Field(description="Whether jobs here may be given it; else only Tuneyard uses it")
    keeper: Keeper | None = Field(description="Where it is; null if nobody holds it")
    ending: str | None = Field(description="Its last four characters, if it is long enough")
    own: bool = Field(description="Whether the profile asked about has a value of its own for it")
    covered: str | None = Field(
        description="While nobody holds it: the name of the secret that is used in its place"
    )
    keeps: list[Keep] = Field(description="Where it can be kept on this computer")


class SecretGiven(Asked):
    value: SecretStr = Field(min_length=1, max_length=4096)
    keep: Keep = Field(
        "memory",
        description="memory: until this server ends. keyring: the system's. file: in Tuneyard's"
        " home, readable by this user alone",
    )
    profile: str = Field("", description="Empty: for all jobs that have no profile of their own")


class ToTest(Asked):
    value: SecretStr | None = Field(None, max_length=4096, description="Null: the one that is kept")
    repository: str = Field(
        "", max_length=200, description="owner/name on the Hub that it is to be tried on"
    )
    profile: str = ""


class Tested(Answer):
    ok: bool | None = Field(
        description="Whether it can do what its name promises; null if that could not be found out"
    )
    sentences: list[str] = Field(description="What was found out")
    next_step: str = ""
