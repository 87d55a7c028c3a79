"""Computes: where a job can run."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Answer, Asked
from .jobs import JobDraft


class ComputeView(Answer):
    name: str
    title: str
    summary: str
    remote: bool = Field(description="Whether it runs elsewhere, for money")
    secrets: list[str] = Field(description="Names of secrets that it needs itself, and no job gets")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of its settings")


class ToOffer(Asked):
    job: JobDraft
    profile: str = Field("", description="Whose key is used")
