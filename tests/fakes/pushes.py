"""A recipe module whose side tasks speak and push each checkpoint.

Both note in ``begun`` that they began; a push in ``pushed`` that it is through, which it
isn't while there is a file ``hold``.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tuneyard.runner.step import Seen, Step

PUSH = "echo push {0} >> begun; while [ -e hold ]; do sleep 0.02; done; echo {0} >> pushed"


def seen(line: bytes) -> Seen | None:
    event = json.loads(line)
    return Seen(event=event) if event["event"] == "checkpoint" else None


def side_tasks(event: Mapping[str, Any], _job: Mapping[str, Any]) -> Iterator[Step]:
    if event["event"] == "checkpoint":
        step = event["step"]
        yield _task(f"speak-{step}", f"echo speak {step} >> begun; [ ! -e speaks ] || sleep 600")
        yield _task(f"push-{step}", PUSH.format(step), pushes="itself")


def _task(name: str, script: str, **more: Any) -> Step:
    return Step(name, name.capitalize(), "train", ("sh", "-c", script), **more)
