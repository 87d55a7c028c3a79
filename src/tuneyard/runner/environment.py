"""The step that gives a job its trainer's own Python: built with uv once, or a named one.

It leaves ``trainer.json``, or the file that is named, in the working directory:
``{"python": path, "env": hash}``.
An environment lies in ``$TUNEYARD_HOME/envs/<hash>`` for all jobs whose trainer needs the
same; its ``tuneyard.json`` tells what it holds, and is there only once it is complete.

In a pod (TUNEYARD_POD is set) a torch that the image has is used, where it fits.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import image, pipconfig, uv
from .folder import acquire, read_json, write_json
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FACTS = "tuneyard.json"

# Of uv's variables, those that decide what is installed.
_DECISIVE = (
    "UV_TORCH_BACKEND",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX_STRATEGY",
    "UV_FIND_LINKS",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "UV_EXCLUDE_NEWER",
)

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
_ASK_VERSION = "import sys; print(*sys.version_info[:3], sep='.')"
_PROOF = """
import importlib, sys
sys.path[:] = [entry for entry in sys.path if entry]  # nothing of the working directory
for name in sys.argv[1:]:
    print(name, flush=True)
    importlib.import_module(name)
"""


class TrainerError(Exception):
    """The trainer has no Python to run under: a sentence, and what to do next."""

    def __init__(self, sentence: str, next_step: str) -> None:
        super().__init__(sentence)
        self.next_step = next_step


@dataclass(frozen=True)
class Spec:
    """What a trainer needs, as the recipe writes it into a plan.

    `python` is a range of versions (``>=3.10,<3.14``); `preferred` a Python to build with
    if it is in it; `named` one that has the trainer already, chosen by the user; `imports`
    are modules that must load, torch among them if the trainer needs it; `size_gb` is the disk it takes, under ``cpu`` and ``cuda``.
    """

    requirements: tuple[str, ...]
    python: str
    preferred: str = ""
    named: str = ""
    imports: tuple[str, ...] = ()
    size_gb: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Spec:
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(
            **{
                **known,
                "requirements": tuple(data["requirements"]),
                "imports": tuple(data.get("imports", ())),
            }
        )


def main(argv: list[str]) -> int:
    """``environment SPEC.json [ANSWER.json]``: 0 with it written, 1 with the reason printed."""
    try:
        spec = Spec.from_json(read_json(Path(argv[0])))
        home = Path(os.environ["TUNEYARD_HOME"]).absolute()
        trainer = _named(spec) if spec.named else _shared(spec, home)
    except TrainerError as failure:
        Problem(str(failure), "environment", next_step=failure.next_step).tell()
        return 1
    write_json(Path(argv[1] if len(argv) > 1 else "trainer.json"), trainer)
    return 0


def _named(spec: Spec) -> dict[str, str]:
    python = str(Path(spec.named).expanduser().absolute())  # a link into a venv stays a link
    _prove(python, spec.imports, "Install what is missing there, or let Tuneyard build its own.")
    print(f"The trainer runs under {python}", flush=True)
    return {"python": python, "env": ""}


def _shared(spec: Spec, home: Path) -> dict[str, str]:
    (home / "envs").mkdir(parents=True, exist_ok=True)
    there = _of_image(spec)
    if there is None or _unfit(spec, home, there).exists():
        return _ready(spec, home, _Base.of(spec))
    try:
        return _ready(spec, home, _Base(there.python, _tag(there.version), there))
    except TrainerError:
        print(f"The image's torch {there.torch} can't be used: installing another.", flush=True)
    trainer = _ready(spec, home, _Base.of(spec))
    _unfit(spec, home, there).touch()  # what failed was nothing that passes: not tried again
    return trainer


def _of_image(spec: Spec) -> image.Image | None:
    if "TUNEYARD_POD" not in os.environ or "torch" not in spec.imports:
        return None
    there = image.find(spec.preferred, lambda version: _fits(version, spec.python))
    if there and there.torch.endswith("+cpu") and _has_gpu():
        print(f"The image's torch {there.torch} would not use the GPU: installing another.")
        return None
    return there


def _unfit(spec: Spec, home: Path, there: image.Image) -> Path:
    """Exists if this image's torch was found not to fit."""
    base = _Base(there.python, _tag(there.version), there)
    return home / "envs" / f".{_hash(spec, base, _Choices.of(base))}.unfit"


def _ready(spec: Spec, home: Path, base: _Base) -> dict[str, str]:
    choices = _Choices.of(base)
    name = _hash(spec, base, choices)
    target = home / "envs" / name
    if not _complete(target):
        with _only_builder(target) as lock:
            if not _complete(target):  # somebody else may have built it meanwhile
                _Build(spec, base, choices, target, lock).run()
    print(f"The trainer's environment is ready: {target}", flush=True)
    return {"python": str(_python(target)), "env": name}


@dataclass(frozen=True)
class _Base:
    """The Python to build with: what uv is asked for, its tag if it is known, and the image
    whose torch is to be used.
    """

    request: str
    tag: str = ""
    image: image.Image | None = None

    @classmethod
    def of(cls, spec: Spec) -> _Base:
        version = _version(spec.preferred) if spec.preferred else ""
        if version and _fits(version, spec.python):
            return cls(spec.preferred, _tag(version))
        return cls(spec.python)  # uv looks for one in the range, and may fetch it


def _tag(version: str) -> str:
    return "cp" + "".join(version.split(".")[:2])


