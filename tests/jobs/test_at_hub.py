"""What a job names on the Hub is looked for before it starts: against a Hub on a real socket."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import CLIPS
from tuneyard.jobs import at_hub
from tuneyard.jobs.job import Job, build

SD3 = "joint_blocks.0.context_block.attn.qkv.weight"
READS, WRITES, FINE = "hf_canaryReads0000000", "hf_canaryWrites000000", "hf_canaryFine00000000"


def weights(*names: str) -> bytes:
    """A .safetensors with nothing in its tensors."""
    empty = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
    head = json.dumps(dict.fromkeys(names, empty)).encode()
    return struct.pack("<Q", len(head)) + head


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    at_hub._ask.cache_clear()
    at_hub._kind.cache_clear()
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(READS, "alice")
        hub.token(WRITES, "alice", writes=True)
        hub.token(FINE, "carol", writes=True, only=("carol/lora",))
        hub.add("alice/clips", CLIPS, kind="dataset")
        hub.add("alice/secret", CLIPS, kind="dataset", private=True)
        hub.add(
            "alice/model",
            {
                "vae/x.safetensors": b"x",
                "one.safetensors": weights(),
                "sd3.safetensors": weights(SD3),
            },
        )
        hub.add("maker/gated", {"one.safetensors": b"x"}, gated=True)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def voice(**settings: Any) -> Job:
    return build({"recipe": "piper", "settings": {"dataset": "hf:alice/clips", **settings}})


def pictures(path: str = "hf:alice/clips", **settings: Any) -> Job:
    settings = {"model": "flux", "directories": [{"path": path}], **settings}
    return build({"recipe": "diffusion-pipe", "settings": settings})


def wrong(job: Job, **held: str) -> list[tuple[str, str]]:
    report = at_hub.look(job, held)
    assert report.not_checked == []
    return [(problem.field, problem.code) for problem in report.problems]


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("job", "held", "found"),
    [
        (voice(), {}, []),
        (voice(dataset="hf:alice/clips@main"), {}, []),
        (voice(dataset="hf:alice/clips@refs/pr/1"), {}, [("dataset", "hub-revision")]),
        (voice(dataset="hf:alice/nothing"), {}, [("dataset", "hub-missing")]),
        (voice(dataset="hf:alice/secret"), {}, [("dataset", "hub-missing")]),
        (voice(dataset="hf:alice/secret"), {"HF_TOKEN": READS}, []),
        (voice(dataset="hf:alice/secret"), {"HF_READ_TOKEN": READS, "HF_TOKEN": FINE}, []),
        (voice(dataset="/at/home"), {}, []),
        (pictures("hf:alice/gone"), {}, [("directories.0.path", "hub-missing")]),
        (pictures(diffusers_path="hf:alice/model"), {}, []),
        (pictures(transformer_path="hf:alice/model/one.safetensors"), {}, []),
        (pictures(diffusers_path="hf:alice/model@main/vae"), {}, []),
        (
            pictures(transformer_path="hf:alice/model/two.safetensors"),
            {},
            [("transformer_path", "hub-file")],
        ),
        (
            pictures(fuse_adapters=["hf:alice/model/no.safetensors=0.8"]),
            {},
            [("fuse_adapters.0", "hub-file")],
        ),
        (
            pictures(diffusers_path="hf:maker/gated"),
            {"HF_TOKEN": READS},
            [("diffusers_path", "hub-gated")],
        ),
        # what is in a file is told by its beginning
        (
            pictures(transformer_path="hf:alice/model@main/sd3.safetensors"),
            {},
            [("transformer_path", "model-file")],
        ),
        (
            pictures(fuse_adapters=["hf:alice/model/sd3.safetensors"]),
            {},
            [("fuse_adapters.0", "model-file")],
        ),
        # of another model: it is not asked for
        (pictures(checkpoint_path="hf:alice/nowhere"), {}, []),
        # written wrongly: the rules say how it is to be
        (pictures(diffusers_path="hf:alice"), {}, []),
    ],
)
def test_each_thing_is_looked_for_with_the_token_it_is_for(
    job: Job, held: dict[str, str], found: list[tuple[str, str]]
) -> None:
    assert wrong(job, **held) == found


@pytest.mark.usefixtures("hub")
def test_a_token_that_the_hub_does_not_know_is_said_once_for_each() -> None:
    assert wrong(voice(), HF_TOKEN="hf_nobodys0000000000") == [("dataset", "hub-token")]


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("repository", "held", "codes"),
    [
        ("", {}, []),
        ("carol/lora", {}, []),  # the job waits for a token
        ("alice/new", {"HF_TOKEN": WRITES}, []),
        ("alice/model", {"HF_WRITE_TOKEN": WRITES}, []),
        ("alice/model", {"HF_TOKEN": READS}, ["hub-right"]),
        ("carol/lora", {"HF_TOKEN": WRITES}, ["hub-missing"]),
    ],
)
def test_results_may_be_pushed(repository: str, held: dict[str, str], codes: list[str]) -> None:
    job = voice().changed({"results.repository": repository})
    assert wrong(job, **held) == [("results.repository", code) for code in codes]


def test_where_the_hub_cannot_be_asked_nothing_is_wrong() -> None:
    at_hub._ask.cache_clear()
    report = at_hub.look(pictures(diffusers_path="hf:alice/model"), {})
    assert report.problems == []
    (sentence,) = report.not_checked
    assert sentence.startswith("What the job names on the Hub: ")
    assert sentence.endswith("It is looked for when the job starts.")


def test_what_was_right_is_not_asked_again(hub: FakeHub) -> None:
    job = voice()
    assert wrong(job) == []
    asked = len(hub.requests(""))
    assert asked
    assert wrong(job) == []
    assert len(hub.requests("")) == asked
