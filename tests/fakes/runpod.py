"""The rehearsal RunPod, with what tests like to say in a line.

    with FakeRunPod() as runpod:
        runpod.keys.add("rpa_mine")
        runpod.rent(cost=0.49)
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)

Its pods never get as far as to start anything, unless it is given settings of its own.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tuneyard.compute.runpod.practice.answers import Request
from tuneyard.compute.runpod.practice.faults import Faults, Wrong
from tuneyard.compute.runpod.practice.pods import Pod
from tuneyard.compute.runpod.practice.server import Outcome, Practice
from tuneyard.compute.runpod.practice.settings import Settings

NEVER = 1e6  # seconds
A_POD: Mapping[str, Any] = {
    "name": "tuneyard-by-hand",
    "image": "runpod/pytorch:2",
    "gpu": {"id": "NVIDIA A40", "count": 1},
}


def Fault(  # noqa: N802 - reads as what it makes
    status: int = 200,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    silent: bool = False,
) -> Wrong:
    """What one request is answered with instead; `silent` keeps the connection waiting."""
    if silent:
        return Wrong(lost="silence")
    return Wrong(status=status, body=body, headers=headers or {})


class FakeFaults(Faults):
    """Each that is added is about one request, in the order in which they were added."""

    def append(self, wrong: Wrong) -> None:
        self.requests.append(wrong)

    def __iadd__(self, wrong: Iterable[Wrong]) -> Self:
        for one in wrong:
            self.append(one)
        return self


@dataclass(frozen=True)
class Keys:
    """Adds keys of one kind."""

    all: dict[str, str]
    kind: str

    def add(self, key: str) -> None:
        self.all[key] = self.kind


class FakeRunPod(Practice):
    """`keys` may do all, `blind` ones are known and may not see pods."""

    faults: FakeFaults

    def __init__(self, settings: Settings | None = None) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="tuneyard-fake-")
        by_itself = Settings(Path(self._place.name), pull=NEVER, apart=False)
        super().__init__(settings or by_itself, FakeFaults())
        self.keys = Keys(self.world.keys, "account")
        self.blind = Keys(self.world.keys, "blind")
        self.pages = False  # whether lists say that there is more of them

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        self._place.cleanup()

    def rent(self, *, cost: float, status: str = "RUNNING") -> Pod:
        """A pod; one that has ended keeps its cost."""
        pod = self.world.create(dict(A_POD))
        pod.made = replace(pod.made, cost=cost)
        if status == "EXITED":
            self.world.act(pod, "stop")
        return pod

    def answer(self, request: Request) -> Outcome:
        outcome = super().answer(request)
        if not self.pages or request.path != "/v2/pods" or outcome.answer.status != 200:
            return outcome
        page = {"pagination": {"nextCursor": "abc", "hasNextPage": True}}
        body = json.dumps({**json.loads(outcome.answer.body), **page}).encode()
        return replace(outcome, answer=replace(outcome.answer, body=body))
