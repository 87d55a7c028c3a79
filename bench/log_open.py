"""Opening the log of a job that has printed 1 GB: its end, the ack to follow it, and older pages.

Measured over real sockets against `tuneyard serve`, with the marks of three secrets in the job's
folder, so that every byte is looked at. The rival is the same log sent whole, by the same server.

Run: .venv/bin/python bench/log_open.py [megabytes]
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from figures import in_turn, say, seconds
from sockets import Client

from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.masking import remember

JOB = "20261122-120000-long"
SCREEN = 1 << 16  # bytes of the first screen: some hundred lines
PAGE = 1 << 18  # bytes of an older page
PAGES = 200


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else 1000) * 1_000_000
    with tempfile.TemporaryDirectory() as name, serving(Path(name), size) as (page, pid):
        port = page.base_url.port
        cookie = "; ".join(f"{key}={value}" for key, value in page.cookies.items())
        assert port is not None
        first_screen(page, port, cookie)  # what only happens once
        before = memory(pid)
        ours, rival = in_turn(
            lambda: seconds(lambda: first_screen(page, port, cookie)),
            lambda: seconds(lambda: whole(page, size)),
            2,
        )
        say("first screen of a 1 GB log (rival: the log as a whole)", ours, rival, "under 1 s")
        older = [seconds(partial(back, page, size, number)) for number in range(PAGES)]
        print(f"{PAGES} older pages: median {statistics.median(older) * 1e3:.1f} ms,", end=" ")
        print(f"slowest {max(older) * 1e3:.1f} ms")
        paged = memory(pid)
        took = seconds(lambda: follow(port, cookie, size))
        print(f"followed from its start to its end by a page: {took:.1f} s")
        print(f"memory of the server: {before:.0f} MB before,", end=" ")
        print(f"{paged:.0f} MB after the older pages, {memory(pid):.0f} MB after all of it")


def first_screen(page: httpx.Client, port: int, cookie: str) -> None:
    """The end by REST, then a socket that follows from there, until it says so."""
    answer = page.get(f"/api/jobs/{JOB}/log", params={"offset": -SCREEN, "limit": SCREEN})
    assert len(answer.content) == SCREEN
    following(port, cookie, int(answer.headers["Tuneyard-Next"])).socket.close()


def following(port: int, cookie: str, offset: int) -> Client:
    client = Client(port, "/api/live", cookie=cookie)
    client.next()  # hello
    client.send(op="follow", channel="log", job=JOB, offset=offset)
    assert "start" in json.loads(client.next())
    return client


def follow(port: int, cookie: str, size: int) -> None:
    client = following(port, cookie, 0)
    while size > 0:
        frames = [message for message in client.receive() if isinstance(message, bytes)]
        size -= sum(len(frame) - 13 for frame in frames)


def back(page: httpx.Client, size: int, number: int) -> None:
    offset = size - SCREEN - (number + 1) * PAGE
    answer = page.get(f"/api/jobs/{JOB}/log", params={"offset": offset, "limit": PAGE})
    assert len(answer.content) == PAGE


def whole(page: httpx.Client, size: int) -> None:
    with page.stream("GET", f"/api/jobs/{JOB}/log", params={"download": "true"}) as answer:
        assert sum(map(len, answer.iter_raw())) == size


@contextmanager
def serving(home: Path, size: int) -> Iterator[tuple[httpx.Client, int]]:
    folder = JobFolder(home / "jobs" / JOB)
    folder.make()
    write_json(folder.job, {"id": JOB, "recipe": "piper", "compute": {"name": "local"}})
    write_json(folder.state, {"state": "succeeded", "attempt": 0})
    remember(folder.masks, [f"hf_{os.urandom(17).hex()}" for _ in range(3)])
    fill(folder.log, size)
    command = [sys.executable, "-m", "tuneyard.cli.main", "serve", "--no-browser", "--port", "0"]
    environment = {**os.environ, "TUNEYARD_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        url, token = told(server)
        with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as page:
            page.post("/api/session", json={"token": token}).raise_for_status()
            yield page, server.pid
    finally:
        server.terminate()
        server.wait()


def told(server: subprocess.Popen[str]) -> tuple[str, str]:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"(http://\S+)/#open=(\S+)", line):
            return found[1], found[2]
    raise SystemExit("The server has not begun.")


def fill(log: Path, size: int) -> None:
    line = "Epoch 12:  67%|██████▋   | 1234/1850 [00:16<00:08, 71.2it/s, loss_g=31.4, loss_d=2.1]\n"
    block = "".join(f"{number:08d} {line}" for number in range(20_000)).encode()
    with open(log, "wb") as file:
        while (left := size - file.tell()) > 0:
            file.write(block[:left])


def memory(pid: int) -> float:
    """Megabytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
