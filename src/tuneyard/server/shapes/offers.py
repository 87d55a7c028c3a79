"""What a compute offers for a job, and what a job on it would come to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .base import Answer, Problem


class Offer(Answer):
    """A machine that could be rented. Prices are in dollars, of the whole machine."""

    gpu: str = Field(description="The GPU's id, as settings name it")
    name: str
    memory_gb: float
    count: int = Field(description="GPUs in one machine")
    cloud: str
    dollars_an_hour: float | None = Field(description="None if nobody knows")
    full_dollars_an_hour: float | None = Field(None, description="The same with its disk")
    stock: str = Field(description="How many are free: none, low, medium, high, elsewhere, unknown")
    fits: bool
    why: str = Field(description="What is against it, in words that follow its name")
    dollars: float | None = Field(description="Of the whole job, where its length is known")
    source: str = Field(description="Where price and length are from")


class Offers(Answer):
    """Those that fit first, the cheapest of them first."""

    offers: list[Offer]
    source: Literal["live", "table"] = Field(description="Asked for now, or from a bundled table")
    date: str = Field(description="Of the table: when its newest price was noted")
    limits: str = Field(description="When the machine ends itself, in words")
    problem: Problem | None = Field(None, description="Why there is only the table")


class PlannedSecret(Answer):
    name: str
    required: bool
    held: bool = Field(description="Whether anybody holds it, or what stands in for it")


class PlannedInput(Answer):
    """Data that exists only here and has to reach the machine."""

    setting: str = Field(description="The setting that names it")
    path: str
    bytes: int
    files: int
    note: str = Field(
        description="How it travels, how long that takes and what it costs, as far as known"
    )


class PlannedRemote(Offers):
    """What a job on another machine would be asked of it, and would come to."""

    request: dict[str, Any] | None = Field(
        description="What is asked for first, secrets masked; None if nothing fits"
    )
    curl: str = Field(description="The same as a command, secrets masked; empty if nothing fits")
    inputs: list[PlannedInput]
    secrets: list[PlannedSecret] = Field(description="What the inputs need here, to get there")
    results: str = Field(description="What happens with the results, in words")
    confirm: str = Field(description="What has to be agreed to before the start; may be empty")
