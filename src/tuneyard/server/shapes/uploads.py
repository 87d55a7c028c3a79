"""A dataset that is dropped into the browser, on its way to this computer."""

from __future__ import annotations

from pydantic import Field

from .base import Answer, Asked, Moment


class NewUpload(Asked):
    """What is to come, so that what can't fit is refused before it is sent; 0: not known."""

    files: int = Field(default=0, ge=0)
    bytes: int = Field(default=0, ge=0)


class UploadLimits(Answer):
    file_bytes: int = Field(description="The most bytes of one file")
    bytes: int = Field(description="The most bytes in all")
    files: int = Field(description="The most files")


class Upload(Answer):
    id: str
    made: Moment
    files: int = Field(description="How many have arrived")
    bytes: int = Field(description="Of those that have arrived")
    path: str | None = Field(
        description="What goes into the job's dataset setting: a folder or the one zip; null until"
        " all of it was said to be there"
    )
    limits: UploadLimits
