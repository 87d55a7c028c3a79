"""The proxy before a pod's own server: what it passes on, and how it fails to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from compute.runpod.practice.calling import NEVER, Caller
from compute.runpod.practice.conftest import Rehearse
from waiting import wait_for


def test_it_is_open_to_anybody_who_knows_the_pod(runpod: Caller) -> None:
    pod = runpod.face()
    with runpod.client(**{"User-Agent": "Python-urllib/3.11"}) as stranger:
        assert stranger.get(runpod.of(pod, "boots")).text == "*"
        assert stranger.get(runpod.of(pod, "nothing")).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_and_its_body(runpod: Caller, method: str) -> None:
    pod = runpod.face()
    assert runpod.ask(pod, "x", method, content=b"body").content == f"{method} body".encode()
    assert runpod.ask(pod, "x", method).content == f"{method} ".encode()


def test_a_body_of_unknown_length(runpod: Caller) -> None:
    pod = runpod.face()

    def pieces() -> Iterator[bytes]:
        yield b"one "
        yield b"two" * 50_000

    assert runpod.ask(pod, "x", "PUT", content=pieces()).content == b"PUT one " + b"two" * 50_000


def test_parts_of_files_and_heads(runpod: Caller) -> None:
    pod = runpod.face()
    part = runpod.ask(pod, "range", headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.text) == (206, "bytes=1-2")
    assert part.headers["content-range"] == "bytes 1-2/10"
    head = runpod.ask(pod, "file/300000", "HEAD")
    assert (head.headers["content-length"], head.content) == ("300000", b"")
    assert len(runpod.ask(pod, "file/300000").content) == 300_000


def test_a_stream_comes_as_it_is_sent(runpod: Caller) -> None:
    pod = runpod.face()
    with runpod.http.stream("GET", runpod.of(pod, "events")) as response:
        pieces = response.iter_bytes()
        assert next(pieces) == b"data: first\n\n"
        runpod.ask(pod, "go")
        assert b"".join(pieces) == b"data: second\n\n"


def test_one_that_collects_streams(runpod: Caller) -> None:
    runpod.faults.proxy.buffers = 1 << 16
    pod = runpod.face()
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(runpod.ask, pod, "events")
        runpod.ask(pod, "boots")
        assert not coming.done()
        runpod.ask(pod, "go")
        assert coming.result().text == "data: first\n\ndata: second\n\n"


def test_many_at_once(runpod: Caller) -> None:
    pod = runpod.face()
    with ThreadPoolExecutor(20) as pool:
        sizes = range(0, 400_000, 10_000)
        got = pool.map(lambda size: runpod.ask(pod, f"file/{size}").content, sizes)
        assert [len(body) for body in got] == list(sizes)


# -- what is not there ------------------------------------------------------------


def test_pods_and_ports_that_there_are_not(runpod: Caller) -> None:
    pod, closed = runpod.face(ports=["8471/http", "9000/http"]), runpod.create(ports=["22/tcp"])

    def status(place: str) -> int:
        return runpod.http.get(f"/proxy/{place}").status_code

    assert status(f"{pod.id}/8471/boots") == 200
    assert status(f"{pod.id}/8471") == 404  # of the pod's own server, which has nothing there
    assert status(f"{pod.id}/9000/boots") == 502  # told of, but nobody listens
    assert status(f"{pod.id}/8472/boots") == 404
    assert status(f"{closed.id}/22/boots") == 404
    assert status("nobody/8471/boots") == 404
    assert status("8471") == 404
    runpod.act(pod, "terminate")
    assert status(f"{pod.id}/8471/boots") == 404


def test_it_is_warming_up_for_a_while(rehearse: Rehearse) -> None:
    runpod = rehearse(warm=NEVER)
    pod = runpod.create(cmd=["sleep", "1000000"])
    answer = runpod.ask(pod, "boots")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    runpod.faults.proxy.late = -NEVER
    assert runpod.ask(pod, "boots").status_code == 502  # nobody listens there


def test_it_waits_for_an_answer_only_so_long(rehearse: Rehearse) -> None:
    runpod = rehearse(proxy_limit=0.2)
    pod = runpod.face()
    assert runpod.ask(pod, "never").status_code == 524
    wait_for(lambda: runpod.ask(pod, "boots").status_code == 200)


def test_a_silent_stream_breaks_after_as_long(rehearse: Rehearse) -> None:
    runpod = rehearse(proxy_limit=0.2)
    pod = runpod.face()
    with pytest.raises(httpx.HTTPError):
        runpod.ask(pod, "events")


def test_a_slow_one(runpod: Caller) -> None:
    pod = runpod.face()
    runpod.faults.proxy.slow = NEVER
    with pytest.raises(httpx.ReadTimeout):
        runpod.ask(pod, "boots", timeout=httpx.Timeout(20, read=0.1))
    runpod.faults.proxy.slow = 0.01
    assert runpod.ask(pod, "boots").text == "*"


def test_a_broken_answer_is_not_made_whole(runpod: Caller) -> None:
    pod = runpod.face()
    with pytest.raises(httpx.HTTPError):
        runpod.ask(pod, "cut")


def test_an_answer_breaks_off_when_its_pod_dies(runpod: Caller) -> None:
    pod = runpod.face()
    with runpod.http.stream("GET", runpod.of(pod, "events")) as response:
        pieces = response.iter_bytes()
        assert next(pieces) == b"data: first\n\n"
        runpod.act(pod, "terminate")
        with pytest.raises(httpx.HTTPError):
            list(pieces)


# -- faults -----------------------------------------------------------------------


def test_it_breaks_off_downloads_so_many_times(runpod: Caller) -> None:
    pod = runpod.face()
    runpod.faults.proxy.breaks, runpod.faults.proxy.breaks_after = 2, 100_000
    assert len(runpod.ask(pod, "file/100000").content) == 100_000
    for _ in range(2):
        with pytest.raises(httpx.HTTPError):
            runpod.ask(pod, "file/300000")
    assert len(runpod.ask(pod, "file/300000").content) == 300_000


def test_it_breaks_off_uploads(runpod: Caller) -> None:
    pod = runpod.face()
    runpod.faults.proxy.breaks, runpod.faults.proxy.breaks_after = 1, 100_000
    with pytest.raises(httpx.HTTPError):
        runpod.ask(pod, "x", "PUT", content=b"x" * 300_000)
    assert len(runpod.ask(pod, "x", "PUT", content=b"x" * 300_000).content) == 300_004


def test_it_refuses_so_many_times(runpod: Caller) -> None:
    pod = runpod.face()
    runpod.faults.proxy.refuses = 2
    answers = [runpod.ask(pod, "boots").status_code for _ in range(3)]
    assert answers == [502, 502, 200]
