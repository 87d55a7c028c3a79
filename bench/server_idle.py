"""The server of a home with 10,000 jobs: how long its list takes, and what it takes when idle.

The list's rival is reading the same states from the disk with this Python, as any list without
a memory of its own would have to. Idle is measured with one page that follows the list.

Run: .venv/bin/python bench/server_idle.py [seconds of idleness]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from cli_start import fill
from figures import in_turn, say, seconds
from sockets import Client

JOBS = 10_000
PAGES = ("", "?limit=50&offset=5000", "?text=voice+00123", "?state=failed")


def main() -> None:
    idle = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        fill(home / "jobs", JOBS)
        process, port = served(home)
        try:
            token = (home / "server.key").read_text().strip()
            for page in PAGES:
                ours, rival = in_turn(
                    lambda page=page: seconds(lambda: jobs(port, token, page)),  # type: ignore[misc]
                    lambda: seconds(lambda: states(home)),
                    9,
                )
                say(f"GET /api/jobs{page} of {JOBS:,} (rival: read them all)", ours, rival, "-")
            rest(process, port, token, idle)
        finally:
            process.terminate()
            process.wait(30)


def served(home: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [Path(sys.executable).with_name("tuneyard"), "serve", "--no-browser", "--port", "0"],
        env={**os.environ, "TUNEYARD_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    begun = time.perf_counter()
    for line in process.stdout:
        if "#open=" in line:
            print(f"ready after {time.perf_counter() - begun:.1f} s")
            return process, int(line.split("127.0.0.1:")[1].split("/")[0])
    raise SystemExit("The server did not start.")


def jobs(port: int, token: str, query: str) -> Any:
    address = f"http://127.0.0.1:{port}/api/jobs{query}"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def states(home: Path) -> list[Any]:
    return [json.loads(path.read_bytes()) for path in home.glob("jobs/*/state.json")]


def rest(process: subprocess.Popen[str], port: int, token: str, idle: float) -> None:
    """What it takes while nothing happens, first without a page and then with one."""
    for what in ("nobody looks", "a page follows the list"):
        page = follow(port, token) if what != "nobody looks" else None
        server = psutil.Process(process.pid)
        time.sleep(5)
        before, begun = server.cpu_times(), time.perf_counter()
        time.sleep(idle)
        after = server.cpu_times()
        used = after.user + after.system - before.user - before.system
        share = used / (time.perf_counter() - begun)
        memory = server.memory_info().rss / 1e6
        print(f"idle, {what}: {memory:.0f} MB (goal: under 150), {share:.2%} of a core (goal: 1 %)")
        if page is not None:
            page.socket.close()


def follow(port: int, token: str) -> Client:
    body = json.dumps({"token": token}).encode()
    origin = f"http://127.0.0.1:{port}"
    headers = {"Content-Type": "application/json", "Origin": origin}
    request = urllib.request.Request(f"{origin}/api/session", body, headers)
    with urllib.request.urlopen(request) as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    page = Client(port, "/api/live", cookie=cookie)
    page.send(op="follow", channel="jobs")
    return page


if __name__ == "__main__":
    main()
