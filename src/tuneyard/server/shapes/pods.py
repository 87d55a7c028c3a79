"""Pods: what is rented, by jobs of this home and otherwise."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Answer, Asked, Moment, Problem


class JobPod(Answer):
    """What a job rents. Prices are in dollars."""

    id: str = Field(description="Empty while the answer of who rents it out is unknown")
    name: str
    gpu: str
    gpu_count: int
    cloud: str
    dollars_an_hour: float
    spent: float = Field(description="So far, by the clock and the price")
    created: Moment | None
    ended: Moment | None = Field(description="When it was found to be gone")
    deadline: Moment = Field(description="When it ends itself, whatever happens")
    url: str = Field(description="Where its owner sees it")


class PodView(Answer):
    """One pod of the account.

    `whose`: of an unfinished job here; of one that is over, whose results come home; of a job
    here, and nobody's any more; of another Tuneyard; or of something else.
    """

    id: str
    name: str
    status: str
    whose: Literal["job", "ending", "orphan", "elsewhere", "other"]
    job: str | None = Field(description="The id of its job, if that is of this home")
    job_name: str
    gpu: str
    gpu_count: int
    cloud: str
    dollars_an_hour: float
    spent: float | None = Field(description="Dollars since it was made; None if nobody can tell")
    created: Moment | None
    url: str


class Pods(Answer):
    pods: list[PodView]
    balance: float | None = Field(description="Dollars on the account; None if nobody tells")
    dollars_an_hour: float = Field(description="What all pods cost together")
    problem: Problem | None = Field(None, description="Why it is not known which pods there are")


class Sweep(Asked):
    yes: bool = Field(False, description="End them; else they are only listed")


class Swept(Answer):
    pods: list[PodView] = Field(description="Those that would be, or were, ended")
    left: list[Problem] = Field(description="Why others could not be ended")
