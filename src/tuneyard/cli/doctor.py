"""``tuneyard doctor``: what jobs need of this computer, looked at side by side."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from tuneyard.home import home
from tuneyard.recipes.downloads import shown
from tuneyard.recipes.hub import endpoint
from tuneyard.runner import gpus, pipconfig, uv
from tuneyard.secrets import KNOWN, Secrets

from .app import Json, noun
from .text import printable
from .words import colour, print_json, size

if TYPE_CHECKING:
    from collections.abc import Callable

app = noun()

_WAIT = 8.0  # seconds for whatever is asked over the network
_LITTLE_DISK = 10e9  # bytes; a trainer's environment with CUDA alone takes most of them

Level = Literal["ok", "warn", "fail"]

_SIGNS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warn": ("!", "yellow"),
    "fail": ("✕", "red"),
}

# For the reference: what `doctor --json` prints of each thing it looked at.
FIELDS = {
    "name": "what was looked at",
    "level": "ok; warn: some jobs can't run, or not well; fail: no job can run",
    "sentence": "what was found",
    "next_step": "what to do about it; empty where nothing is to be done",
}


@dataclass(frozen=True)
class Found:
    name: str
    level: Level
    sentence: str
    next_step: str = ""


@app.command()
def doctor(json: Json = False) -> None:
    """Look whether this computer has what jobs need.

    The exit code is 1 if something would stop every job.
    """
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(_look, CHECKS.values(), CHECKS))
    if json:
        print_json([asdict(one) for one in found])
    else:
        _draw(found)
    raise typer.Exit(1 if any(one.level == "fail" for one in found) else 0)


def _look(check: Callable[[], Found], name: str) -> Found:
    """One that can't be made says so; it stops no other."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - drivers and networks fail in ways of their own
        said = pipconfig.without_credentials(f"{type(error).__name__}: {error}")
        return Found(name, "warn", f"This could not be looked at ({said}).")


def _draw(found: list[Found]) -> None:
    width = max(len(one.name) for one in found)
    for one in found:
        sign, style = _SIGNS[one.level]
        typer.echo(f"{colour(sign, style)} {one.name:<{width}}  {printable(one.sentence)}")
        if one.next_step:
            typer.echo(f"  {'':<{width}}  {printable(one.next_step)}")


def _python() -> Found:
    version = ".".join(map(str, sys.version_info[:3]))
    return Found("Python", "ok", f"{version}, {sys.executable}")


def _system() -> Found:
    if sys.platform.startswith("linux") and Path("/proc/self/stat").exists():
        return Found("System", "ok", f"Linux {os.uname().release}")
    return Found(
        "System",
        "fail",
        "Jobs run on Linux, with /proc; this system is another.",
        "Use WSL2 on Windows, or a Linux computer.",
    )


def _disk() -> Found:
    place = home()
    there = next(path for path in (place, *place.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        return Found(
            "Home",
            "fail",
            f"{there} can't be written to.",
            "Give yourself the right to, or set TUNEYARD_HOME to another folder.",
        )
    free = shutil.disk_usage(there).free
    sentence = f"{place}, {size(free)} free"
    if free >= _LITTLE_DISK:
        return Found("Home", "ok", sentence)
    return Found(
        "Home",
        "warn",
        f"{sentence}; trainers and checkpoints take gigabytes.",
        "Free some space, or set TUNEYARD_HOME to a larger disk. `tuneyard plan` says what a job needs.",
    )


def _uv() -> Found:
    try:
        found = uv.find(home() / "tools")
    except uv.UvError as error:
        return Found("uv", "fail", str(error))
    if found is None:
        return Found(
            "uv",
            "fail",
            "uv, which installs trainers, was not found.",
            "Install it: pip install uv",
        )
    return Found("uv", "ok", found)


def _gpu() -> Found:
    if gpus.FAKE in os.environ:
        return Found("GPUs", "ok", f"{gpus.FAKE} stands in for them: {os.environ[gpus.FAKE]}")
    names = _nvidia()
    if names:
        return Found("GPUs", "ok", "; ".join(names))
    if Path("/proc/driver/nvidia").exists() or list(Path("/dev").glob("nvidia[0-9]")):
        return Found(
            "GPUs",
            "warn",
            "There is an NVIDIA GPU, but its driver doesn't answer.",
            "Run nvidia-smi to see why; a restart after an upgrade of the driver often helps.",
        )
    return Found(
        "GPUs",
        "warn",
        "No NVIDIA GPU was found: jobs train on the CPU, which proves a set-up and little more.",
        "If there is one, install NVIDIA's driver; under WSL2, the one for Windows.",
    )


def _nvidia() -> list[str]:
    """Each GPU with its memory, and the driver's version."""
    import pynvml  # type: ignore[import-untyped]  # only this check needs it

    with contextlib.suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        driver = pynvml.nvmlSystemGetDriverVersion()
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return [
            f"{pynvml.nvmlDeviceGetName(handle)}, "
            f"{size(pynvml.nvmlDeviceGetMemoryInfo(handle).total)}, driver {driver}"
            for handle in handles
        ]
    return gpus.present()


def _registry() -> Found:
    """Asks as a trainer's installation would: through uv, by pip's configuration."""
    name = "Packages"
    tool = uv.find(home() / "tools")
    if tool is None:
        return Found(name, "warn", "Not looked at: there is no uv to ask with.")
    config = pipconfig.read()
    quick = {"UV_HTTP_TIMEOUT": str(int(_WAIT)), "UV_HTTP_RETRIES": "0"}
    environ = {**os.environ, **pipconfig.for_uv(config), **quick}
    with tempfile.TemporaryDirectory() as cache:
        command = [tool, "pip", "compile", "-", "--quiet", "--no-deps", "--cache-dir", cache]
        command += [*pipconfig.uv_options(config)]
        asked = subprocess.run(
            command,
            input="pip",
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * _WAIT,
        )
    if asked.returncode == 0:
        return Found(name, "ok", "the package index answers")
    said = [line.strip(" ×╰─▶│├→") for line in asked.stderr.splitlines() if line.strip()]
    reason = pipconfig.without_credentials("; ".join(said[:2]))
    return Found(
        name,
        "warn",
        f"The package index doesn't answer: {reason}",
        "Trainers can't be installed. Check the network, and pip's configuration, which is used here.",
    )


def _hub() -> Found:
    name = "Hub"
    address = shown(endpoint())  # without credentials: whether it answers can be told without
    try:
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - the user's own choice
        with urllib.request.urlopen(request, timeout=_WAIT):  # noqa: S310 - same
            pass
    except urllib.error.HTTPError as error:
        error.close()  # it answers, which is all that was asked
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Found(
            name,
            "warn",
            f"The Hugging Face Hub at {address} doesn't answer: {reason}",
            "Jobs with data and base on this computer run all the same. Check the network, and HF_ENDPOINT.",
        )
    return Found(name, "ok", f"{address} answers")


def _tokens() -> Found:
    secrets = Secrets(home())
    where = {name: secrets.keeper(name) for name in KNOWN}
    known = [f"{name} (in the {keeper})" for name, keeper in where.items() if keeper]
    if known:
        return Found("Tokens", "ok", ", ".join(known))
    return Found(
        "Tokens",
        "ok",
        "none; they are needed for private data and for pushing",
        "To keep one: tuneyard secrets set HF_TOKEN",
    )


CHECKS: dict[str, Callable[[], Found]] = {
    "Python": _python,
    "System": _system,
    "Home": _disk,
    "uv": _uv,
    "GPUs": _gpu,
    "Packages": _registry,
    "Hub": _hub,
    "Tokens": _tokens,
}
