"""A Hub to fetch from and push to, and a folder to do it in."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import FakeHub
from recipes.hub.calling import CLIPS, READS, WRITES


@pytest.fixture
def there(tmp_path: Path) -> Iterator[FakeHub]:
    """A Hub where alice has a public and a private dataset, and a token to read and one to write."""
    with FakeHub(tmp_path / "hub") as there:
        there.token(READS, "alice")
        there.token(WRITES, "alice", writes=True)
        there.add("alice/clips", CLIPS, kind="dataset")
        there.add("alice/own", CLIPS, kind="dataset", private=True)
        yield there


@pytest.fixture
def here(tmp_path: Path) -> Path:
    here = tmp_path / "here"
    (here / "voice" / "samples").mkdir(parents=True)
    (here / "voice" / "voice.onnx").write_bytes(os.urandom(1_000_000))
    (here / "voice" / "voice.onnx.json").write_text('{"audio": {}}')
    (here / "voice" / "samples" / "1.wav").write_bytes(os.urandom(5_000))
    return here
