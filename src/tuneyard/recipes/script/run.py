"""The step that runs the script: with its variables and secrets, watched, and told to stop.

The script's output is the log itself. Its exit code is this step's; of a signal, 128 more
than its number, as a shell has it. ``.tuneyard/script.json`` says what to run.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import subprocess
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.script import collect, globs, language, secrecy
from tuneyard.recipes.script.layout import EVENTS, JOB, LOG, OUTPUTS, PYTHON, SAMPLES, SCRIPT
from tuneyard.recipes.script.watcher import Watcher
from tuneyard.runner import process
from tuneyard.runner.folder import read_json, read_json_or, read_lines
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOK = 0.25  # seconds between two looks at the log
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "busybox"})
_NOT_FOUND = 127
_NOT_STARTED = 126
_STOPPED = 143  # of one that ended well: it is not done, and a resume is to run it again


def main(_argv: list[str]) -> int:
    settings, script = read_json(JOB)["settings"], read_json(SCRIPT)
    environ = environment(settings, os.environ)
    command = language.found(script["command"], environ.get("PATH"))
    if command is None:
        Problem(
            f"{script['command'][0]} is not installed here, and the script needs it.",
            "interpreter",
            "interpreter",
            "Install it, choose an image that has it, or set interpreter.",
        ).tell()
        return _NOT_FOUND
    if settings["stop_file"]:  # of the attempt before
        Path(settings["stop_file"]).unlink(missing_ok=True)
    whole = [*command, script["path"], *shlex.split(settings["arguments"])]
    print(f"$ {shlex.join(whole)}", flush=True)
    try:
        run = Run(whole, environ, Watcher(settings, LOG))
    except OSError as error:
        Problem(
            f"{command[0]} can't be started: {error.strerror}.",
            "interpreter",
            "interpreter",
            "Set interpreter to one that runs on this computer.",
        ).tell()
        return _NOT_STARTED
    code = run.wait()
    if not run.asked and not (settings["stop_file"] and Path(settings["stop_file"]).exists()):
        return code
    collect.collect(settings["outputs"])  # no later step comes to it
    return code or _STOPPED


def environment(settings: Mapping[str, Any], ours: Mapping[str, str]) -> dict[str, str]:
    """What the script finds in its environment; of secrets, those alone that are named for it."""
    secrets = {}
    for entry in settings["secrets"]:
        name, known = secrecy.secret_names(entry)
        secrets[name] = ours.get(known) or ours.get(secrecy.SECRETS[known]) or ""
    plain = {name: value for name, value in ours.items() if name not in secrecy.SECRETS}
    about = {
        "TUNEYARD_ATTEMPT": ours.get(process.JOB, ":1").rpartition(":")[2],
        "TUNEYARD_CHECKPOINT": _newest_checkpoint(),
        "TUNEYARD_FILES": _files(settings),
        "TUNEYARD_OUTPUTS": str(OUTPUTS.resolve()),
        "TUNEYARD_SAMPLES": str(SAMPLES.resolve()),
    }
    python = read_json_or(PYTHON, {}).get("python") if settings["requirements"] else None
    built = _of_venv(Path(python), plain) if python else {}
    return {**plain, **built, **about, **settings["environment"], **secrets}


def _of_venv(python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    place = str(python.parent)
    path = os.pathsep.join(part for part in (place, environ.get("PATH", os.defpath)) if part)
    return {"PATH": path, "VIRTUAL_ENV": str(python.parent.parent)}


def _files(settings: Mapping[str, Any]) -> str:
    if not settings["files"]:
        return ""
    return str(Path.cwd()) if settings["files_use"] == "copy" else settings["files"]


def _newest_checkpoint() -> str:
    """What an earlier attempt left last and is still there, or what came with the job for that."""
    inputs = read_json_or(LOG.parent / "job.json", {}).get("inputs", ())
    places = (Path(one.get("place") or ".") for one in inputs)
    paths = [Path(*place.parts[1:]) for place in places if place.parts[:1] == ("work",)]
    events = [line.get("event") or {} for line in read_lines(EVENTS)]
    paths += [Path(event["path"]) for event in events if event.get("event") == "checkpoint"]
    return next((str(path.absolute()) for path in reversed(paths) if globs.look(path)), "")


class Run:
    """One script that runs: waited for, watched, and passed on what asks it to stop."""

    def __init__(self, command: list[str], environ: Mapping[str, str], watcher: Watcher) -> None:
        self.watcher: Watcher | None = watcher
        self.asked = False
        self._signals: list[int] = []  # that came and were not passed on yet
        self._wake = self._listen()
        # What outlives a shell that is told to stop comes to this process, and is waited for.
        process.adopt_orphans(wanted=True)
        # With the job's locks, which are held for as long as anything of it lives.
        self.child = subprocess.Popen(
            command, env=dict(environ), stdin=subprocess.DEVNULL, close_fds=False
        )

    def wait(self) -> int:
        while not self._over():
            select.select([self._wake], [], [], _LOOK)
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
            self._pass_on()
            self._look()
        self._look(last=True)
        code: int = self.child.returncode
        return 128 - code if code < 0 else code

    def _over(self) -> bool:
        """Whether the script has ended; one that was asked to, with all that it started."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.child.pid:
                    self.child.returncode = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:  # nothing is left
            return True
        return self.child.returncode is not None and not self.asked

    def _look(self, *, last: bool = False) -> None:
        """Watching is a service to the training: what goes wrong with it ends the watching alone."""
        if self.watcher is None:
            return
        try:
            self.watcher.look(last=last)
        except OSError as error:  # a full disk, which may have room again
            if last:
                print(f"The last lines were not read: {error}", flush=True)
        except Exception:  # noqa: BLE001 - same
            traceback.print_exc()
            self.watcher = None

    def _listen(self) -> int:
        readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _STOPS:
            signal.signal(number, lambda number, _: self._signals.append(number))
        return readable

    def _pass_on(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            self.asked = True
            for pid in reversed(receivers(self.child.pid, number)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)


def receivers(pid: int, number: int) -> list[int]:
    """Who is to get a signal: the script, and where that is a shell without a trap for it, what
    it runs as well. A shell alone would end at once, and leave its training behind.
    """
    found = [pid]
    if _proc(pid, "comm") in _SHELLS and (number == signal.SIGINT or not _catches(pid, number)):
        for child in _children(pid):
            found += receivers(child, number)
    return found


def _catches(pid: int, number: int) -> bool:
    mask = next((w for w in _proc(pid, "status").splitlines() if w.startswith("SigCgt:")), ":0")
    return bool(int(mask.partition(":")[2], 16) >> (number - 1) & 1)


def _children(pid: int) -> list[int]:
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    parents = {n: _proc(n, "stat").rpartition(")")[2].split()[1:2] for n in numbers}
    return [n for n, parent in parents.items() if parent == [str(pid)]]


def _proc(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text(errors="replace").strip()
    except OSError:  # it has ended
        return ""
