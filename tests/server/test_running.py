"""How uvicorn is run: it begins with a word, and ends whatever is still under way."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

# A stand-in for the app, with a route that no signal ends.
PROGRAM = """
import socket, threading
from starlette.applications import Starlette
from starlette.routing import Route
from tuneyard.server import running

running._PATIENCE = 0.5

def read(request):
    print("reading", flush=True)
    threading.Event().wait()

listener = socket.create_server(("127.0.0.1", 0))
app = Starlette(routes=[Route("/", read)])
url = f"http://127.0.0.1:{listener.getsockname()[1]}"
server = running._Server(app, lambda: print(url, flush=True), lambda: print("ending", flush=True))
server.run([listener])
print("never reached")
"""


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def lines(program: subprocess.Popen[str]) -> Iterator[str]:
    assert program.stdout is not None
    for line in program.stdout:
        yield line.strip()


def test_a_thread_that_nothing_can_end_doesnt_keep_it(program: subprocess.Popen[str]) -> None:
    said = lines(program)
    impatient = httpx.Timeout(30, read=0.01)
    with httpx.Client(base_url=next(said), timeout=impatient) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get("/")
        assert next(said) == "reading"
        program.send_signal(signal.SIGINT)
        assert list(said) == ["ending"]
    assert program.wait(30) == 0
    assert program.stderr is not None
    assert program.stderr.read() == ""
