"""One answer of RunPod's, as far as it is read."""

from __future__ import annotations

from typing import Any, NamedTuple


class Answer(NamedTuple):
    """`data` is the body's JSON, None where it is none or not `whole`; `wait` is how long
    RunPod asks to wait, in seconds.
    """

    status: int
    kind: str
    data: Any
    wait: float
    whole: bool = True

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300
