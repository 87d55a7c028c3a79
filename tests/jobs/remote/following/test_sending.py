from pathlib import Path
from typing import Any

import pytest

from jobs.remote.repositories import job_of
from tuneyard.jobs import inputs
from tuneyard.jobs.inputs import InputsError, Packed
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following.sending import Sending
from tuneyard.runner.problems import Problem
from waiting import wait_for


def test_what_the_pod_fetches_itself_is_shown_and_left_to_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the manifest, or since it found there what it had pushed, which home knows nothing of."""
    here = Attendant(job_of(home))
    here.handle.hub = {"a" * 64: {"repository": "me/data"}}
    here.to("running")
    asked = []

    def packed(_: Attendant) -> list[Packed]:
        asked.append(1)
        return []

    monkeypatch.setattr(Attendant, "packed", packed)
    known: dict[str, Any] = {"have": 1, "bytes": 10, "done": False}
    with Sending(here, "http://127.0.0.1:1") as sending:
        sending.pump({"inputs": {"a" * 64: known}})
        assert sending.idle
        assert here.status["waiting"] == {"for": "inputs", "upload": {"sent": 1, "bytes": 10}}
        both = {"inputs": {"a" * 64: known, "b" * 64: known}}
        sending.pump(both)
        assert not sending.idle
        wait_for(sending.ended, 120, "the look at what is here")
        sending.pump(both)
        assert sending.idle
    assert len(asked) == 1


@pytest.mark.parametrize(("code", "ends"), [("no-input", False), ("disk-full", True)])
def test_a_pod_that_began_anew_meanwhile_is_told_once_more(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, ends: bool
) -> None:
    """Its disk was wiped while the checkpoint was on its way: it knows of none any more."""
    here = Attendant(job_of(home))
    travels = Packed("a" * 64, 120, "1.ckpt", "file", tmp_path / "1.ckpt")
    monkeypatch.setattr(Attendant, "packed", lambda _: [travels])

    def refuse(*_: Any, **__: Any) -> bool:
        raise InputsError(Problem("No.", code))

    monkeypatch.setattr(inputs, "upload", refuse)
    with Sending(here, "http://127.0.0.1:1") as sending:
        missing = {"inputs": {"a" * 64: {"have": 0, "bytes": 10, "done": False}}}
        sending.pump(missing)
        if ends:
            with pytest.raises(InputsError):
                wait_for(sending.ended, 120, "the refusal")
        else:
            wait_for(sending.ended, 120, "the refusal")
            sending.pump(missing)
            assert not sending.idle, "it is tried again"
