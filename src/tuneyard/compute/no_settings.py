"""The settings of a compute that leaves nothing to choose."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class NoSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
