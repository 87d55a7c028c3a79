"""From a line's writing to its arrival: 1 viewer, and 50 (50 sockets in one client process).

Writer, server and client are a process each and share this computer's cores. Every line is
a write of its own and begins with its moment. All that a viewer got is compared with the
file, so that “all” means every byte, once, in order. Our server masks three secrets; the rival
masks none.

The rival is a plain WebSocket server in the same framework: for each viewer a loop that
reads lines and sends them one by one.

Run: .venv/bin/python bench/log_stream.py [seconds]
"""

import asyncio
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from numpy.typing import NDArray
from sockets import Client

from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, write_json
from tuneyard.runner.masking import remember
from tuneyard.server import live
from tuneyard.server.context import Context
from tuneyard.server.index import Index

JOB = "20261122-120000-bench"
LINE = 96  # bytes, with its end
PATIENCE = 5.0  # seconds after the last line in which viewers may still get some
RUNS = [(1, 2_000), (1, 20_000), (1, 100_000), (50, 2_000), (50, 20_000)]
GOALS = {(1, 2_000): "p99 under 10 ms", (50, 20_000): "p99 under 100 ms, under 0.1 core"}


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    for viewers, rate in RUNS:
        ours, plain = (Run(mode, viewers, rate, seconds).measure() for mode in ("ours", "plain"))
        print(f"{viewers} viewers, {rate:,} lines/s (rival: a message a line)")
        print(f"  ours  {ours}\n  rival {plain}")
        goal = GOALS.get((viewers, rate), "no gap")
        print(f"  ratio of p99 {ours.p99 / plain.p99:.4f}  (goal: {goal})", flush=True)
    side = {
        "50 viewers, 2,000 lines/s, compressed": Run("deflate", 50, 2_000, seconds),
        "50 viewers, 20,000 lines/s, compressed": Run("deflate", 50, 20_000, seconds),
        "5 viewers, 20,000 lines/s": Run("ours", 5, 20_000, seconds),
        "the same, and one comes late and wants it all": Run("ours", 5, 20_000, seconds, late=1),
        "the same, and one never reads": Run("ours", 5, 20_000, seconds, deaf=1),
    }
    for what, run in side.items():
        print(f"{what}\n  {run.measure()}", flush=True)


@dataclass
class Got:
    """What one viewer received: the moment of each message and the offset it reached.

    `joined` and `left` are moments too.
    """

    joined: int
    left: int = 0
    moments: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sum: int = 0
    skipped: list[list[int]] = field(default_factory=list)

    def take(self, message: bytes | str, now: int) -> None:
        if isinstance(message, bytes):
            _, start, _ = struct.unpack_from("!IQB", message)
            data = memoryview(message)[13:]
            assert start == self.end or [self.end, start] in self.skipped, (start, self.end)
            self._add(start, data, now)
        elif message.startswith("{"):
            said = json.loads(message)
            self.skipped += [said["skipped"]] if "skipped" in said else []
        else:
            self._add(self.end, memoryview(message.encode()), now)

    @property
    def end(self) -> int:
        return self.ends[-1] if self.ends else 0

    def _add(self, start: int, data: memoryview, now: int) -> None:
        self.sum = zlib.crc32(data, self.sum)
        self.moments.append(now)
        self.ends.append(start + len(data))


@dataclass
class Result:
    latencies: NDArray[np.float64]  # milliseconds, of all lines of all viewers
    complete: int
    viewers: int
    skipped: int
    core: float
    client: float
    pace: str
    late: str

    @property
    def p99(self) -> float:
        return float(np.percentile(self.latencies, 99))

    def __str__(self) -> str:
        p50 = float(np.percentile(self.latencies, 50))
        told = f", gaps told of: {self.skipped}" if self.skipped else ""
        return (
            f"p50 {p50:7.1f} ms  p99 {self.p99:7.1f} ms  {self.complete} of {self.viewers} got all"
            f"{told}  server {self.core:.3f} core, client {self.client:.3f}"
            f"  writer {self.pace}{self.late}"
        )


@dataclass
class Run:
    mode: str
    viewers: int
    rate: int
    seconds: float
    late: int = 0
    deaf: int = 0

    def measure(self) -> Result:
        with tempfile.TemporaryDirectory() as name, serving(self.mode, name) as (server, port):
            self.path = JobFolder(Path(name) / "jobs" / JOB).log
            found = Path(name) / "found"
            client = start(
                "watch", str(port), self.mode, json.dumps(vars(self), default=str), found
            )
            assert client.stdout is not None
            client.stdout.readline()  # all follow
            before = cpu(server.pid)
            pace = start("write", self.path, self.rate, self.seconds).communicate()[0].strip()
            client.wait()
            used = cpu(server.pid) - before
            watched = json.loads(found.read_text())
            whole = self.path.read_bytes()
        return self._result(
            [Got(**each) for each in watched["got"]], whole, used, watched["used"], pace
        )

    def _result(
        self, got: list[Got], whole: bytes, server: float, client: float, pace: str
    ) -> Result:
        written = np.array([int(line[:19]) for line in whole.splitlines()])
        length = (written[-1] - written[0]) / 1e9
        sum_of_all = zlib.crc32(whole)
        return Result(
            np.concatenate([latencies(each, written) for each in got[: self.viewers]]),
            sum(each.end == len(whole) and each.sum == sum_of_all for each in got),
            len(got),
            sum(len(each.skipped) for each in got),
            server / length,
            client / length,
            pace,
            caught_up(got[self.viewers :], written),
        )


