import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tuneyard.compute.runpod.smaller import smaller

SOURCES = {
    "__main__.py": """
from package.used import main
main()
""",
    "package/__init__.py": "",
    "package/used.py": '''
"""A docstring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from . import helpers
from .helpers import said as spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLE: dict[str, int] = {"one": 1}
_UNUSED_TABLE = {"two": 2}
__all__ = ["main", "unused"]


@dataclass(frozen=True)
class Field:
    name: str
    known: ClassVar[int] = 3
    values: Mapping[str, Any] = field(default_factory=dict)
    untold: int = 0


class Pair(NamedTuple):
    left: Field | None
    right: int = 2


def main() -> None:
    """Says all."""
    number: int = _plus(_TABLE["one"], added=2)
    later: str
    print(number, Field("x", untold=1), Pair(None), spoken(), helpers.by_attribute())
    print(getattr(helpers, "by_string")())


def unused() -> None:
    return _plus(5)


def _plus(number: int, added: int = 1) -> int:
    return number + added


if __name__ == "__main__":
    print("never")
''',
    "package/helpers.py": """
def said() -> str:
    return _private()

def by_attribute(): return 1
def by_string(): return 2
def by_nobody(): return only_by_it()
def only_by_it(): return 3
def _private(): return "said"
""",
    "package/unreached.py": "def main(): raise SystemExit(1)\n",
    "package/table.tsv": "id\tname\n",
}


@pytest.fixture
def made() -> dict[str, bytes]:
    sources = {name: text.encode() for name, text in SOURCES.items()}
    return smaller(sources, ["__main__.py"], ["main"])


def test_it_does_the_same(made: dict[str, bytes], runner_python: str, tmp_path: Path) -> None:
    said = []
    for name, sources in (("whole", SOURCES), ("small", made)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path, text in sources.items():
                archive.writestr(path, text)
        command = [runner_python, "-I", "-S", str(tmp_path / name)]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1]
    assert "said 1\n2" in said[1]


def test_what_nothing_mentions_is_left_out(made: dict[str, bytes]) -> None:
    text = b"\n".join(made.values()).decode()
    for gone in (
        "unused",
        "by_nobody",
        "only_by_it",
        "_UNUSED_TABLE",
        "docstring",
        "Mapping",
        "never",
        "__all__",
        "TYPE_CHECKING",
        "__future__",
    ):
        assert gone not in text
    for kept in ("by_attribute", "by_string", "ClassVar", "Field"):
        assert kept in text


def test_private_names_become_short(made: dict[str, bytes]) -> None:
    text = b"\n".join(made.values()).decode()
    assert "_plus" not in text
    assert "_private" not in text
    assert "_TABLE" not in text


def test_modules_that_nothing_imports_are_left_out(made: dict[str, bytes]) -> None:
    assert "package/unreached.py" not in made
    assert made["package/table.tsv"] == b"id\tname\n"


def test_where_it_begins_is_kept_and_so_is_what_a_string_names() -> None:
    sources = {
        "package/__init__.py": b"",
        "package/begin.py": b'COMMAND = ("call", "package.named")',
        "package/named.py": b"def main(): pass",
        "other.py": b"",
    }
    assert set(smaller(sources, ["package/begin"], ["COMMAND"])) == {
        "package/__init__.py",
        "package/begin.py",
        "package/named.py",
    }


def test_parameters_become_short_that_nobody_passes_by_name() -> None:
    source = b"""
import json
from elsewhere import Based

class Own:
    def __init__(self, in_order): self.it = in_order
    @classmethod
    def of(cls, told): return cls(**told)

class Plain:
    def __init__(self, positional): self.it = positional

class Theirs(Based):
    def forward(self, from_outside): return from_outside

def public(first, named): return first + named
def spread(anything): return anything

print(public(1, named=2), spread(**{"anything": 1}), Own.of({"in_order": 1}), Plain(1), Theirs())
print(sorted([2, 1], key=lambda number: -number))
"""
    text = smaller({"a.py": source}, ["a.py"], [])["a.py"].decode()
    for gone in ("first", "positional", "number"):
        assert gone not in text
    for kept in ("named", "anything", "in_order", "from_outside"):
        assert text.count(kept) > 1


