"""Keeps one container: makes its view of this computer, starts its command, kills what is left.

Started as a script of its own, under any Python, by `container.py`, which writes one line of
JSON to its standard input and then holds that open: what else is written there is an order
(``end`` or ``kill``), and its closing means that RunPod's rehearsal is gone, and so is this.

With namespaces the command is process 1 of its own: when it ends, however it does, the kernel
ends all that it left behind, and it sees of the disk only what it was given. Without them it
is a plain process tree, which this process adopts and ends, and nothing is hidden.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

FAILED = 125  # the exit code of a container that could not be made, as docker's

_NEW_MOUNTS, _NEW_USER, _NEW_PIDS = 0x00020000, 0x10000000, 0x20000000  # linux/sched.h
_BIND, _ALL_BELOW, _PRIVATE, _DETACHED = 4096, 16384, 1 << 18, 2  # linux/mount.h
_SET_ATTRIBUTES = 442  # mount_setattr, the same number on every architecture
_DIE_WITH_PARENT, _ADOPT = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER: linux/prctl.h

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    orders = _Orders()
    spec = json.loads(orders.line())
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        if spec["apart"]:
            _apart(spec)
        else:
            _checked(_libc.prctl(_ADOPT, 1, 0, 0, 0), "prctl")
        command = os.fork()
    except OSError as error:
        print(f"the container could not be made: {error}", flush=True)
        return FAILED
    if command == 0:
        _become(spec)
    code = _watch(command, orders, woken)
    _end_all()
    return code


class _Orders:
    """What is written to standard input, line by line; `select` sees what wasn't read."""

    def __init__(self) -> None:
        self._rest = b""

    def line(self) -> str:
        """The next line; nothing at its end."""
        while b"\n" not in self._rest:
            if not (piece := os.read(0, 1 << 16)):
                return ""
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def waiting(self) -> bool:
        return b"\n" in self._rest


def _watch(command: int, orders: _Orders, woken: int) -> int:
    """The command's exit code, as a shell would tell it; obeys orders until then."""
    kill_at = None
    while True:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if found[0] == command:
                    code = os.waitstatus_to_exitcode(found[1])
                    return code if code >= 0 else 128 - code
        if kill_at is not None and time.monotonic() >= kill_at:
            os.kill(command, signal.SIGKILL)
            kill_at = None
        wait = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready = [0] if orders.waiting() else select.select([0, woken], [], [], wait)[0]
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready:
            order, _, grace = orders.line().partition(" ")
            if order == "end":
                os.kill(command, signal.SIGTERM)
                kill_at = time.monotonic() + float(grace)
            else:  # told to kill, or whoever started it is gone
                os.kill(command, signal.SIGKILL)


def _end_all() -> None:
    """Kills what the command left; with namespaces the kernel has done so."""
    while True:
        for child in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    return found


def _become(spec: dict[str, Any]) -> NoReturn:
    """Turns this process into the container's command."""
    try:
        _checked(_libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0), "prctl")
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if spec["apart"]:
            _mount("proc", "/proc", "proc")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, 1 << 10)
        os.chdir(spec["workdir"])
        os.execvpe(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606 - no shell is meant
    except FileNotFoundError:
        print(f'exec: "{spec["argv"][0]}": executable file not found in $PATH', flush=True)
        os._exit(127)
    except BaseException as error:  # noqa: BLE001 - this process must never be two keepers
        print(f"the container could not be started: {error}", flush=True)
    os._exit(FAILED)


# -- what it sees -----------------------------------------------------------------


def _apart(spec: dict[str, Any]) -> None:
    """Enters namespaces of its own, in which `disk` is the root and only this is under it.

    `shown` are this computer's folders and files, read-only; `hidden` are empty although they
    lie in those; `kept` are there although they lie in hidden ones; `mounts` can be written.
    """
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _checked(_libc.unshare(_NEW_MOUNTS | _NEW_PIDS), "unshare")
    else:
        _checked(_libc.unshare(_NEW_USER | _NEW_MOUNTS | _NEW_PIDS), "unshare")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            Path("/proc/self", name).write_text(text)
    _mount("none", "/", flags=_ALL_BELOW | _PRIVATE)
    root = Path(spec["disk"])
    _mount(root, root, flags=_BIND)
    for path in map(Path, spec["shown"]):
        _show(path, _under(root, path))
    for path in map(Path, spec["hidden"]):
        _hide(_under(root, path))
    for path in map(Path, spec["kept"]):
        _show(path, _under(root, path))
    for path in (Path("/dev"), Path("/sys")):
        _bind(path, _under(root, path))
    if (root / "dev/shm").is_dir():
        _mount("shm", root / "dev/shm", "tmpfs")
    for place, folder in spec["mounts"].items():
        _bind(Path(folder), _under(root, Path(place)))
    (root / "proc").mkdir(exist_ok=True)
    os.chdir(root)
    _checked(_libc.pivot_root(b".", b"."), "pivot_root")
    _checked(_libc.umount2(b".", _DETACHED), "umount2")
    os.chdir("/")


def _under(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _show(path: Path, target: Path) -> None:
    if path.is_symlink():
        if not target.is_symlink() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path.readlink())
    elif path.exists():
        _bind(path, target)
        attributes = (ctypes.c_uint64 * 4)(1, 0, 0, 0)  # read-only, set; nothing else changes
        below = ctypes.c_uint(0x8000)  # AT_RECURSIVE
        done = _libc.syscall(_SET_ATTRIBUTES, -100, os.fsencode(target), below, attributes, 32)
        _checked(done, f"mount_setattr {target}")


def _hide(target: Path) -> None:
    if target.is_dir():
        _mount("none", target, "tmpfs")
    elif target.exists():
        _mount(os.devnull, target, flags=_BIND)


def _bind(path: Path, target: Path) -> None:
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(path, target, flags=_BIND | _ALL_BELOW)


def _mount(source: str | Path, target: str | Path, kind: str = "none", flags: int = 0) -> None:
    places = os.fsencode(source), os.fsencode(target)
    done = _libc.mount(*places, kind.encode(), ctypes.c_ulong(flags), None)
    _checked(done, f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main())
