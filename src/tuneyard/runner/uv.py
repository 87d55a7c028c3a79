"""Finds uv, the installer, or gets it with whatever pip this machine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from .folder import locked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OLDEST = (0, 9)  # the lower bound in pyproject.toml

_PYTHONS = ("python3", *(f"python3.{minor}" for minor in range(14, 7, -1)), "python")


class UvError(Exception):
    """There is no uv; the sentence says why and what to do."""


def find(tools: Path, beside: Iterable[str] = ()) -> str | None:
    """The first uv that runs and is new enough.

    Looked for in TUNEYARD_UV, next to the Pythons in `beside` and this one, on PATH, and
    in `tools`, where `get` puts it. Raises UvError if TUNEYARD_UV names none that works.
    """
    if named := os.environ.get("TUNEYARD_UV"):
        if _works(named):
            return named
        raise UvError(
            f"TUNEYARD_UV names {named}, which is no uv {_dotted(OLDEST)} or newer."
            " Correct it, or unset it to let Tuneyard look for uv."
        )
    folders = [
        *(str(Path(python).parent) for python in (*beside, sys.executable)),
        *os.get_exec_path(),
    ]
    found = (shutil.which("uv", path=folder) for folder in [*folders, str(tools / "bin")] if folder)
    return next((uv for uv in found if uv and _works(uv)), None)


def get(tools: Path, beside: Iterable[str] = ()) -> str:
    """The uv that is there, else one installed into the folder `tools`, of some 60 MB.

    Raises UvError in words. Two processes may ask at once: one installs, the other waits.
    """
    beside = tuple(beside)
    if found := find(tools, beside):
        return found
    tools.mkdir(parents=True, exist_ok=True)
    with locked(tools / ".lock"):
        return find(tools, beside) or _install(tools, beside)


def _install(tools: Path, beside: Iterable[str]) -> str:
    wanted = f"uv>={_dotted(OLDEST)}"
    said = ""
    for installer, options in _installers(tools, beside):
        if _run([*installer, "--version"], tools).returncode != 0:
            continue
        print(f"Getting uv, the installer (60 MB, once), with {' '.join(installer)}", flush=True)
        done = _run([*installer, "install", *options, wanted], tools)
        if (uv := shutil.which("uv", path=str(tools / "bin"))) and _works(uv):
            return uv
        said = (done.stdout + done.stderr).strip()
    if said:
        raise UvError(
            "uv, the installer, could not be fetched; pip said:\n"
            f"{said[-1000:]}\nCheck the network, or install uv yourself, and try again."
        )
    raise UvError(
        "This needs uv, and no pip was found to get it with. Install either one"
        " (Debian and Ubuntu: apt install python3-pip), or name a uv in TUNEYARD_UV."
    )


def _installers(tools: Path, beside: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Commands that install packages, each with the options that make it use `tools`."""
    target = ["--quiet", "--upgrade", "--target", str(tools)]
    pythons = [*beside, sys.executable, *(p for name in _PYTHONS if (p := shutil.which(name)))]
    for python in dict.fromkeys(pythons):
        yield [python, "-m", "pip"], target
    for wheel in _bundled_pips():
        yield [sys.executable, f"{wheel}/pip"], target  # a wheel is a zip that Python can run
    for pip in ("pip3", "pip"):
        if found := shutil.which(pip):
            yield [found], target
    if found := shutil.which("pipx"):
        yield [found], ["--force"]


def _bundled_pips() -> Iterator[Path]:
    """The pip that Python carries for new environments."""
    for folder in _wheel_folders():
        yield from sorted(folder.glob("pip-*.whl"))


def _wheel_folders() -> list[Path]:
    """Where Python keeps it, where a distribution may have put it, and where Debian does."""
    elsewhere = sysconfig.get_config_var("WHEEL_PKG_DIR")
    bundled = Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")
    return [bundled, *([Path(elsewhere)] if elsewhere else []), Path("/usr/share/python-wheels")]


def _run(command: list[str], tools: Path) -> subprocess.CompletedProcess[str]:
    """Runs an installer; what a user's configuration would forbid it here is switched off."""
    settings = {
        "PIP_USER": "0",  # can't be combined with --target
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIPX_HOME": str(tools / "pipx"),
        "PIPX_BIN_DIR": str(tools / "bin"),
    }
    try:
        return subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _works(uv: str) -> bool:
    """Whether it runs, which the shims of version managers may not, and is new enough."""
    try:
        done = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    version = re.match(r"uv (\d+)\.(\d+)", done.stdout) if done.returncode == 0 else None
    return version is not None and tuple(map(int, version.groups())) >= OLDEST


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
