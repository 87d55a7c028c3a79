import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from tuneyard.runner.step import Needs, Plan, Seen, Step, Stop


def plan(job: Mapping[str, Any], _place: Mapping[str, Any]) -> Plan:
    """Its steps know what the ballast was, and where the data is."""
    ballast = (files(__package__) / "ballast.txt").read_bytes()
    written = {
        "work/ballast": hashlib.sha256(ballast).hexdigest(),
        "work/data": job["settings"]["data"],
    }
    train = Step(
        "train",
        "Train",
        "train",
        ("bash", "-ec", job["settings"]["script"]),
        stop=Stop(grace=5.0),
    )
    return Plan("large", __name__, (train,), written, Needs(disk_gb=1.0), "work/events.jsonl")


def seen(_line: bytes) -> Seen | None:
    return None


def side_tasks(_event: Mapping[str, Any], _job: Mapping[str, Any]) -> Iterator[Step]:
    return iter(())