def test_only_the_function_that_is_called_keeps_a_name_for_it() -> None:
    source = b"""
def called(first, told): return first + told
def other(first, told): return first - told
class Own:
    def method(self, asked): return asked
print(called(1, told=2), other(1, 2), Own().method(asked=3))
"""
    text = smaller({"a.py": source}, ["a.py"], [])["a.py"].decode()
    assert "def called(A,told)" in text
    assert "def other(A,B)" in text  # nobody asks this one by name
    assert re.search(r"def method\(\w,asked\)", text)


@pytest.mark.parametrize(
    "call",
    [
        "do = called; do(told=1)",
        "held.do = called; held.do(told=1)",
        "[called][0](told=1)",
        "(lambda do: do(told=1))(called)",
        "import functools; functools.partial(called, told=1)()",
        "from a import called as do; do(told=1)",
        "Heir(told=1)",
        "Heir.__init__(Base(1), told=1)",
        "called(**{'told': 1})",
        "import threading; threading.Thread(target=called, kwargs={'told': 1}).start()",
    ],
)
def test_a_function_keeps_what_it_may_be_called_by_under_another_name(call: str) -> None:
    source = f"""
def called(told): return told
class Base:
    def __init__(self, told): self.it = told
class Heir(Base): pass
held = Base(called(1))
{call}
print(Heir(2).it)
"""
    text = smaller({"a.py": source.encode()}, ["a.py"], [])["a.py"].decode()
    where = "def __init__(" if "Heir" in call else "def called("
    assert "told" in text.partition(where)[2].partition(")")[0]
    run = text.replace("from a import called as do", "do = called")
    exec(compile(run, "a.py", "exec"), {})


def test_what_is_only_called_by_its_own_name_keeps_nothing_for_others() -> None:
    source = b"""
import functools
def handed_on(told): return told
def called(told): return told
@functools.lru_cache
def decorated(told): return told
class Own:
    def __call__(self, told): return told
for do in [handed_on, Own(), lambda told: told]: print(do(told=1))
print(called(2), decorated(3))
"""
    text = smaller({"a.py": source}, ["a.py"], [])["a.py"].decode()
    assert "def called(A)" in text
    assert "def handed_on(told)" in text
    assert "def decorated(told)" in text
    assert re.search(r"def __call__\(\w,told\)", text)
    assert "lambda told:" in text
    exec(compile(text, "a.py", "exec"), {})


def test_fields_that_nobody_reads_there_stay_here() -> None:
    source = b"""
from dataclasses import dataclass
@dataclass
class Rule:
    code: str
    origin: str = ""
print(Rule("one", origin="somebody"))
"""
    text = smaller({"a.py": source}, ["a.py"], [], ["origin"])["a.py"].decode()
    assert "code" in text
    assert "origin" not in text
    assert "somebody" not in text


def test_a_name_that_is_imported_keeps_it_though_private() -> None:
    sources = {
        "a.py": b"from b import _hidden\n_hidden()",
        "b.py": b"def _hidden(): return _more()\ndef _more(): return 1",
    }
    made = smaller(sources, ["a.py"], [])
    assert b"_hidden" in made["b.py"]
    assert b"_more" not in made["b.py"]


def test_a_string_within_a_string_is_written_for_older_pythons() -> None:
    source = b"""
names, width, found = ["a", "b"], 9, {"x": 2.5}
print(f"{', '.join(names)!r:>{width}} {{kept}} {found['x']:.2f} {f'{width}'}")
print(f"{width:>4} {names!r}")
"""
    text = smaller({"a.py": source}, ["a.py"], [])["a.py"]
    assert text.count(b".format(") == 1
    assert len(re.findall(rb"\bf[\"']", text)) == 2  # one inside, one with nothing inside
    said = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
        for script in (source, text)
    ]
    assert said[0] == said[1] == b"   'a, b' {kept} 2.50 9\n   9 ['a', 'b']\n"
