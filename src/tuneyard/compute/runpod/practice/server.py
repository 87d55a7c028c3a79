"""The rehearsal as one HTTP server: RunPod's API, its GraphQL and its proxy, on one port.

    with Practice(Settings(folder)) as runpod:
        environ.update(runpod.environment, RUNPOD_API_KEY=runpod.key())

Standard library only, and nothing that reaches further than this computer.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from . import answers, graphql, proxy, rest
from .answers import Answer, Refused, Request
from .container import can_be_apart
from .faults import Faults
from .rest import Rest
from .settings import HOST, PROXY, URL
from .wire import Server
from .world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from types import TracebackType

    from .faults import Lost
    from .pods import Pod
    from .settings import Settings
    from .wire import Handler

_REMEMBERED = 100_000  # requests
_LIMITS = {
    "RateLimit": '"minute";r=176;t=1, "hour";r=7193;t=2701',
    "RateLimit-Policy": '"minute";q=180;w=60, "hour";q=7200;w=3600',
}


@dataclass(frozen=True)
class Asked:
    """`mistake` is what was wrong with a request by the contract, whatever it was answered;
    `status` 0 says that it never was.
    """

    request: Request
    status: int
    mistake: str = ""

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def headers(self) -> Message[str, str]:
        return self.request.headers


@dataclass(frozen=True)
class Outcome:
    """An answer, and how it is lost if it is."""

    answer: Answer
    lost: Lost | None = None


class Practice:
    """Starts when it is entered, and ends all its pods when it is left.

    What is rented, and the account's keys and secrets, are its `world`'s. Raises OSError where
    its port is taken.
    """

    def __init__(self, settings: Settings, faults: Faults | None = None) -> None:
        apart = can_be_apart() if settings.apart is None else settings.apart
        self.settings = replace(settings, folder=settings.folder.absolute(), apart=apart)
        self.faults = faults or Faults()
        self.asked: deque[Asked] = deque(maxlen=_REMEMBERED)
        self.closing = threading.Event()
        self._server = Server(self._serve, self.settings.port)
        self.world = World(self.settings, self.faults)
        self._rest = Rest(self.world, self.closing)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def proxy(self) -> str:
        """The template of a pod's own addresses."""
        return f"{self.url}/proxy/{{pod}}/{{port}}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads Tuneyard here instead of to RunPod."""
        return {URL: self.url, PROXY: self.proxy}

    def key(self, kind: str = "account") -> str:
        """A new key; `blind` is one that is known and may do nothing."""
        made = f"rpa_{secrets.token_hex(20).upper()}"
        self.world.keys[made] = kind
        return made

    @property
    def pods(self) -> list[Pod]:
        with self.world.lock:
            return [*self.world.pods.values()]

    @property
    def mistakes(self) -> list[Asked]:
        """Those requests that RunPod's contract does not allow."""
        return [asked for asked in [*self.asked] if asked.mistake]

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.close()
        self.world.close()

    def words(self) -> list[str]:
        """What whoever rehearses has to know."""
        told = [
            (
                "Practice: nothing is rented and nothing is paid. What is called a pod here is"
                " processes on this computer, and its GPU is only a name."
            )
        ]
        if not self.settings.apart:
            told.append(
                "This computer doesn't let them be kept apart, so they see and may change"
                " all that you can."
            )
        return told

    # -- answering ----------------------------------------------------------------

    def _serve(self, handler: Handler) -> None:
        if handler.path.startswith("/proxy/"):
            proxy.forward(handler, self.world, self.closing)
            return
        outcome = self.answer(handler.asked())
        if outcome.lost == "silence":
            handler.wait_in_vain(self.closing)
        if outcome.lost:
            handler.hang_up()
        else:
            handler.send(outcome.answer)

    def answer(self, request: Request) -> Outcome:
        """What a request gets, and how that is lost on its way. The proxy's don't come here."""
        request = replace(request, key=self._whose(request))
        outcome, mistake = self._judge(request)
        status = 0 if outcome.lost else outcome.answer.status
        self.asked.append(Asked(request, status, mistake))
        headers = {"x-request-id": f"practice-{secrets.token_hex(8)}", **outcome.answer.headers}
        if request.key:
            headers = {**_LIMITS, **headers}
        if self.faults.cors:
            headers |= _cors(request)
        return replace(outcome, answer=replace(outcome.answer, headers=headers))

    def _judge(self, request: Request) -> tuple[Outcome, str]:
        if request.headers.get("user-agent", "Python-urllib").startswith("Python-urllib"):
            refused = Answer(403, answers.GATE, {"Content-Type": "text/html"})
            return Outcome(refused), "the User-Agent is missing or Python-urllib's"
        if request.method == "OPTIONS" and self.faults.cors:
            return Outcome(Answer(204)), ""
        try:
            return self._work(request)
        except Refused as refused:
            return Outcome(answers.problem(refused)), refused.detail

    def _work(self, request: Request) -> tuple[Outcome, str]:
        """Raises Refused where the question itself makes no sense."""
        if request.path == "/graphql":
            return self._spoiled("graphql", lambda: graphql.answer(self.world, request)), ""
        if not request.key:
            given = request.headers.get("authorization", "").partition(" ")[2]
            detail = "invalid bearer token" if given else "missing bearer token"
            return Outcome(answers.problem(Refused(401, detail))), ""
        entry, name = self._rest.find(request)
        mistake = rest.mistake(request, entry)
        return self._spoiled(entry.route, lambda: self._rest.answer(request, entry, name)), mistake

    def _spoiled(self, route: str, work: Callable[[], Answer]) -> Outcome:
        """The answer to some work, unless a fault of this route has another in mind."""
        wrong = self.faults.wrong(route)
        answer = Answer(500)
        if wrong is None or wrong.done:
            try:
                answer = work()
            except Refused as refused:
                answer = answers.problem(refused)
        if wrong is None:
            return Outcome(answer)
        if wrong.status is None:
            return Outcome(answer, wrong.lost)
        if wrong.body is not None:
            return Outcome(Answer(wrong.status, wrong.body, wrong.headers))
        instead = answers.by_itself(wrong.status)
        return Outcome(replace(instead, headers={**instead.headers, **wrong.headers}))

    def _whose(self, request: Request) -> str:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if request.path == "/graphql" and not key:
            kind, key = "Bearer", request.query.get("api_key", "")
        return self.world.keys.get(key, "") if kind == "Bearer" else ""


def _cors(request: Request) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
        "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    }
