"""What lies on the disk of this home, and what of it can be cleaned."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Answer, Asked, Moment

DiskKind = Literal["environments", "models", "caches", "uploads", "jobs"]


class DiskItem(Answer):
    id: str = Field(description="What POST /disk/clean takes")
    kind: DiskKind
    name: str
    path: str
    bytes: int | None = Field(description="None: not measured yet")
    shared: int | None = Field(
        description="Of these bytes, those that other places hold too, such as uv's own cache:"
        " cleaning doesn't free them"
    )
    made: Moment | None
    jobs: list[str] = Field(description="Ids of the jobs that use it, the newest first")
    state: Literal["unused", "kept", "in-use"] = Field(
        description="unused: nothing needs it. kept: can be cleaned and would have to be made or"
        " fetched again. in-use: not now, since a job that has not ended uses it"
    )
    cleanable: bool = Field(
        description="False of what is in use, and of jobs: those are deleted, not cleaned"
    )
    note: str = Field(description="What cleaning it means, or why it can't be cleaned; a sentence")


class DiskGroup(Answer):
    kind: DiskKind
    bytes: int = Field(description="Of all that was measured, also of what is not listed")
    count: int = Field(description="How many there are; of jobs, only the largest are listed")
    complete: bool = Field(description="False: more is being measured; ask again in a moment")
    items: list[DiskItem] = Field(description="The largest first")


class Disk(Answer):
    home: str
    total: int = Field(description="Bytes of the disk that the home lies on")
    free: int = Field(description="Bytes of it that this user may still write")
    bytes: int = Field(description="Of all that lies in this home, as far as measured")
    complete: bool = Field(description="False: more is being measured; ask again in a moment")
    groups: list[DiskGroup]


class ToClean(Asked):
    items: list[str] = Field(min_length=1, max_length=1000, description="Ids of items")


class CleanRefused(Answer):
    id: str
    sentence: str


class Cleaned(Answer):
    items: list[str] = Field(description="Ids of what was cleaned")
    freed: int = Field(description="Bytes")
    refused: list[CleanRefused] = Field(description="What was left, and why")


class Place(Answer):
    """A suggestion for a field that takes a path."""

    path: str = Field(description="Absolute; a folder's ends with a slash")
    name: str
    kind: Literal["folder", "file"]
    bytes: int | None = Field(description="Of a file")
