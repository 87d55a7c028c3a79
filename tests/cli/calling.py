"""Ways to call the command, and what to call it on."""

import fcntl
import io
import json
import os
import pty
import select
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tuneyard.cli.main import main
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder
from waiting import wait_for


@dataclass
class Ran:
    code: int
    out: str
    err: str


class Tuneyard:
    """Calls the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: object, stdin: str = "") -> Ran:
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main([str(argument) for argument in arguments])
        return Ran(code, *self.capsys.readouterr())


def write_job(path: Path, script: str = "echo hello", results: str = "", **settings: Any) -> Path:
    """`results` is a repository, "" for none."""
    lines = ["format = 1", 'recipe = "toy"', f'name = "{path.stem}"', "[settings]"]
    lines += [
        f"{name} = {json.dumps(value)}" for name, value in {"script": script, **settings}.items()
    ]
    if results:
        lines += ["[results]", f'repository = "{results}"']
    path.write_text("\n".join(lines) + "\n")
    return path


def only_job(home: Path) -> JobFolder:
    """The one job of this home."""
    (folder,) = [path for path in (home / "jobs").iterdir() if not path.name.startswith(".")]
    return JobFolder(folder)


def wait_for_state(home: Path, folder: JobFolder, *states: str) -> None:
    manager = Manager(home)
    wait_for(lambda: manager.state(folder)["state"] in states, what=f"{folder.id}: {states}")


# A script that goes on until a file `go` lies in the job's folder, but not for ever.
WAITS = "n=0; while [ ! -e ../go ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done"

# The same of one that saves a checkpoint whenever it is asked to.
SAVES = """mkdir -p train
n=0
while [ ! -e ../go ] && [ $n -lt 1200 ]; do
  if [ -e train/save ]; then
    rm train/save
    echo '{"event": "checkpoint", "path": "train/24.ckpt", "step": 24, "epoch": 0, "epochs_trained": 1, "interrupted": false}' >> train/events.jsonl
  fi
  sleep 0.05; n=$((n + 1))
done"""

_STARTED: list[subprocess.Popen[bytes]] = []


def clear_up() -> None:
    """Ends what `process` started and did not end."""
    while _STARTED:
        with _STARTED.pop() as command:
            command.kill()


def process(*arguments: object, **more: Any) -> subprocess.Popen[bytes]:
    """The command as a process of its own, with this one's environment."""
    command = [sys.executable, "-m", "tuneyard.cli.main", *map(str, arguments)]
    environ = {**os.environ, **more.pop("environ", {})}
    pipe = subprocess.PIPE
    given = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, **more}
    _STARTED.append(subprocess.Popen(command, env=environ, **given))
    return _STARTED[-1]


def _take_terminal() -> None:
    """Makes the terminal the one whose Ctrl-C reaches this process."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """The command on a terminal of its own, where somebody types and reads."""

    def __init__(self, *arguments: object, environ: dict[str, str] | None = None) -> None:
        self.master, slave = pty.openpty()
        ends = {"stdin": slave, "stdout": slave, "stderr": slave}
        more = {"TERM": "xterm", "COLUMNS": "100", "LINES": "30", **(environ or {})}
        self.process = process(*arguments, **ends, environ=more, preexec_fn=_take_terminal)
        os.close(slave)
        self.screen = ""

    def shows(self, text: str) -> bool:
        """Whether it has shown this by now."""
        while select.select([self.master], [], [], 0.01)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other end has gone
                break
            self.screen += data.decode()
        return text in self.screen

    def wait_for(self, text: str) -> None:
        wait_for(lambda: self.shows(text), what=f"“{text}” on the screen")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        """Its exit code; all that it showed is in `screen`."""

        def over() -> bool:
            self.shows("")
            return self.process.poll() is not None

        wait_for(over, what="the end of the command")
        self.shows("")
        os.close(self.master)
        return self.process.returncode
