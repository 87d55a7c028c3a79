import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.runpod.contract import ACTION, CREATE, LARGEST, problems_of, wrong
from compute.runpod.scripted import Request
from tuneyard.compute.runpod import request as module
from tuneyard.compute.runpod.offers import Offer
from tuneyard.compute.runpod.request import build, checked, curl, encoded, masked, secrets_in
from tuneyard.compute.runpod.settings import IMAGE, RunPodSettings
from tuneyard.errors import NotPossible

TOKEN = "canaryFace0123456789"
SECRETS = {"HF_TOKEN": "hf_canary'\"$TOKEN", "HF_READ_TOKEN": "{{ RUNPOD_SECRET_hf }}"}
JOB = {"id": "20261122-120000-first-voice", "name": "Stimme “eins”", "settings": {"epochs": 3}}


def offer(cloud: Any = "secure", count: int = 1) -> Offer:
    return Offer("NVIDIA A40", "A40", 48, count, cloud, 0.49)


def made(settings: RunPodSettings | None = None, **changed: Any) -> dict[str, Any]:
    given_all: dict[str, Any] = {
        "name": "tuneyard-01234567-20261122-120000-first-voice",
        "program": "P" * 5000,
        "boot": "for p in python3 python; do\n  'it'\ndone",
        "secrets": SECRETS,
        "token": TOKEN,
        "deadline": 1_795_348_800,
        "collect": 3600,
        "origins": ["https://a.example", "http://127.0.0.1:8000"],
        "offer": offer(),
        "job": JOB,
        **changed,
    }
    complete = (settings or RunPodSettings()).completed()
    return build(settings=complete, **given_all)


def test_what_a_pod_is_asked_for_with() -> None:
    request = made()
    env = request.pop("env")
    assert request == {
        "name": "tuneyard-01234567-20261122-120000-first-voice",
        "image": IMAGE,
        "gpu": {"id": "NVIDIA A40", "count": 1},
        "cloud": "SECURE",
        "disk": 50,
        "ports": ["8471/http"],
        "args": json.dumps(
            {"entrypoint": ["/bin/sh", "-c"], "cmd": ["for p in python3 python; do\n  'it'\ndone"]},
            separators=(",", ":"),
        ),
    }
    assert json.loads(env.pop("TUNEYARD_JOB")) == JOB
    assert env == {
        "TUNEYARD_PROGRAM": "P" * 5000,
        "TUNEYARD_DEADLINE": "1795348800",
        "TUNEYARD_COLLECT": "3600",
        "TUNEYARD_FACE_TOKEN": TOKEN,
        "TUNEYARD_ORIGINS": "https://a.example http://127.0.0.1:8000",
        "TUNEYARD_HOME": "/root/tuneyard",
        **SECRETS,
    }


def test_all_that_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEYARD_RUNPOD_URL", "http://127.0.0.1:9/")
    settings = RunPodSettings(
        gpu_count=2,
        image="mine/image:1",
        disk_gb=80,
        volume="vol_1",
        data_centers=["eu-ro-1 ", "US-KS-2"],
        min_cuda="12.8",
    )
    request = made(settings, offer=offer(count=2))
    assert problems_of(request, CREATE) == []
    assert request["gpu"] == {"id": "NVIDIA A40", "count": 2, "minCudaVersion": "12.8"}
    assert (request["image"], request["disk"]) == ("mine/image:1", 80)
    assert request["dataCenterIds"] == ["EU-RO-1", "US-KS-2"]
    assert request["mounts"] == {"network": [{"volumeId": "vol_1", "path": "/workspace"}]}
    assert request["env"]["TUNEYARD_HOME"] == "/workspace/tuneyard"
    assert request["env"]["TUNEYARD_RUNPOD_URL"] == "http://127.0.0.1:9"


texts = st.text(st.characters(codec="utf-8"), max_size=20)
# Hypothesis takes words from the sources, too.
others = texts.filter(lambda text: "canary" not in text)


@given(
    settings=st.builds(
        RunPodSettings,
        gpu_count=st.integers(1, 16),
        image=st.sampled_from(["", "a/b:1", "docker.io/x@sha256:0"]),
        disk_gb=st.none() | st.integers(5, 10_000),
        volume=st.sampled_from(["", "vol_1"]),
        data_centers=st.lists(st.sampled_from(["eu-ro-1", "US-TX-3"]), max_size=3),
        min_cuda=st.sampled_from(["", "12.8", "11.8"]),
    ),
    job=st.dictionaries(texts, texts, max_size=4),
    secrets=st.dictionaries(st.from_regex(r"\A[A-Z]{1,8}_TOKEN\Z"), texts, max_size=4),
    cloud=st.sampled_from(["secure", "community"]),
)
def test_every_request_keeps_to_the_contract(
    settings: RunPodSettings, job: dict[str, str], secrets: dict[str, str], cloud: str
) -> None:
    chosen = offer("secure" if settings.volume else cloud, settings.gpu_count)
    request = made(settings, job=job, secrets=secrets, offer=chosen)
    assert problems_of(json.loads(encoded(checked(request))), CREATE) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"spot": True}, "'spot' not allowed"),
        ({"gpu": {"id": "NVIDIA A40"}}, "gpu.count"),
        ({"cloud": "ALL"}, "must be one of"),
        ({"env": {"A": 1}}, "not a string"),
        ({"disk": 0}, "less than 1"),
        ({"name": ""}, "too short"),
        ({"mounts": {"network": [{"volumeId": "v"}]}}, "missing property 'path'"),
        ({"dataCenterIds": ["eu-ro-1"]}, "not in capitals"),
    ],
)
def test_the_contract_here_sees_what_is_wrong(change: dict[str, Any], told: str) -> None:
    assert told in str(problems_of({**made(), **change}, CREATE))
    assert problems_of({"action": "terminate", "force": True}, ACTION)


