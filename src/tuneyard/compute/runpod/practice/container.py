"""One start of a pod's command as processes of this computer, by way of keeper.py."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_OWN = ("root", "tmp", "var/tmp", "run", "home", "mnt", "srv")  # empty in a new container

_LONGEST = 1 << 16  # bytes of a line; bars of progress never end theirs
_KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True)
class Inside:
    """What a container is: the command, and what it sees of this computer.

    `disk` becomes its root. Of this computer's files only `shown` are there, read-only; of
    these `hidden` are empty, but `kept` are there even so. `mounts` are folders of this
    computer by the place where they can be written. Not `apart`, it sees everything.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    disk: str
    mounts: Mapping[str, str] = field(default_factory=dict)
    shown: Sequence[str] = ()
    hidden: Sequence[str] = ()
    kept: Sequence[str] = ()
    apart: bool = True
    workdir: str = "/"


class Container:
    """Runs from its making on, until its command ends or it is ended.

    `hear` is called with each line that it prints, and `ended` once when it and all that it
    started are gone; both by threads of its own. `mark` is a ``NAME=value`` of its environment
    that nothing else on this computer has.
    """

    def __init__(
        self,
        inside: Inside,
        hear: Callable[[str], object],
        ended: Callable[[], object] = lambda: None,
        mark: str = "",
    ) -> None:
        for name in _OWN:
            Path(inside.disk, name).mkdir(parents=True, exist_ok=True)
        self.code: int | None = None  # its exit code, once it has ended
        self._inside, self._mark = inside, mark
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_KEEPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={},
            cwd="/",
            start_new_session=True,
        )
        self._order(json.dumps(asdict(inside)))
        reader = threading.Thread(target=self._read, args=(hear,), daemon=True)
        self._waiter = threading.Thread(target=self._wait, args=(reader, ended), daemon=True)
        reader.start()
        self._waiter.start()

    @property
    def pid(self) -> int:
        """The process that keeps it."""
        return self._keeper.pid

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        self._waiter.join()
        return self.code or 0

    def end(self, grace: float) -> None:
        """Asks it to end, and kills it if it hasn't after `grace` seconds."""
        self._order(f"end {grace}")

    def kill(self) -> None:
        self._order("kill")

    def _order(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended
            self._keeper.stdin.write(f"{line}\n".encode())  # type: ignore[union-attr] # a pipe
            self._keeper.stdin.flush()  # type: ignore[union-attr] # same

    def _read(self, hear: Callable[[str], object]) -> None:
        while line := self._keeper.stdout.readline(_LONGEST):  # type: ignore[union-attr] # same
            hear(line.decode(errors="replace").rstrip("\r\n"))

    def _wait(self, reader: threading.Thread, ended: Callable[[], object]) -> None:
        code = self._keeper.wait()
        if not self._inside.apart and self._mark:
            end_marked(self._mark)  # the keeper itself may have been killed
        reader.join()
        with contextlib.suppress(OSError), self._keeper:
            pass  # closes what led to it; there may be an order that it never read
        self.code = code
        ended()


@lru_cache(maxsize=1)
def can_be_apart() -> bool:
    """Whether this computer lets us give a container namespaces of its own."""
    import tempfile  # noqa: PLC0415 - asked once a process

    with tempfile.TemporaryDirectory(prefix="tuneyard-practice-") as disk:
        tried = Container(
            Inside(["/bin/true"], {}, disk, shown=["/usr", "/bin", "/lib", "/lib64"]),
            lambda _line: None,
            lambda: None,
        )
        return tried.wait() == 0


def end_marked(mark: str) -> None:
    """Kills whatever carries this ``NAME=value`` in its environment."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)
