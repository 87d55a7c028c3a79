"""state.json and events.jsonl as the runner writes them. It is their only writer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .folder import append_line, read_json_or, write_json
from .states import State, move

if TYPE_CHECKING:
    from .folder import JobFolder


class Status:
    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.data = read_json_or(folder.state, {"state": State.QUEUED.value, "attempt": 0})

    @property
    def state(self) -> State:
        return State(self.data["state"])

    def move(self, wanted: State, **more: Any) -> None:
        """To another state, by the table; to the same one with what is new."""
        changed = wanted is not self.state
        if changed:
            more = {"since": time.time(), **more, "state": move(self.state, wanted).value}
        self.save(**more)
        if changed:
            self.event("state", state=wanted.value)

    def save(self, **more: Any) -> None:
        self.data.update(more)
        write_json(self.folder.state, self.data)

    def event(self, name: str, **more: Any) -> None:
        append_line(self.folder.events, {"t": time.time(), "event": name, **more})
