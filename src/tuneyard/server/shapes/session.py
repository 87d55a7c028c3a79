"""Who is at the page: signed in or not, and how one gets in."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator

from .base import Answer, Asked


class Session(Answer):
    """What the page asks first. It tells nothing else to who is signed out."""

    signed_in: bool
    password: bool = Field(description="Whether a password opens it; else only the link does")
    practice: bool = Field(False, description="Whether nothing that is rented here is real")


class SignIn(Asked):
    """Either of the two."""

    token: SecretStr | None = Field(
        None, max_length=200, description="What follows `#open=` in the link"
    )
    password: SecretStr | None = Field(None, max_length=1000)

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.token is None) == (self.password is None):
            raise ValueError("either the token or the password is needed")
        return self
