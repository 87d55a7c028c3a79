"""Figures of this computer as they are now. What can't be known here is null."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Answer, Moment


class Cpu(Answer):
    model: str | None = Field(description="As its maker calls it")
    cores: int | None = Field(description="Cores that may be used here")
    use: float | None = Field(
        description="Share of all cores in use since the figures before, from 0 to 1"
    )
    load: list[float] | None = Field(
        description="Processes that ran or waited, on average over 1, 5 and 15 minutes"
    )


class Memory(Answer):
    total: int = Field(description="Bytes")
    used: int = Field(description="Bytes that can't be given to another program")
    available: int = Field(description="Bytes")


class DiskSpace(Answer):
    """One disk, that is a file system."""

    path: str = Field(description="A folder on it")
    holds: list[Literal["home", "system"]] = Field(
        description="What of ours lies on it: Tuneyard's home, the system itself, or both"
    )
    total: int = Field(description="Bytes")
    free: int = Field(description="Bytes that this user may still write")


class Gpu(Answer):
    id: str
    index: int = Field(description="Its place among this computer's GPUs, from 0")
    model: str
    rehearsal: bool = Field(description="Whether it only stands in for one: TUNEYARD_GPUS is set")
    use: float | None = Field(description="Share of the time that it worked, from 0 to 1")
    memory_used: int | None = Field(description="Bytes")
    memory_total: int | None = Field(description="Bytes")
    temperature: float | None = Field(description="Degrees Celsius")
    power: float | None = Field(description="Watts")
    power_limit: float | None = Field(description="Watts")
    job: str | None = Field(description="Id of the job that holds it")


class System(Answer):
    t: Moment = Field(description="When these figures were taken")
    host: str
    system: str = Field(description="Such as “Linux 6.8” or “Linux 5.15 (WSL2)”")
    python: str = Field(description="The version that Tuneyard runs under")
    uptime: float | None = Field(description="Seconds since this computer was started")
    cpu: Cpu
    memory: Memory | None
    disks: list[DiskSpace]
    gpus: list[Gpu]
    driver: str | None = Field(description="The version of NVIDIA's driver")
