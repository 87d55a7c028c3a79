"""RunPod's API as Tuneyard uses it: REST v2, and GraphQL for the account's balance alone.

Strict in what is sent, tolerant in what is read. Whatever can be asked again is, within
patience; a pod is asked for exactly once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from . import logs, pods
from .address import address, part
from .answer import Answer
from .catalog import Catalog, read_gpus, read_volumes
from .errors import RunPodError, Strange, Trouble, endless, refusal, strange, unsure
from .reading import number, table
from .request import encoded, secrets_in
from .wire import Patience, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from .catalog import Cloud, Gpu, Volume
    from .logs import LogLine, Source
    from .pods import Pod
    from .settings import RunPodSettings

_MOST_PAGES = 1000
_BALANCE = "query { myself { clientBalance currentSpendPerHr spendLimit } }"


@dataclass(frozen=True)
class Balance:
    """Dollars on the account, what it spends an hour now, and the most that it may; None if unknown."""

    dollars: float
    dollars_an_hour: float
    limit: float | None = None


class RunPod:
    """One key's view of RunPod. Every method raises RunPodError; nothing shows the key.

    It may be used by several threads; `close`, or leaving it as a context, ends its connections.
    """

    def __init__(self, key: str, *, patience: Patience | None = None) -> None:
        self._key = key
        self._wire = Wire(key, patience or Patience())

    def __repr__(self) -> str:
        return f"RunPod({address()!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    # -- pods ---------------------------------------------------------------------

    def pods(self) -> list[Pod]:
        """All pods of the account, each page of them: what is not in it is not there."""
        found = [pods.read(item) for item in self._listed("/v2/pods", "pods")]
        return [pod for pod in found if pod.status != pods.GONE]

    def pod(self, pod_id: str) -> Pod | None:
        """One pod; None if RunPod knows none of this id, or none any more."""
        answer = self._wire.repeated("GET", f"/v2/pods/{part(pod_id)}")
        if answer.status == 404 and "html" not in answer.kind:  # that is somebody on the way
            return None
        if not answer.good:
            raise refusal(answer, [self._key])
        found = pods.read(answer.data)
        return found if found.status != pods.GONE else None

    def create(self, request: Mapping[str, Any]) -> Pod:
        """Asks for a pod, exactly once.

        Raises Unsure where one may have been made all the same; after any other error there
        certainly is none.
        """
        secrets = secrets_in(request)
        data = self._wire.once("POST", "/v2/pods", encoded(request), secrets)
        try:
            return pods.read(data)
        except Strange:
            pass
        raise unsure()

    def end(self, pod_id: str) -> None:
        """Ends a pod; that it is gone already is fine. `gone` says when it is."""
        path = f"/v2/pods/{part(pod_id)}"
        if self._ended("POST", f"{path}/action", {"action": "terminate"}) is None:
            return
        if answer := self._ended("DELETE", path):
            raise refusal(answer, [self._key])

    def gone(self, pod_id: str) -> bool:
        """Whether a pod is no more: unknown by its id, and absent from the list."""
        return self.pod(pod_id) is None and all(pod.id != pod_id for pod in self.pods())

    def logs(
        self,
        pod_id: str,
        source: Source = "container",
        since: str = "",
        *,
        after: str = "",
        tail: int = 1000,
        idle: float = 60.0,
        whole: float | None = None,
    ) -> Iterator[LogLine]:
        """A pod's log as RunPod has it, for as long as it comes.

        It begins after the line with the id `after`, else at `since` (RFC 3339), else with
        the last `tail` lines. The stream never says that it is over: it ends when nothing has
        come for `idle` seconds, when it breaks off, or after `whole` seconds: signs of life
        between the lines keep a stream from being idle.
        """
        choice = {"since": since} if since else {"tail": str(max(0, min(5000, tail)))}
        headers = {"Accept": "text/event-stream"}
        if after and after.isascii() and after.isprintable():
            headers["Last-Event-ID"] = after
        path = f"/v2/pods/{part(pod_id)}/logs"
        with self._wire.stream(path, headers, idle, source=source, **choice) as pieces:
            yield from logs.read(pieces if whole is None else logs.until(pieces, whole))

    # -- what there is ------------------------------------------------------------

    def catalog(self, settings: RunPodSettings) -> Catalog:
        """What there is now on the clouds that are allowed, for pods of this size."""
        count, cuda = settings.gpu_count, settings.min_cuda
        found = [gpu for cloud in settings.clouds for gpu in self.gpus(cloud, count, min_cuda=cuda)]
        return Catalog(tuple(found), "live")

    def gpus(self, cloud: Cloud, count: int = 1, *, min_cuda: str = "") -> list[Gpu]:
        """The types of GPU on a cloud, with the stock of pods with so many of them."""
        asked = {
            "include": "AVAILABILITY",
            "product": "POD",
            "count": str(count),
            "cloud": cloud.upper(),
        }
        if min_cuda:
            asked["minCudaVersion"] = min_cuda
        data = self._wire.get("/v2/catalog/gpus", **asked)
        if not isinstance(table(data).get("gpus"), list):
            raise strange()
        return read_gpus(data, cloud)

    def volumes(self) -> list[Volume]:
        found = self._listed("/v2/network-volumes", "networkVolumes")
        return read_volumes({"networkVolumes": found})

    def balance(self) -> Balance | None:
        """What is on the account; None where the key may not see it, or nobody answers that.

        It is the one thing that only GraphQL tells, and that is to be retired.
        """
        try:
            answer = self._wire.repeated("POST", "/graphql", {"query": _BALANCE})
        except RunPodError:
            return None
        me = table(table(table(answer.data).get("data")).get("myself"))
        dollars = _signed(me.get("clientBalance"))
        if dollars is None:
            return None
        return Balance(
            dollars, number(me.get("currentSpendPerHr")) or 0.0, number(me.get("spendLimit"))
        )

    # -- helpers ------------------------------------------------------------------

    def _listed(self, path: str, name: str) -> list[Any]:
        """All items of a list, over as many pages as it has. Raises Strange rather than leave any out."""
        found: list[Any] = []
        cursors: set[str] = set()
        cursor = ""
        for _ in range(_MOST_PAGES):
            data = table(self._wire.get(path, **({"cursor": cursor} if cursor else {})))
            page = data.get(name)
            if not isinstance(page, list):
                raise strange()
            found += page
            pagination = table(data.get("pagination"))
            if not pagination.get("hasNextPage"):
                return found
            cursors.add(cursor)
            cursor = str(pagination.get("nextCursor") or "")
            if cursor in cursors:  # it doesn't go on from where it was asked to
                break
        raise endless()

    def _ended(self, method: str, path: str, body: Any = None) -> Answer | None:
        """None if the pod was told to end, or is gone; else the refusal."""
        try:
            answer = self._wire.repeated(method, path, body)
        except Trouble:
            return Answer(500, "", None, 0.0)
        return None if answer.good or answer.status == 404 else answer


def _signed(value: Any) -> float | None:
    """A balance, which may lie below nothing."""
    if isinstance(value, str):
        value, sign = (value[1:], -1.0) if value.startswith("-") else (value, 1.0)
    elif isinstance(value, int | float):
        value, sign = abs(value), math.copysign(1.0, value)
    else:
        return None
    found = number(value)
    return None if found is None else sign * found
