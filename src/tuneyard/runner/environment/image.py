"""The torch that a pod's image brings: some GB that needn't be fetched again.

An environment is then resolved as if that torch were the newest, installed without it, and
given the image's packages beside its own. uv can't do the last by itself: it takes no
account of what lies outside of an environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_PYTHONS = ("python", "python3", *(f"python3.{minor}" for minor in range(14, 9, -1)))
_ELSEWHERE = ("/opt/conda/bin/python", "/opt/venv/bin/python", "/usr/local/bin/python3")

_PINNED = ("torch", "torchvision", "torchaudio")
_PARTS = re.compile(r"torch|triton|pytorch-triton|nvidia-.*")  # what comes with torch, and only so

_ASK = """
import json, sys
from importlib.metadata import distributions
found = [(d.metadata["Name"], d.version) for d in distributions()]
print()
print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:3])),
    "sites": [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))],
    "packages": {name: version for name, version in reversed(found) if name},
}))
"""


@dataclass(frozen=True)
class Image:
    """A Python of the image that has torch. `packages` maps names to versions."""

    python: str
    version: str
    sites: tuple[str, ...]
    packages: Mapping[str, str]

    @property
    def torch(self) -> str:
        return self.packages["torch"]

    @property
    def facts(self) -> list[str]:
        """All that an environment built on it relies on."""
        return [self.python, self.version, *(f"{n}=={v}" for n, v in sorted(self.packages.items()))]

    def pins(self) -> str:
        """Constraints by which what is resolved fits: versions as an index has them, which knows
        nothing of the image's own builds (``2.8.0+cu128``).
        """
        pinned = ((name, self.packages.get(name)) for name in _PINNED)
        return "".join(f"{name}=={v.partition('+')[0]}\n" for name, v in pinned if v)

    def without(self, requirements: str) -> str:
        """Of what was resolved, one requirement a line, that which the image doesn't have."""
        lines = requirements.splitlines(keepends=True)
        return "".join(line for line in lines if not self._brings(_name(line)))

    def share(self, packages: Path) -> None:
        """Lets an environment with this ``site-packages`` see the image's beside its own."""
        lines = (f"import site; site.addsitedir({site!r})\n" for site in self.sites)
        (packages / "_image.pth").write_text("".join(lines), encoding="utf-8")

    def _brings(self, name: str) -> bool:
        return bool(_PARTS.fullmatch(name)) or (name in _PINNED and name in self.packages)


def find(preferred: str, fits: Callable[[str], bool]) -> Image | None:
    """The first Python of the image with a torch and a version that `fits`."""
    for python in _pythons(preferred):
        image = _ask(python)
        if image is not None and fits(image.version):
            return image
    return None


def _pythons(preferred: str) -> Iterable[str]:
    """Those that an image may have, each once whatever names lead to it."""
    named = [preferred, *(shutil.which(name) for name in _PYTHONS), *_ELSEWHERE]
    found: dict[tuple[str, Path], str] = {}
    for path in named:
        if path and os.access(path, os.X_OK):
            # By its folder too: a link of an environment leads to a Python that knows nothing of it.
            found.setdefault((os.path.realpath(path), Path(path).parent.resolve()), path)
    return found.values()


def _ask(python: str) -> Image | None:
    try:
        done = subprocess.run(
            [python, "-c", _ASK], cwd="/", capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    told = json.loads(done.stdout.splitlines()[-1])
    packages = dict(_normalized(told["packages"]))
    if "torch" not in packages:
        return None
    return Image(python, told["version"], tuple(told["sites"]), packages)


def _normalized(packages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((_name(name), version) for name, version in packages.items())


def _name(requirement: str) -> str:
    """The name that a requirement begins with, as indexes write it; "" for a comment."""
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""
