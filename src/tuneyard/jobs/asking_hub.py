"""Asking the Hub without waiting longer than a person would: its library waits without end."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

from tuneyard.recipes import downloads, hub
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(seconds: float, action: Callable[[], T]) -> T:
    """Its result, or a HubError if it takes longer; then it is left to itself."""
    answers: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(action())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise hub.HubError(
            Problem(
                f"The Hub at {downloads.shown(hub.endpoint())} doesn't answer.",
                "offline",
            )
        ) from None
    if isinstance(answer, BaseException):
        raise answer
    return answer
