import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from types import SimpleNamespace

import pytest

from pods_by_hand import KEY, Answers, stand_in
from tuneyard.runner.pod import ending
from tuneyard.runner.pod.ending import Api, Clock, Ender
from waiting import wait_for

REFUSED = (403, '{"detail": "access denied"}')


def api(url: str, **more: str) -> Api:
    given = {"TUNEYARD_RUNPOD_URL": url, "RUNPOD_POD_ID": "pod4", "RUNPOD_API_KEY": KEY, **more}
    return Api(given, timeout=5.0)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        (Answers(), ["action"]),
        (Answers(action=(200, "{}")), ["action"]),
        (Answers(action=REFUSED), ["action", "DELETE"]),
        (Answers(action=(500, "broken")), ["action", "DELETE"]),
        (Answers(action=(302, "")), ["action", "DELETE"]),
        (Answers(action=REFUSED, DELETE=REFUSED), ["action", "DELETE", "graphql"]),
        (
            Answers(action=(404, ""), DELETE=(404, ""), graphql=(200, '{"errors": [{}]}')),
            ["action", "DELETE", "graphql"],
        ),
    ],
)
def test_each_way_is_tried_until_one_is_accepted(answers: Answers, asked: list[str]) -> None:
    with stand_in(answers) as url:
        ways = list(api(url).end())
    assert answers.named() == asked
    told = [accepted for _, accepted in ways]
    last = answers.statuses[asked[-1]]
    accepts = last[0] < 300 and "errors" not in last[1]
    assert told == [False] * (len(asked) - 1) + [accepts]


def test_what_is_asked() -> None:
    answers = Answers(action=REFUSED, DELETE=REFUSED)
    with stand_in(answers) as url:
        list(api(url + "/").end())
    (_, action, _, first), (delete, pod, _, second), (_, graphql, headers, third) = answers.asked
    assert (action, json.loads(first)) == ("/v2/pods/pod4/action", {"action": "terminate"})
    assert (delete, pod, second) == ("DELETE", "/v2/pods/pod4", b"")
    assert graphql == "/graphql"
    assert json.loads(third)["variables"] == {"id": "pod4"}
    assert "podTerminate" in json.loads(third)["query"]
    for _, _, headers, _ in answers.asked:
        assert headers["Authorization"] == f"Bearer {KEY}"
        assert headers["User-Agent"] == "tuneyard/pod"


def test_the_key_is_in_nothing_that_is_said() -> None:
    answers = Answers(action=(403, f"your key {KEY} is\nno good"), DELETE=REFUSED)
    with stand_in(answers) as url:
        said = [words for words, _ in api(url).end()]
    assert said[0].endswith("403 your key * is no good")
    assert not [words for words in said if KEY in words]


def test_the_key_follows_no_redirect() -> None:
    elsewhere, answers = Answers(), Answers()
    with stand_in(elsewhere) as other, stand_in(answers) as url:
        answers.statuses |= {"action": (307, ""), "DELETE": (302, "")}
        answers.location = f"{other}/v2/pods/pod4/action"
        list(api(url).end())
    assert answers.named() == ["action", "DELETE", "graphql"]
    assert not elsewhere.asked


def test_an_address_that_nobody_answers_is_told_and_the_next_way_tried() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        ways = list(api(f"http://127.0.0.1:{unheard.getsockname()[1]}").end())
    assert [accepted for _, accepted in ways] == [False] * 3
    assert "refused" in ways[0][0]


# -- the thread ----------------------------------------------------------------------


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server whose answers come drop by drop and never end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def drip(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):  # of whoever had enough
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1999\r\n\r\n")
                while not over.wait(0.02):
                    connection.sendall(b".")

        def serve() -> None:
            while not over.is_set():
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


Begin = Callable[..., Ender]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begins enders that try four times; none of them is there any more when the test is over."""
    monkeypatch.setattr(Ender, "_pauses", lambda _self: iter([0.01] * 4))
    made: list[Ender] = []

    def begin(url: str, at: float, say: Callable[[str], None]) -> Ender:
        made.append(Ender(api(url), Clock(at, believe=0.05), say, pause=0.01, longest=0.05))
        made[-1].start()
        return made[-1]

    yield begin
    for ender in made:
        ender.want("its test is over")
        ender.join()


def test_pauses_grow_and_never_end() -> None:
    made = Ender(api("http://127.0.0.1"), Clock(0.0), list[str]().append, pause=5, longest=60)
    assert list(islice(made._pauses(), 7)) == [5, 10, 20, 40, 60, 60, 60]


def test_it_asks_again_and_again(begin: Begin) -> None:
    answers, said = Answers(), list[str]()
    with stand_in(answers) as url:
        made = begin(url, time.time() + 600, said.append)
        assert not made.ending
        made.want("somebody asked for it")
        made.want("of no other reason")
        wait_for(lambda: len(answers.asked) > 3)
    assert said[0] == "This pod ends: somebody asked for it."


def test_it_ends_the_pod_at_its_deadline(begin: Begin) -> None:
    answers, said = Answers(), list[str]()
    with stand_in(answers) as url:
        made = begin(url, time.time() + 0.2, said.append)
        wait_for(lambda: answers.asked)
    assert made.why == "its deadline has come"


def test_an_answer_that_never_ends_holds_nothing_up(begin: Begin, dripping: str) -> None:
    said = list[str]()
    made = begin(dripping, time.time(), said.append)
    # Each try is a thread of its own, which is left to wait.
    wait_for(lambda: sum("_try" in thread.name for thread in threading.enumerate()) > 2)
    wait_for(lambda: not made.is_alive())


def test_what_cant_be_said_holds_nothing_up(begin: Begin) -> None:
    answers = Answers()

    def fails(_text: str) -> None:
        raise OSError("nobody reads this pipe")

    with stand_in(answers) as url:
        begin(url, 0.0, fails)
        wait_for(lambda: len(answers.asked) > 2)


# -- the clock -----------------------------------------------------------------------


class Clocks:
    """A wall clock and one that only goes forward, as a test wants them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 1_800_000_000.0, 50.0
        own = SimpleNamespace(time=lambda: self.wall, monotonic=lambda: self.steady)
        monkeypatch.setattr(ending, "time", own)

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def test_both_clocks_count_down(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    clock = Clock(clocks.wall + 100, believe=5)
    assert clock.left() == 100
    clocks.pass_(99)
    assert (clock.left(), clock.come()) == (1, False)
    clocks.pass_(1)
    assert (clock.left(), clock.come()) == (0, True)


def test_a_clock_that_is_set_back_gives_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    clock = Clock(clocks.wall + 100, believe=5)
    clocks.wall -= 3600
    assert clock.left() == 100
    clocks.pass_(100)
    assert clock.come()


def test_a_clock_that_was_late_at_boot_counts_once_it_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clocks = Clocks(monkeypatch)
    clock = Clock(clocks.wall + 3600, believe=5)
    clocks.wall += 3600
    assert not clock.come()
    clocks.pass_(5)
    assert clock.come()


def test_a_jump_that_is_taken_back_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    clock = Clock(clocks.wall + 3600, believe=5)
    for _ in range(3):
        clocks.wall += 1e9
        assert not clock.come()
        clocks.wall -= 1e9
        clocks.pass_(10)
        assert not clock.come()
