"""Builds one environment with uv, and proves that it works before it counts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneyard.runner import pipconfig, uv
from tuneyard.runner.folder import acquire, write_json

from .spec import Base, Choices, Spec, has_gpu, version_of

FACTS = "tuneyard.json"

# What uv says when it fails, and what to do then. The first that matches is taken.
_NEXT_STEPS = (
    (r"No space left|os error 28\b", "Free some space, or set TUNEYARD_HOME to a larger disk."),
    (
        r"invalid peer certificate|UnknownIssuer",
        "Name your network's certificate file in SSL_CERT_FILE, or set UV_SYSTEM_CERTS=true.",
    ),
    (
        r"No interpreter found|No Python at|Python interpreter not found|no installed Python",
        "Install a Python of these versions, or name a Python that has the trainer.",
    ),
    (
        r"error sending request|dns error|Could not connect|Failed to fetch|timed out|timeout",
        (
            "Check the network and start the job again. If your network has its own package index"
            " or proxy, configure pip for it: its configuration is used here too."
        ),
    ),
    (
        r"No solution found",
        (
            "The package index has no versions that fit this computer and its Python. See above"
            " which; pip's configuration and constraints are used here too."
        ),
    ),
    (
        r"Failed to build|failed to build",
        (
            "A package had to be compiled and could not be. Install a C compiler and Python's"
            " headers (Debian and Ubuntu: apt install build-essential python3-dev)."
        ),
    ),
)

_FAILED = "The trainer's environment could not be built."
_PROOF = """
import importlib, sys
sys.path[:] = [entry for entry in sys.path if entry]  # nothing of the working directory
for name in sys.argv[1:]:
    print(name, flush=True)
    importlib.import_module(name)