def test_a_request_that_is_too_large_is_not_sent() -> None:
    rest = module.LARGEST - len(encoded(made(program="")))
    fits = made(program="x" * (rest - 1))
    assert checked(fits) is fits
    assert len(encoded(fits)) == module.LARGEST - 1 < LARGEST
    with pytest.raises(NotPossible, match="has 100,000 bytes and may have 99,999") as caught:
        checked(made(program="x" * rest))
    assert "of TUNEYARD_PROGRAM" in caught.value.sentence
    assert caught.value.next_step


def test_bytes_are_counted_not_characters() -> None:
    with pytest.raises(NotPossible):
        checked(made(job={"name": "ü" * 50_000}))


def test_too_many_variables_are_refused() -> None:
    with pytest.raises(NotPossible, match="environment variables"):
        checked(made(secrets={f"S{n}": "x" for n in range(50)}))


@pytest.mark.parametrize("name", ["RUNPOD_API_KEY", "TUNEYARD_JOB", "A B", "", "1X", "X=Y"])
def test_no_variable_takes_the_place_of_ours_or_carries_the_key(name: str) -> None:
    with pytest.raises(NotPossible):
        made(secrets={name: "value"})


def test_what_is_shown_has_no_secret() -> None:
    shown = masked(made())
    assert "canary" not in str(shown)
    assert shown["env"]["HF_TOKEN"] == "********"
    assert shown["env"]["HF_READ_TOKEN"] == "{{ RUNPOD_SECRET_hf }}"  # a name, no value
    assert shown["env"]["TUNEYARD_PROGRAM"] == "(the program, packed: 5,000 bytes)"
    assert json.loads(shown["env"]["TUNEYARD_JOB"]) == JOB
    assert secrets_in(made()) == {SECRETS["HF_TOKEN"], TOKEN}
    assert secrets_in({}) == set()


def test_the_command_to_read_is_short_and_has_no_secret() -> None:
    shown = curl(made())
    assert "canary" not in shown
    assert "P" * 200 not in shown
    assert shown.startswith("curl -sS -X POST https://api.runpod.io/v2/pods \\\n")
    assert '"Authorization: Bearer $RUNPOD_API_KEY"' in shown


@given(job=st.dictionaries(others, others, max_size=3))
def test_the_complete_command_sends_the_same(
    tmp_path_factory: pytest.TempPathFactory, job: dict[str, str]
) -> None:
    request = made(job=job, secrets={"HF_TOKEN": "hf_canary0123"})
    command = curl(request, complete=True)
    assert "canary" not in command
    assert sent(command, tmp_path_factory.mktemp("bin")) == request


def sent(command: str, folder: Path) -> Any:
    """The body that a shell gives to curl."""
    stand_in = folder / "curl"
    stand_in.write_text('#!/bin/sh\nfor last; do :; done\nprintf %s "$last"\n')
    stand_in.chmod(0o755)
    environment = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "HF_TOKEN": "hf_canary0123",
        "TUNEYARD_FACE_TOKEN": TOKEN,
        "RUNPOD_API_KEY": "rpa_x",
    }
    ran = subprocess.run(["sh", "-c", command], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/v2/pods?desiredStatus=RUNNING", {}, b""),
        Request("GET", "/v1/pods", {}, b""),
        Request("PATCH", "/v2/pods/abc", {}, b"{}"),
        Request("GET", "/v2/pods/abc/logs?tail=5001", {}, b""),
        Request("POST", "/v2/pods/abc/action", {"content-type": "application/json"}, b"{}"),
    ],
)
def test_the_contract_here_sees_what_may_not_be_asked(request_: Request) -> None:
    named = {"user-agent": "tuneyard/1", "authorization": "Bearer x", **request_.headers}
    assert wrong(replace(request_, headers=named)) != []
    assert wrong(Request("GET", "/v2/pods", {}, b"")) == [
        "/v2/pods: no name of its own",
        "/v2/pods: no bearer token",
    ]