def latencies(got: Got, written: NDArray[np.int64]) -> NDArray[np.float64]:
    """Milliseconds of each line; for those that never came, until the viewer left."""
    reached = np.searchsorted(got.ends, np.arange(1, len(written) + 1) * LINE)
    moments = np.array([*got.moments, got.left])
    told = np.zeros(len(written), bool)
    for begin, end in got.skipped:
        told[begin // LINE : end // LINE] = True
    return (moments[reached] - written)[~told] / 1e6


def caught_up(late: list[Got], written: NDArray[np.int64]) -> str:
    """Of those that came late: how long until they were a tenth of a second behind at most."""
    told = ""
    for got in late:
        newest = written[np.minimum(np.array(got.ends) // LINE, len(written)) - 1]
        first = int(np.argmax(np.array(got.moments) - newest < 100_000_000))
        took = (got.moments[first] - got.joined) / 1e6
        told += f"  late one: {got.ends[first] / 1e6:.1f} MB in {took:.0f} ms"
    return told


# -- the processes ------------------------------------------------------------------------


def start(role: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, role, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def serving(mode: str, home: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    folder = JobFolder(Path(home) / "jobs" / JOB)
    folder.make()
    folder.log.touch()
    write_json(folder.job, {"id": JOB})
    remember(folder.masks, [f"hf_{os.urandom(17).hex()}" for _ in range(3)])
    server = start("serve", home, mode)
    assert server.stdout is not None
    try:
        yield server, int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def serve(home: str, mode: str) -> None:
    manager = Manager(Path(home))
    folder = JobFolder(manager.folder / JOB)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with live.Live(Context(manager, Index(manager))) as app.state.live:
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(live.router)

    @app.websocket("/plain")
    async def plain(socket: WebSocket) -> None:
        await socket.accept()
        with open(folder.log) as file:  # noqa: ASYNC230 - as plainly as one would
            while True:
                if line := file.readline():
                    await socket.send_text(line)
                else:
                    await asyncio.sleep(0.01)

    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        ws="websockets-sansio",
        ws_per_message_deflate=mode == "deflate",
    )
    listener = config.bind_socket()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listener])


def write(path: str, rate: str, seconds: str) -> None:
    """One write a line, at an even rate; says how long it took and what the slowest write took."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND)
    lines, each = int(int(rate) * float(seconds)), 1e9 / int(rate)
    dice = random.Random(1)
    figures = (
        f" loss_g={dice.random()} loss_d={dice.random()} {dice.random()}" for _ in range(997)
    )
    rests = [figure[: LINE - 20].ljust(LINE - 20) for figure in figures]
    ends = [f"{rest}\n".encode() for rest in rests]
    begun, slowest = time.monotonic_ns(), 0
    for line in range(lines):
        due = begun + int(line * each)
        while (now := time.monotonic_ns()) < due:
            time.sleep(0.001)
        os.write(number, b"%019d" % now + ends[line % 997])
        slowest = max(slowest, time.monotonic_ns() - now)
    took = (time.monotonic_ns() - begun) / 1e9
    used = time.process_time() / lines * 1e6
    print(f"{lines / took:,.0f} lines/s, {used:.2f} µs a line, slowest {slowest / 1e6:.1f} ms")


def watch(port: str, mode: str, run: str, found: str) -> None:
    asked = json.loads(run)
    size = int(asked["rate"] * asked["seconds"]) * LINE
    got: dict[Client, Got] = {}
    selector = selectors.DefaultSelector()

    def join(count: int) -> None:
        for _ in range(count):
            joined = time.monotonic_ns()
            client = follow(int(port), mode)
            got[client] = Got(joined)
            selector.register(client.socket, selectors.EVENT_READ, client)

    join(asked["viewers"])
    deaf = [follow(int(port), mode) for _ in range(asked["deaf"])]
    print("ready", flush=True)
    before, late, begun = time.process_time(), asked["late"], 0.0
    while any(each.end < size for each in got.values()):
        ready = selector.select(1)
        now = time.monotonic_ns()
        for key, _ in ready:
            for message in key.data.receive():
                got[key.data].take(message, now)
        if not begun and any(each.ends for each in got.values()):
            begun = time.monotonic()
        if begun and time.monotonic() > begun + asked["seconds"] / 2:
            join(late)
            late = 0
        if begun and time.monotonic() > begun + asked["seconds"] + PATIENCE:
            break
    for each in got.values():
        each.left = time.monotonic_ns()
    shown = {"got": [vars(each) for each in got.values()], "used": time.process_time() - before}
    Path(found).write_text(json.dumps(shown))
    for client in deaf:
        client.socket.close()


def follow(port: int, mode: str) -> Client:
    if mode == "plain":
        return Client(port, "/plain")
    client = Client(port, "/api/live", deflate=mode == "deflate")
    client.next()  # hello
    client.send(op="follow", channel="log", job=JOB, offset=0)
    client.next()  # from where
    return client


def cpu(pid: int) -> float:
    """Seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    roles = {"serve": serve, "write": write, "watch": watch}
    if len(sys.argv) > 1 and sys.argv[1] in roles:
        roles[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
    else:
        main()
