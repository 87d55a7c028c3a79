"""Sends what exists only at home into the pod, beside all else that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.jobs import inputs

from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.jobs.inputs import Packed
    from tuneyard.jobs.remote.attendant import Attendant


class Sending(Worker):
    """`pump` is called again and again."""

    def __init__(self, here: Attendant, url: str) -> None:
        super().__init__(here, url)
        self._fetched = set(here.handle.hub or ())  # by the pod itself

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
        wanted = missing - self._fetched
        if wanted and self.idle:
            self.begin(self._send, wanted)

    def _send(self, wanted: set[str]) -> None:
        # A recipe that was asked for before an upgrade is another than the one of now.
        kept = (each for sha in wanted for each in inputs.recipe.kept(sha, self.here.folder.home))
        known = {each.sha256: each for each in [*kept, *self.here.packed()]}
        ours = [each for sha, each in known.items() if sha in wanted]
        self._fetched |= wanted - {packed.sha256 for packed in ours}
        for packed in ours:
            self._upload(packed)

    def _upload(self, packed: Packed) -> None:
        try:
            with inputs.rates.Measured(self.here.folder.home, "pod") as measured:
                inputs.upload(
                    self.url,
                    self.here.handle.token,
                    packed,
                    progress=measured.progress,
                    stopped=lambda: self.ending,
                )
        except inputs.InputsError as error:
            # A pod that began anew meanwhile has yet to be told of it.
            if error.problem.code != "no-input":
                raise
