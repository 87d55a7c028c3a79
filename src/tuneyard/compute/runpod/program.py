"""What a pod runs: the runner and one recipe as a text that fits into an environment variable.

The sources are minified, compressed, and written with 83 characters that
neither a shell, nor JSON, nor RunPod's templates have any other meaning for. `boot.sh`
makes runner.pyz of it again. See docs/decisions/0011; and 0016 for one that is too large
for that, whose recipe comes later.
"""

from __future__ import annotations

import bz2
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tuneyard.runner import pack
from tuneyard.runner.folder import write_bytes

from .smaller import smaller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LEFT_OUT = frozenset("\"$%&'<>\\`{}")
DIGITS = "".join(c for c in map(chr, range(33, 127)) if c not in _LEFT_OUT)

_BYTES, _CHARACTERS = 51, 64  # of a block: 83 ** 64 is a little more than 256 ** 51

# Bytes that travel whole: those of one job leave it 10,000 of its request, those that were
# made before any job was known leave less.
WHOLE = 88_500
WHOLE_FOR_ANY = 95_000
_FIRST = ("__main__.py", "tuneyard/__init__.py", "tuneyard/runner/")  # what a pod begins with


@dataclass(frozen=True)
class Program:
    """`text` is the value of TUNEYARD_PROGRAM, `boot` the script that a pod starts.

    Of a program that is too large to travel whole, `recipe` is what comes later, as an
    input: `runner.pod.making.join` adds it to the rest.
    """

    text: str
    boot: str
    recipe: bytes = b""

    @property
    def bytes(self) -> int:
        return len(self.text) + len(self.boot)


# What the runner asks of a recipe's modules by name, and what ``call`` starts.
_ASKED = ("main", "problems", "plan", "seen", "side_tasks", "CAUSES", "SPEED")
_UNREAD = ("upstream",)  # where a rule's words are from: our documents say it


def program(
    package: str = "", settings: Mapping[str, Any] | None = None, cache: Path | None = None
) -> Program:
    """The runner and a recipe's package (``tuneyard.recipes.piper``).

    With the `settings` of a job, a recipe whose tables are large leaves out what that job
    can't ask for: its module ``travel`` says which. It takes seconds, unless a folder `cache`
    has what was made of the same sources before.
    """
    if not settings:
        return _made(_small(package, cache), WHOLE_FOR_ANY)
    return _made({**_small(package, cache), **_tables(package, settings)}, WHOLE)


def prepared(package: str) -> Iterator[tuple[dict[str, Any], Program]]:
    """Programs that are made before the job is known, and the settings of the jobs each is for.

    The last is for any, and the largest.
    """
    small, texts = _small(package), dict[str, Program]()
    for settings, tables in cases(package):
        key = "\0".join(tables.values())
        if key not in texts:
            texts[key] = _made({**small, **_placed(package, tables)}, WHOLE_FOR_ANY)
        yield settings, texts[key]
    yield {}, program(package)


def cases(package: str) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Settings, and the tables of all jobs with them; nothing of a recipe without any."""
    name = f"{package}.travel"
    return import_module(name).cases() if find_spec(name) else iter(())


def _tables(package: str, settings: Mapping[str, Any]) -> dict[str, bytes]:
    if find_spec(f"{package}.travel") is None:
        return {}
    return _placed(package, import_module(f"{package}.travel").tables(settings))


def _placed(package: str, tables: Mapping[str, str]) -> dict[str, bytes]:
    return {f"{package.replace('.', '/')}/{name}": text.encode() for name, text in tables.items()}


@lru_cache(maxsize=8)
def _small(package: str, cache: Path | None = None) -> dict[str, bytes]:
    place = package.replace(".", "/")
    # A recipe's own ``__init__`` only names it, for the entry point that home finds it by.
    sources = {**pack.sources(package), **({f"{place}/__init__.py": b""} if package else {})}
    begin = ("__main__.py", "tuneyard/runner/__main__.py", *([f"{place}/"] if package else []))
    if cache is None:
        return smaller(sources, begin, _ASKED, _UNREAD)
    known = cache / f"{_key(sources)}.bz2"
    try:
        return _parted(bz2.decompress(known.read_bytes()))
    except (OSError, ValueError):  # not there yet, or damaged
        made = smaller(sources, begin, _ASKED, _UNREAD)
    cache.mkdir(parents=True, exist_ok=True)
    write_bytes(known, bz2.compress(_joined(made)), durable=False)
    return made


def _key(sources: Mapping[str, bytes]) -> str:
    """Names all that decides what the program becomes."""
    own = [
        (files(__package__) / f"{name}.py").read_bytes()
        for name in ("program", "smaller", "needed")
    ]
    parts = [version("python-minifier").encode(), *own, _joined(sources)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _parted(data: bytes) -> dict[str, bytes]:
    parts = data.split(b"\0")
    return dict(zip(map(bytes.decode, parts[::2]), parts[1::2], strict=True))


def boot() -> str:
    lines = (files(__package__) / "boot.sh").read_text(encoding="utf-8").splitlines()
    kept = (line.strip() for line in lines if not line.lstrip().startswith("#"))
    return " ".join(line for line in kept if line)


def _made(sources: Mapping[str, bytes], whole: int) -> Program:
    """In one piece if that has no more bytes than `whole`."""
    made = Program(_as_text(_packed(sources)), boot())
    if made.bytes <= whole:
        return made
    first = {name: sources[name] for name in sources if name.startswith(_FIRST)}
    rest = {name: sources[name] for name in sources if name not in first}
    return Program(_as_text(_packed(first)), boot(), _packed(rest))


def _packed(sources: Mapping[str, bytes]) -> bytes:
    """Tables have a stream of their own: they have hardly a word in common with the modules."""
    modules = {name: source for name, source in sources.items() if name.endswith(".py")}
    tables = {name: source for name, source in sources.items() if name not in modules}
    streams = [_joined(modules), *([b"\0" + _joined(tables)] if tables else [])]
    return b"".join(map(bz2.compress, streams))


def _joined(sources: Mapping[str, bytes]) -> bytes:
    if binary := [name for name, source in sources.items() if b"\0" in source]:
        raise ValueError(f"{binary[0]} is no text, and only texts travel to a pod")
    parts = [part for name, source in sources.items() for part in (name.encode(), source)]
    return b"\0".join(parts)


def _as_text(data: bytes) -> str:
    """Each 51 bytes as a number of 64 digits, the lowest first; the last without its zeros."""
    blocks = (data[at : at + _BYTES] for at in range(0, len(data), _BYTES))
    *whole, last = [_digits(int.from_bytes(block, "little")) for block in blocks]
    return "".join(whole) + last[0] + last[1:].rstrip(DIGITS[0])


def _digits(number: int) -> str:
    found = []
    for _ in range(_CHARACTERS):
        number, digit = divmod(number, len(DIGITS))
        found.append(DIGITS[digit])
    return "".join(found)