def _version(python: str) -> str:
    ask = [python, "-I", "-S", "-c", _ASK_VERSION]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _fits(version: str, wanted: str) -> bool:
    """Whether a version lies in a range that is written with ``>=`` and ``<`` alone."""
    for bound in wanted.split(","):
        match = re.fullmatch(r"\s*(>=|<)\s*([\d.]+)\s*", bound)
        if not match:
            raise ValueError(f"{wanted}: a range of Python versions is written >=3.10,<3.14")
        if (_numbers(version) >= _numbers(match[2])) != (match[1] == ">="):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@dataclass(frozen=True)
class _Choices:
    """What uv runs with: pip's configuration in its terms, and where torch comes from."""

    environ: Mapping[str, str]
    options: tuple[str, ...]

    @classmethod
    def of(cls, base: _Base) -> _Choices:
        config = pipconfig.read()
        environ = os.environ | pipconfig.for_uv(config)
        if base.image is None and not pipconfig.decides_torch(config, base.tag):
            environ.setdefault("UV_TORCH_BACKEND", "auto")
        return cls(environ, tuple(pipconfig.uv_options(config)))

    @property
    def automatic(self) -> bool:
        """Whether uv chooses torch by the GPU that it finds."""
        return self.environ.get("UV_TORCH_BACKEND") == "auto"


def _hash(spec: Spec, base: _Base, choices: _Choices) -> str:
    """Sixteen hex digits for everything that decides what an environment holds."""
    environ = choices.environ
    facts = {
        "requirements": sorted(spec.requirements),
        "python": base.tag or base.request,
        "platform": [sys.platform, platform.machine()],
        "uv": [pipconfig.without_credentials(environ.get(name, "")) for name in _DECISIVE],
        "options": choices.options,
        "constraints": [_text(path) for path in environ.get("UV_CONSTRAINT", "").split()],
        "gpu": choices.automatic and _has_gpu(),  # what was built for none would not use one
    }
    if base.image is not None:
        facts["image"] = base.image.facts
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _has_gpu() -> bool:
    """Whether the driver of an NVIDIA or an AMD card is there."""
    drivers = (Path("/proc/driver/nvidia/version"), Path("/dev/kfd"))
    return shutil.which("nvidia-smi") is not None or any(path.exists() for path in drivers)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _complete(target: Path) -> bool:
    """Whether it was built to the end, and its Python has not been removed since."""
    return (target / FACTS).exists() and os.access(_python(target), os.X_OK)


def _python(target: Path) -> Path:
    return target / "bin" / "python"


@contextlib.contextmanager
def _only_builder(target: Path) -> Iterator[int]:
    """Holds the lock on building one environment; gives its descriptor."""
    lock = acquire(_lock(target))
    if lock is None:
        print("Another job is building the same environment: waiting for it", flush=True)
        lock = acquire(_lock(target), wait=math.inf)
    assert lock is not None  # noqa: S101 - waited without end
    try:
        yield lock
    finally:
        os.close(lock)


def _lock(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


@dataclass(frozen=True)
class _Build:
    """Makes one environment under a temporary name, and renames what was proved to work.

    A relocatable environment survives the renaming. uv inherits the lock: should this
    process be killed, nobody builds in its place before uv has ended as well.
    """

    spec: Spec
    base: _Base
    choices: _Choices
    target: Path
    lock: int

    def run(self) -> None:
        begun = time.monotonic()
        self._announce()
        self._clean()
        tool = self._get_uv()
        building = _building(self.target)
        python = str(_python(building))
        make = [tool, "venv", "--relocatable", "--no-project", "--quiet"]
        self._uv([*make, "--python", self.base.request, str(building)])
        wanted = self._beside_the_image(tool) if self.base.image else self.spec.requirements
        install = [tool, "pip", "install", "--python", python, *self.choices.options]
        self._uv([*install, *wanted])
        print(f"Checking that it works: {', '.join(self.spec.imports)}", flush=True)
        _prove(python, self.spec.imports, "Start the job again. Fails it again, report its log.")
        write_json(building / FACTS, self._facts(building))
        building.rename(self.target)
        print(f"Built in {time.monotonic() - begun:.0f} s", flush=True)

    def _beside_the_image(self, tool: str) -> list[str]:
        """What to install where the image's torch is used; resolved as if it were the newest."""
        assert self.base.image is not None  # noqa: S101 - asked before
        building = _building(self.target)
        asked, pins, resolved = (building / f"{n}.txt" for n in ("asked", "image", "resolved"))
        asked.write_text("\n".join(self.spec.requirements), encoding="utf-8")
        pins.write_text(self.base.image.pins(), encoding="utf-8")
        others = self.choices.environ.get("UV_CONSTRAINT", "").split()
        constraints = [f"--constraint={path}" for path in (*others, pins)]
        quiet = ["--quiet", "--no-header", "--no-annotate", "--output-file", str(resolved)]
        compile_ = [tool, "pip", "compile", "--python", str(_python(building)), *quiet]
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
            size = cuda if _has_gpu() else cpu
            return size, f"about {size:.1f} GB"
        return cpu, f"about {cpu:.1f} GB, or {cuda:.1f} GB where pip finds torch for CUDA"

    def _clean(self) -> None:
        """Removes what this build is to replace, and what killed builds left behind."""
        for left in (self.target, _building(self.target)):
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
            "python": _version(str(_python(building))),
            "bytes": _bytes(building),
        }


def _building(target: Path) -> Path:
    return target.with_name(f".{target.name}.building")


def _bytes(folder: Path) -> int:
    files = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files)


def _next_step(said: str) -> str:
    return next(
        (step for pattern, step in _NEXT_STEPS if re.search(pattern, said)),
        "See uv's lines above, and start the job again when their cause is gone.",
    )


def _prove(python: str, imports: tuple[str, ...], next_step: str) -> None:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
