"""What an environment is to hold, and all that decides it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.runner import pipconfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .image import Image

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

_ASK_VERSION = "import sys; print(*sys.version_info[:3], sep='.')"


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


@dataclass(frozen=True)
class Base:
    """The Python to build with: what uv is asked for, its tag if it is known, and the image
    whose torch is to be used.
    """

    request: str
    tag: str = ""
    image: Image | None = None

    @classmethod
    def of(cls, spec: Spec) -> Base:
        version = version_of(spec.preferred) if spec.preferred else ""
        if version and fits(version, spec.python):
            return cls(spec.preferred, _tag(version))
        return cls(spec.python)  # uv looks for one in the range, and may fetch it

    @classmethod
    def on(cls, image: Image) -> Base:
        return cls(image.python, _tag(image.version), image)


@dataclass(frozen=True)
class Choices:
    """What uv runs with: pip's configuration in its terms, and where torch comes from."""

    environ: Mapping[str, str]
    options: tuple[str, ...]

    @classmethod
    def of(cls, base: Base) -> Choices:
        config = pipconfig.read()
        environ = os.environ | pipconfig.for_uv(config)
        if base.image is None and not pipconfig.decides_torch(config, base.tag):
            environ.setdefault("UV_TORCH_BACKEND", "auto")
        return cls(environ, tuple(pipconfig.uv_options(config)))

    @property
    def automatic(self) -> bool:
        """Whether uv chooses torch by the GPU that it finds."""
        return self.environ.get("UV_TORCH_BACKEND") == "auto"


def name_of(spec: Spec, base: Base, choices: Choices) -> str:
    """Sixteen hex digits for everything that decides what an environment holds."""
    environ = choices.environ
    facts = {
        "requirements": sorted(spec.requirements),
        "python": base.tag or base.request,
        "platform": [sys.platform, platform.machine()],
        "uv": [pipconfig.without_credentials(environ.get(name, "")) for name in _DECISIVE],
        "options": choices.options,
        "constraints": [_text(path) for path in environ.get("UV_CONSTRAINT", "").split()],
        "gpu": choices.automatic and has_gpu(),  # what was built for none would not use one
    }
    if base.image is not None:
        facts["image"] = base.image.facts
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _tag(version: str) -> str:
    return "cp" + "".join(version.split(".")[:2])


def version_of(python: str) -> str:
    ask = [python, "-I", "-S", "-c", _ASK_VERSION]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def fits(version: str, wanted: str) -> bool:
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


def has_gpu() -> bool:
    """Whether the driver of an NVIDIA or an AMD card is there."""
    drivers = (Path("/proc/driver/nvidia/version"), Path("/dev/kfd"))
    return shutil.which("nvidia-smi") is not None or any(path.exists() for path in drivers)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
