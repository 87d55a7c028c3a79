import json
from collections.abc import Iterator, Mapping
from typing import Any

from tuneyard.runner.step import Needs, Phase, Plan, Secret, Seen, Step, Stop


def plan(job: Mapping[str, Any], place: Mapping[str, Any]) -> Plan:
    settings = job["settings"]
    write = Secret("HF_WRITE_TOKEN", fallback="HF_TOKEN", required=True)
    steps = [
        _shell("ready", "prepare", settings.get("ready", "echo ready")),
        _shell("train", "train", settings["train"], grace=settings.get("grace", 1.0)),
        _shell("export", "finish", settings.get("export", "echo voice > ../outputs/voice")),
    ]
    if job["results"].get("repository"):
        push = settings.get("push", "true")
        steps.append(
            _shell("push", "finish", push, secrets=(write,), optional=True, pushes="itself")
        )
    files = {"work/place.json": json.dumps(dict(place)), "work/settings.json": json.dumps(settings)}
    needs = Needs(gpus=settings.get("gpus", 0))
    return Plan("by-hand", "pod_recipe.steps", tuple(steps), files, needs, "work/events.jsonl")


def seen(line: bytes) -> Seen | None:
    data = json.loads(line)
    if data.get("event") != "step":
        return Seen(event=data)
    del data["event"]
    return Seen(metrics=data, progress={name: data[name] for name in ("step", "steps")})


def side_tasks(event: Mapping[str, Any], _job: Mapping[str, Any]) -> Iterator[Step]:
    if event["event"] == "checkpoint":
        name = f"sample-{event['step']}"
        yield _shell(name, "train", f"echo >> ../samples/{name}")


def _shell(name: str, phase: Phase, script: str, grace: float = 1.0, **more: Any) -> Step:
    command = ("sh", "-c", script)
    return Step(name, name.capitalize(), phase, command, stop=Stop(grace=grace), **more)
