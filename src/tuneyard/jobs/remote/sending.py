"""Sends what exists only at home into the pod, beside all else that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.jobs import inputs

from .beside import Beside

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sending(Beside):
    """`pump` is called again and again."""

    def pump(self, job: Mapping[str, Any]) -> None:
        """Sends what the pod still waits for. Raises InputsError of what can't be sent at all."""
        missing = {sha for sha, each in job["inputs"].items() if not each["done"]}
        total = sum(each["bytes"] for each in job["inputs"].values())
        have = sum(each["have"] for each in job["inputs"].values())
        upload = {"sent": have, "bytes": total} if missing else None
        if upload != self.here.handle.upload:
            self.here.handle.upload = upload
            self.here.save()
            self.here.show()
        self.ended()
        if missing and self.idle:
            self.begin(self._send, missing)

    def _send(self, wanted: set[str]) -> None:
        for packed in self.here.packed():
            if packed.sha256 in wanted:
                inputs.upload(self.url, self.here.handle.token, packed, stopped=lambda: self.ending)