print("proved")
"""


class TrainerError(Exception):
    """The trainer has no Python to run under: a sentence, and what to do next."""

    def __init__(self, sentence: str, next_step: str) -> None:
        super().__init__(sentence)
        self.next_step = next_step


@dataclass(frozen=True)
class Build:
    """Makes one environment under a temporary name, and renames what was proved to work.

    A relocatable environment survives the renaming. uv inherits the lock: should this
    process be killed, nobody builds in its place before uv has ended as well.
    """

    spec: Spec
    base: Base
    choices: Choices
    target: Path
    lock: int

    def run(self) -> None:
        begun = time.monotonic()
        self._announce()
        self._clean()
        tool = self._get_uv()
        building = building_of(self.target)
        python = str(python_of(building))
        make = [tool, "venv", "--relocatable", "--no-project", "--quiet"]
        self._uv([*make, "--python", self.base.request, str(building)])
        wanted = self._beside_the_image(tool) if self.base.image else self.spec.requirements
        install = [tool, "pip", "install", "--python", python, *self.choices.options]
        self._uv([*install, *wanted])
        print(f"Checking that it works: {', '.join(self.spec.imports)}", flush=True)
        prove(python, self.spec.imports, "Start the job again. Fails it again, report its log.")
        write_json(building / FACTS, self._facts(building))
        building.rename(self.target)
        print(f"Built in {time.monotonic() - begun:.0f} s", flush=True)

    def _beside_the_image(self, tool: str) -> list[str]:
        """What to install where the image's torch is used; resolved as if it were the newest."""
        assert self.base.image is not None  # noqa: S101 - asked before
        building = building_of(self.target)
        asked, pins, resolved = (building / f"{n}.txt" for n in ("asked", "image", "resolved"))
        asked.write_text("\n".join(self.spec.requirements), encoding="utf-8")
        pins.write_text(self.base.image.pins(), encoding="utf-8")
        others = self.choices.environ.get("UV_CONSTRAINT", "").split()
        constraints = [f"--constraint={path}" for path in (*others, pins)]
        quiet = ["--quiet", "--no-header", "--no-annotate", "--output-file", str(resolved)]
        compile_ = [tool, "pip", "compile", "--python", str(python_of(building)), *quiet]
        self._uv([*compile_, *constraints, *self.choices.options, str(asked)])
        missing = self.base.image.without(resolved.read_text(encoding="utf-8"))
        resolved.write_text(missing, encoding="utf-8")
        self.base.image.share(next(building.glob("lib/python*/site-packages")))
        return ["--no-deps", "--requirements", str(resolved)]

    def _announce(self) -> None:
        needed, words = self._size()
        print(f"Building the trainer's environment, once for all jobs like this: {words}")
        print(f"It goes to {self.target}", flush=True)
        free = shutil.disk_usage(self.target.parent).free / 1e9
        if free < needed:
            print(
                f"Only {free:.1f} GB are free there: it may not fit. Free some space, or set"
                " TUNEYARD_HOME to a larger disk.",
                flush=True,
            )

    def _size(self) -> tuple[float, str]:
        """The disk it takes in GB, at least, and how to say it."""
        if self.base.image:
            return 0.0, f"beside torch {self.base.image.torch}, which the image has"
        cpu, cuda = (self.spec.size_gb.get(kind, 0.0) for kind in ("cpu", "cuda"))
        if not (cpu and cuda):
            return 0.0, "size unknown"
        if self.choices.automatic:
            size = cuda if has_gpu() else cpu
            return size, f"about {size:.1f} GB"
        return cpu, f"about {cpu:.1f} GB, or {cuda:.1f} GB where pip finds torch for CUDA"

    def _clean(self) -> None:
        """Removes what this build is to replace, and what killed builds left behind."""
        for left in (self.target, building_of(self.target)):
            shutil.rmtree(left, ignore_errors=True)
        for other in self.target.parent.glob(".*.building"):
            lock = acquire(other.with_suffix(".lock"))
            if lock is not None:
                shutil.rmtree(other, ignore_errors=True)
                os.close(lock)

    def _get_uv(self) -> str:
        preferred = [self.spec.preferred] if self.spec.preferred else []
        try:
            return uv.get(self.target.parent.parent / "tools" / "uv", preferred)
        except uv.UvError as error:
            raise TrainerError(_FAILED, str(error)) from error

    def _uv(self, command: list[str]) -> None:
        """Runs uv with its lines passed on as they come, without any index's password."""
        process = subprocess.Popen(
            command,
            env=self.choices.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[self.lock],
        )
        last: deque[str] = deque(maxlen=50)
        with process as running:
            for line in running.stdout or ():
                last.append(line)
                print(pipconfig.without_credentials(line), end="", flush=True)
        if process.returncode != 0:
            raise TrainerError(_FAILED, _next_step("".join(last)))

    def _facts(self, building: Path) -> dict[str, Any]:
        return {
            "requirements": list(self.spec.requirements),
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": version_of(str(python_of(building))),
            "bytes": _bytes(building),
        }


def python_of(target: Path) -> Path:
    return target / "bin" / "python"


def building_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.building")


def lock_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _bytes(folder: Path) -> int:
    files = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files)


def _next_step(said: str) -> str:
    return next(
        (step for pattern, step in _NEXT_STEPS if re.search(pattern, said)),
        "See uv's lines above, and start the job again when their cause is gone.",
    )


def prove(python: str, imports: tuple[str, ...], next_step: str) -> None:
    """Imports what the trainer needs, where it would be imported from when it trains."""
    try:
        done = subprocess.run(
            [python, "-c", _PROOF, *imports], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise TrainerError(f"{python} can't be run: {error.strerror}.", next_step) from error
    if done.returncode != 0:
        tried = done.stdout.split()
        missing = tried[-1] if tried else "its modules"
        print("\n".join(done.stderr.splitlines()[-20:]))
        raise TrainerError(f"{python} can't load {missing}.", next_step)
    if "proved" not in done.stdout.split():
        raise TrainerError(f"{python} is no Python.", next_step)
