"""The recipe module of the scripted trainer: what its event lines mean."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tuneyard.runner.step import Seen, Step

SPEED = ("quality",)


def seen(line: bytes) -> Seen | None:
    data = json.loads(line)
    kind = data.pop("event")
    if kind == "step":
        progress = {name: data[name] for name in ("step", "steps")} | {"epoch_steps": 10}
        return Seen(metrics=data, progress=progress)
    return Seen(event={"event": kind, "step": data["step"]})


def side_tasks(event: Mapping[str, Any], _job: Mapping[str, Any]) -> Iterator[Step]:
    if event["event"] == "checkpoint":
        name = f"sample-{event['step']}"
        yield Step(name, "Sample", "train", ("sh", "-c", f"echo >> ../samples/{name}"))
