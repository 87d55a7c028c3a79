"""Requests for pods, and what the needs come to that they depend on."""

from __future__ import annotations

import json
import math
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.address import ADDRESS, PUBLIC
from tuneyard.compute.runpod.names import pod_name
from tuneyard.compute.runpod.offers import Offer
from tuneyard.compute.runpod.request import encoded
from tuneyard.jobs import menu
from tuneyard.jobs import plan as plans
from tuneyard.jobs.inputs import recipe
from tuneyard.jobs.job import build
from tuneyard.jobs.remote.terms.rental import SPARE_GB, Rental
from tuneyard.recipes.base import recipe_named
from tuneyard.runner.pod.inputs import PROGRAM
from tuneyard.site.recipes import COMPUTE, facts

from .numbers import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuneyard.jobs.job import Job

_NEEDS = ("gpus", "gpu_memory_gb", "gpu_memory_source", "disk_gb")
_PROGRAM = "<program>"
_BOOT = """for p in python3 python; do 'it' "$p" && exec $p; done; # says “no” otherwise"""
_ID = "20261122-143005-first-voice"
_NOW = 1_795_358_405.75
_HOME = "0123abcd"
_TOKEN = "canaryFace0123456789_-abcdefghijklmnopqrstuvw"  # noqa: S105 - of no pod
_SHA = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

_OFFER = Offer("NVIDIA A40", "A40", 48, 1, "secure", 0.49)
_TOKENS = {
    "RUNPOD_API_KEY": "rpa_canary",
    "HF_TOKEN": "hf_canary'\"$TOKEN",
    "HF_WRITE_TOKEN": "hf_canaryWrite",
    "WANDB_API_KEY": "canaryWandb",
}


