"""What all shapes have in common, and the one shape of an error."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# A moment as everywhere in job folders: seconds since 1970, UTC.
Moment = float


class Answer(BaseModel):
    """Strict towards ourselves: a field that is not described is a mistake of ours."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Asked(BaseModel):
    """Strict towards others: a misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """One thing that is wrong, or may be."""

    sentence: str
    code: str
    field: str = Field("", description="Dotted path of the field it belongs to; may be empty")
    next_step: str = ""
    severity: Literal["error", "warning"] = "error"
    place: str = Field("", description="A file and its line, such as metadata.csv:12")


class ProblemDetails(Answer):
    """RFC 9457; `detail` is the sentence for the user."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    next_step: str = ""
    problems: list[Problem] = []
