"""What lies between home and a pod's face: a proxy that breaks things off, or answers itself."""

import contextlib
import random
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from faces import served
from tuneyard.jobs.inputs import Patience
from tuneyard.runner.folder import JobFolder

QUICK = Patience(first=0.01, longest=0.05, silence=120.0, connect=30.0, answer=60.0)
TOKENLESS = "http://127.0.0.1:9"  # nobody listens there


class Proxy:
    """Passes bytes on to a face, and breaks or answers in its place as it is told."""

    def __init__(self, port: int, seed: int = 0) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.break_after: tuple[int, int] | None = None
        self.answers: list[bytes] = []
        self.largest: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if self.answers:
                client.recv(1 << 16)
                client.sendall(self.answers.pop(0))
                return
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port)) as face,
            ):
                left = [self.chance.randint(*self.break_after)] if self.break_after else None
                back = threading.Thread(target=self._pass, args=(face, client, left), daemon=True)
                back.start()
                self._pass(client, face, left)
                back.join()

    def _pass(self, source: socket.socket, target: socket.socket, left: list[int] | None) -> None:
        """Until one end closes, or, in both directions together, so many bytes went through."""
        with contextlib.suppress(OSError):
            while (data := source.recv(1 << 14)) and not self._refuses(data, source):
                if left is not None:
                    left[0] -= len(data)
                    if left[0] < 0:
                        break
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _refuses(self, data: bytes, source: socket.socket) -> bool:
        """Hears a request that is too large out, and says so."""
        length = re.search(rb"^PUT .*\r\nContent-Length: (\d+)", data, re.DOTALL)
        if self.largest is None or not length or int(length[1]) <= self.largest:
            return False
        came = len(data.partition(b"\r\n\r\n")[2])
        while came < int(length[1]):
            came += len(source.recv(1 << 16))
        source.sendall(answer(413))
        return True


@contextmanager
def proxied(folder: JobFolder, seed: int = 0) -> Iterator[Proxy]:
    with served(folder) as client:
        proxy = Proxy(client.base_url.port or 0, seed)
        try:
            yield proxy
        finally:
            proxy.close()


def answer(status: int, text: bytes = b"<html>Bad gateway</html>") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return head.encode() + text
