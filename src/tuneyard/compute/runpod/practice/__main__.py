"""``python -m tuneyard.compute.runpod.practice``: a rehearsal by itself, until Ctrl-C."""

from __future__ import annotations

import argparse
import shlex
import signal
import tempfile
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from .server import Practice
from .settings import Settings, of_this_program


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tuneyard.compute.runpod.practice")
    parser.add_argument("--port", type=int, default=0, help="where to listen (any that is free)")
    parser.add_argument(
        "--folder", type=Path, help="where pods keep their disks (one that is removed)"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how much faster than the clock money goes"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _folder(given.folder) as folder:
        settings = Settings(Path(folder), given.port, speed=given.speed, hidden=of_this_program())
        with Practice(settings) as practice:
            for name, value in {**practice.environment, "RUNPOD_API_KEY": practice.key()}.items():
                print(f"export {name}={shlex.quote(value)}")
            for line in practice.words():
                print(f"# {line}", flush=True)
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                return


def _folder(wanted: Path | None) -> AbstractContextManager[str | Path]:
    """The one that is wanted, or one that is there only meanwhile."""
    if wanted:
        return nullcontext(wanted.absolute())
    return tempfile.TemporaryDirectory(prefix="tuneyard-practice-")


if __name__ == "__main__":
    main()
