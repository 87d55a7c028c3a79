"""The pod's end, by its own hand: asked of RunPod again and again until it takes effect.

A thread of its own watches the clock and does the asking. It touches no disk and
imports nothing any more, so that the end comes in time whatever else hangs.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from tuneyard.runner import tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

URL = "https://api.runpod.io"

_AGENT = "tuneyard/pod"  # RunPod's firewall refuses Python's own

_TERMINATE = "mutation($id:String!){podTerminate(input:{podId:$id})}"


class Clock:
    """Tells when a wall-clock time has come, by two clocks.

    The one that only goes forward counts from the boot: a wall clock that is set
    back gives no hours. The wall clock counts once it has said so for some
    seconds: a jump that is taken back ends nothing.
    """

    def __init__(self, at: float, believe: float = 5.0) -> None:
        self.at = at
        self._believe = believe
        self._steady_at = time.monotonic() + max(0.0, at - time.time())
        self._since: float | None = None

    def left(self) -> float:
        """Seconds, by the clock that has fewer; not below zero."""
        return max(0.0, min(self.at - time.time(), self._steady_at - time.monotonic()))

    def come(self) -> bool:
        now = time.monotonic()
        if time.time() < self.at:
            self._since = None
        elif self._since is None:
            self._since = now
        believed = self._since is not None and now >= self._since + self._believe
        return now >= self._steady_at or believed


class Api:
    """RunPod's three ways to end a pod, with the pod's own key."""

    def __init__(self, environ: Mapping[str, str], timeout: float = 20.0) -> None:
        self.pod = environ.get("RUNPOD_POD_ID", "")
        self.url = (environ.get("TUNEYARD_RUNPOD_URL") or URL).rstrip("/")
        self._key = environ.get("RUNPOD_API_KEY", "")
        self._timeout = timeout
        # Unchecked if need be: the key can do no more than end this pod, and one that can't be
        # ended is paid for on and on.
        https = urllib.request.HTTPSHandler(context=tls.context(anyhow=True))
        self._opener = urllib.request.build_opener(https, _NoRedirect())
        "runpod".encode("idna")  # loads the codec now, which looking up a name needs

    def end(self) -> Iterator[tuple[str, bool]]:
        """Tries each way until one is accepted; yields how each went, in words."""
        pod = f"/v2/pods/{self.pod}"
        query = {"query": _TERMINATE, "variables": {"id": self.pod}}
        for method, path, body in (
            ("POST", f"{pod}/action", {"action": "terminate"}),
            ("DELETE", pod, None),
            ("POST", "/graphql", query),
        ):
            answer, accepted = self._ask(method, path, body)
            yield f"{method} {path}: {answer}", accepted
            if accepted:
                return

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[str, bool]:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "User-Agent": _AGENT,
            **({"Content-Type": "application/json"} if body else {}),
        }
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(  # noqa: S310 - the address is home's
            self.url + path, data, headers, method=method
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                status, text = answer.status, answer.read(2000)
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read(2000)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next way is tried
            return self._plain(f"{type(error).__name__}: {error}"), False
        # GraphQL refuses with status 200.
        refused = status >= 300 or b'"errors"' in text
        said = self._plain(text.decode(errors="replace")) if refused else ""
        return f"{status} {said}".rstrip(), not refused

    def _plain(self, text: str) -> str:
        """One short line without the key, should anybody quote it."""
        shown = text.replace(self._key, "*") if self._key else text
        return " ".join(shown.split())[:200]


class Ender(threading.Thread):
    """Ends the pod at its deadline, or as soon as `want` is called; then never stops trying."""

    def __init__(
        self, api: Api, clock: Clock, say: Callable[[str], None], pause: float, longest: float
    ) -> None:
        super().__init__(daemon=True, name="ender")
        self.clock = clock
        self.why = ""
        self._api = api
        self._say = say
        self._pause = pause
        self._longest = longest
        self._wanted = threading.Event()

    @property
    def ending(self) -> bool:
        return self._wanted.is_set()

    def want(self, why: str) -> None:
        self.why = self.why or why
        self._wanted.set()

    def run(self) -> None:
        while not self._wanted.wait(min(1.0, max(0.05, self.clock.left()))):
            if self.clock.come():
                self.want("its deadline has come")
        self._tell(f"This pod ends: {self.why}.")
        for pause in self._pauses():
            # In a thread, since an answer may come drop by drop and never end.
            attempt = threading.Thread(target=self._try, daemon=True)
            with contextlib.suppress(RuntimeError):  # this pod has no room for one more
                attempt.start()
                attempt.join(self._longest)
            time.sleep(pause)

    def _pauses(self) -> Iterator[float]:
        """Seconds between two tries, for ever."""
        pause = self._pause
        while True:
            yield pause
            pause = min(pause * 2, self._longest)

    def _try(self) -> None:
        for said, accepted in self._api.end():
            self._tell(said if accepted else f"Could not end the pod. {said}")

    def _tell(self, text: str) -> None:
        with contextlib.suppress(Exception):
            self._say(text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to RunPod and nowhere else."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None