@dataclass(frozen=True)
class Case:
    name: str
    draft: Mapping[str, Any]
    offer: Offer = _OFFER
    secrets: Mapping[str, str] = field(default_factory=lambda: _TOKENS)
    origins: tuple[str, ...] = ("https://train.example",)
    manifest: tuple[Mapping[str, Any], ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    runpod: str = PUBLIC


def cases() -> list[dict[str, Any]]:
    return [_case(each) for each in _CASES]


def needs() -> dict[str, Any]:
    """What is needed, of jobs that differ in what it depends on; `disk` is the pod's, in GB.

    `said` is what each recipe says of it, once for all its jobs.
    """
    found = [_needs(draft) for draft in _NEEDING]
    said = {name: facts(recipe_named(name))["needs"] for name in {each["recipe"] for each in found}}
    return {"said": dict(sorted(said.items())), "cases": found}


def _case(case: Case) -> dict[str, Any]:
    job = _job(case.draft)
    with _at(case.runpod):
        body = _body(job, case)
    return {
        "name": case.name,
        "given": {
            "recipe": job.recipe,
            "draft": job.model_dump(),
            "id": _ID,
            "offer": asdict(case.offer),
            "now": _NOW,
            "token": _TOKEN,
            "secrets": dict(case.secrets),
            "origins": list(case.origins),
            "home": _HOME,
            "manifest": list(case.manifest),
            "replaced": dict(case.replaced),
            "site": {
                "recipe": facts(recipe_named(job.recipe)),
                "spare_gb": SPARE_GB,
                "program": _PROGRAM,
                "boot": _BOOT,
                "runpod": case.runpod,
            },
        },
        "request": body,
        "size": len(encoded(body)),
    }


def _body(job: Job, case: Case) -> dict[str, Any]:
    """What Python would send, but for the stand-ins."""
    rental = Rental(job, _ID, None, case.replaced, case.manifest)
    body, _ = rental.body(
        case.offer,
        rental.settings,
        name=pod_name(_HOME, _ID),
        token=_TOKEN,
        secrets=case.secrets,
        origins=case.origins,
        now=_NOW,
    )
    told, args = json.loads(body["env"]["TUNEYARD_JOB"]), json.loads(body["args"])
    env = {**body["env"], "TUNEYARD_PROGRAM": _PROGRAM, "TUNEYARD_JOB": _compact(plain(told))}
    return {**body, "env": env, "args": _compact({**args, "cmd": [_BOOT]})}


def _needs(draft: Mapping[str, Any]) -> dict[str, Any]:
    job = _job(draft)
    found = asdict(plans.make(job).needs)
    said = facts(recipe_named(job.recipe))["needs"] or {}
    # What is the same for all of a recipe's jobs may be said in other words than a plan's.
    names = [*_NEEDS, *(["source"] if isinstance(said.get("source"), dict) else [])]
    return {
        "name": f"{job.recipe}: {found['source']}",
        "recipe": job.recipe,
        "given": {
            "settings": job.settings,
            "compute": job.compute.options,
            "spare_gb": SPARE_GB,
        },
        "needs": {name: found[name] for name in names},
        "disk": math.ceil(found["disk_gb"] or 0.0) + SPARE_GB,
    }


def _job(draft: Mapping[str, Any]) -> Job:
    return build({**draft, "compute": {"name": COMPUTE, **draft.get("compute", {})}})


@contextmanager
def _at(address: str) -> Iterator[None]:
    """RunPod is there meanwhile, whatever this computer's own settings say."""
    before = {name: value for name, value in os.environ.items() if name.startswith("TUNEYARD_")}
    for name in before:
        del os.environ[name]
    if address != PUBLIC:
        os.environ[ADDRESS] = address
    try:
        yield
    finally:
        os.environ.pop(ADDRESS, None)
        os.environ.update(before)


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _voice(**settings: Any) -> dict[str, Any]:
    return {
        "recipe": "piper",
        "name": "first voice",
        "settings": {"dataset": "hf:owner/recordings", **settings},
    }


def _script(**settings: Any) -> dict[str, Any]:
    script = '#!/bin/bash\nset -e\necho "ok" && sleep 1\n'
    return {"recipe": "script", "name": "mine", "settings": {"script": script, **settings}}


def _pictures(preset: str, **settings: Any) -> dict[str, Any]:
    """A preset's job with a dataset, and settings that its form would keep hidden."""
    recipe = recipe_named("diffusion-pipe")
    job = menu.preset(recipe.presets[preset])
    folders = {"directories": [{"path": "hf:owner/pictures"}]}
    return {"recipe": recipe.name, "settings": {**job.settings, **folders, **settings}}


_PUSHED = {"repository": "owner/voice", "folder": "first", "private": False}

_CASES = (
    Case("a voice that stays where it is: no token to write", _voice()),
    Case("a voice that is pushed", {**_voice(base="en_US/lessac/medium"), "results": _PUSHED}),
    Case("without secrets and origins", _voice(), secrets={}, origins=()),
    Case(
        "large, and written in many letters",
        {
            **_voice(quality="high", keep_last=0, epochs=1000, checkpoint_epochs=25, language="uk"),
            "name": "Stimme “eins” 🎙 \\ \"'`$x",
        },
    ),
    Case(
        "a script with secrets under names of its own, which needs much",
        _script(
            secrets=["HF_TOKEN", "MY_KEY = WANDB_API_KEY"],
            disk_gb=180.5,
            gpu_memory_gb=23.5,
            environment={"A": "ä", "B": "<&>"},
            requirements=["torch"],
        ),
    ),
    Case("a script that asks for no secret gets none", {**_script(), "results": {}}),
    Case(
        "a script that is pushed, by a secret of RunPod's",
        {**_script(), "results": _PUSHED},
        secrets={"HF_WRITE_TOKEN": "{{ RUNPOD_SECRET_hf }}"},
    ),
    Case(
        "all that may be said of a pod",
        {
            **_voice(),
            "compute": {
                "gpus": ["A40", "NVIDIA L4"],
                "cloud": "secure",
                "gpu_count": 2,
                "image": "mine/image:1",
                "disk_gb": 80,
                "volume": "vol_1",
                "data_centers": [" eu-ro-1 ", "US-KS-2"],
                "min_cuda": "12.8",
                "max_hours": 720,
                "max_dollars": 1.25,
                "collect_hours": 0.5,
            },
        },
        offer=Offer("NVIDIA A40", "A40", 48, 2, "secure", 0.98, 0.991, "low"),
        origins=("https://train.example", "http://127.0.0.1:8000"),
    ),
    Case(
        "on others' computers, for less than an hour",
        {**_voice(), "compute": {"max_hours": 0.7, "max_dollars": 10_000, "collect_hours": 0}},
        offer=Offer("NVIDIA GeForce RTX 4090", "RTX 4090", 24, 1, "community", 0.34),
    ),
    Case(
        "with data from here",
        _voice(),
        manifest=(
            {
                "sha256": _SHA,
                "bytes": 3_456_789_012,
                "name": "recordings.zip",
                "kind": "file",
                "place": "",
            },
        ),
        replaced={"dataset": f"input:{_SHA}"},
    ),
    Case(
        "with data from here inside of lists and tables",
        _script(requirements=["torch", "here"], environment={"DATA": "here"}),
        manifest=({"sha256": _SHA, "bytes": 5, "name": "pictures", "kind": "folder", "place": ""},),
        replaced={
            "requirements.1": f"input:{_SHA}",
            "environment.DATA": f"input:{_SHA}",
        },
    ),
    Case(
        "with a recipe that comes after it, which takes no room on its disk",
        _script(disk_gb=100),
        manifest=(
            {
                "sha256": _SHA,
                "bytes": 58_123,
                "name": recipe.NAME,
                "kind": PROGRAM,
                "place": "",
            },
        ),
    ),
    Case("at another address", _voice(), runpod="https://runpod.example:8443"),
)

_NEEDING = (
    *(_voice(quality=quality) for quality in ("tiny", "x-low", "low", "medium", "high")),
    *(_voice(keep_last=kept, epochs=99, checkpoint_epochs=10) for kept in (0, 1, 7)),
    _voice(keep_last=0, epochs=3, checkpoint_epochs=10),
    _voice(accelerator="cpu"),
    _script(),
    _script(gpus=0, gpu_memory_gb=24),
    _script(gpus=2, gpu_memory_gb=23.5, disk_gb=100.25),
    {**_script(gpu_memory_gb=80), "compute": {"gpu_count": 4}},
    *(_pictures(preset) for preset in recipe_named("diffusion-pipe").presets),
    _pictures("flux-dev", gpu_memory_gb=None),
    _pictures("flux-dev", gpu_memory_gb=None, blocks_to_swap=20, dtype="float32"),
    _pictures("flux-dev", gpu_memory_gb=None, adapter="none", transformer_dtype=""),
    _pictures("sdxl", gpu_memory_gb=None, diffusers_path="hf:black-forest-labs/FLUX.1-dev"),
    _pictures("sdxl-full-48gb", gpus=2, pipeline_stages=2, trainer_python="/opt/python"),
    _pictures("sdxl-full-48gb", optimizer="AdamW8bit", checkpoint_every_n_minutes=0.0, epochs=18),
    _pictures("sdxl-full-48gb", dtype="float32", save_dtype="", save_every_n_steps=50),
    _pictures("sdxl-full-48gb", keep_last=0, max_steps=500),
    _pictures("wan-2.1-1.3b", gpu_memory_gb=None, text_encoder_fp8=True, blocks_to_swap=200),
    _pictures("wan-2.1-14b-24gb", transformer_dtype="", blocks_to_swap=0),
    _pictures("wan-2.1-14b-24gb", transformer_dtype="", gpus=4, pipeline_stages=4),
    _pictures("qwen-image-24gb", transformer_dtype="bfloat16", gpu_memory_gb=47.5),
    _pictures("z-image-turbo", gpu_memory_gb=None, diffusion_model="hf:owner/other.safetensors"),
)
