"""What a pod runs: the runner and one recipe as a text that fits into an environment variable.

The sources are minified, compressed as one stream, and written with 83 characters that
neither a shell, nor JSON, nor RunPod's templates have any other meaning for. `boot.sh`
makes runner.pyz of it again. See docs/decisions/0011.
"""

from __future__ import annotations

import bz2
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import python_minifier

from tuneyard.runner import pack

_LEFT_OUT = frozenset("\"$%&'<>\\`{}")
DIGITS = "".join(c for c in map(chr, range(33, 127)) if c not in _LEFT_OUT)

_BYTES, _CHARACTERS = 51, 64  # of a block: 83 ** 64 is a little more than 256 ** 51


@dataclass(frozen=True)
class Program:
    """`text` is the value of TUNEYARD_PROGRAM, `boot` the script that a pod starts."""

    text: str
    boot: str

    @property
    def bytes(self) -> int:
        return len(self.text) + len(self.boot)


@lru_cache(maxsize=8)
def program(package: str = "") -> Program:
    """The runner and a recipe's package (``tuneyard.recipes.piper``). Takes seconds at first."""
    small = {
        name: _minified(source, name) if name.endswith(".py") else source
        for name, source in pack.sources(package).items()
    }
    return Program(_as_text(bz2.compress(_joined(small))), boot())


def boot() -> str:
    lines = (files(__package__) / "boot.sh").read_text(encoding="utf-8").splitlines()
    kept = (line.strip() for line in lines if not line.lstrip().startswith("#"))
    return " ".join(line for line in kept if line)


def _minified(source: bytes, name: str) -> bytes:
    """Without comments, docstrings and annotations but those of dataclasses; names stay."""
    annotations = python_minifier.RemoveAnnotationsOptions(remove_class_attribute_annotations=False)
    text = python_minifier.minify(
        source.decode(),
        name,
        remove_annotations=annotations,
        remove_literal_statements=True,
        hoist_literals=False,
        rename_globals=False,
    )
    return text.encode()


def _joined(sources: dict[str, bytes]) -> bytes:
    parts = [part for name, source in sources.items() for part in (name.encode(), source)]
    if any(b"\0" in part for part in parts):
        raise ValueError("a recipe's files are texts: they travel in an environment variable")
    return b"\0".join(parts)


def _as_text(data: bytes) -> str:
    """Each 51 bytes as a number of 64 digits, the lowest first."""
    blocks = (data[at : at + _BYTES].ljust(_BYTES, b"\0") for at in range(0, len(data), _BYTES))
    return "".join(_digits(int.from_bytes(block, "little")) for block in blocks)


def _digits(number: int) -> str:
    found = []
    for _ in range(_CHARACTERS):
        number, digit = divmod(number, len(DIGITS))
        found.append(DIGITS[digit])
    return "".join(found)
