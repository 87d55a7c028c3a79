import ast
from textwrap import dedent

import pytest

from tuneyard.compute.runpod.needed import needed


def left(sources: dict[str, str], *asked: str) -> dict[str, str]:
    """What is needed from main.py on, file by file."""
    trees = {name: ast.parse(dedent(text)) for name, text in sources.items()}
    return {name: ast.unparse(trees[name]) for name in needed(trees, ["main.py"], asked)}


def test_a_name_is_followed_to_where_it_is_from_and_nowhere_else() -> None:
    found = left(
        {
            "main.py": "from one import check\ncheck()",
            "one.py": "def check(): return _more()\ndef _more(): rights = 1",
            "two.py": "def rights(): pass",
            "three.py": "def check(): pass",
        }
    )
    assert set(found) == {"main.py", "one.py"}
    assert "_more" in found["one.py"]


def test_the_same_name_in_another_module_that_is_needed_too_keeps_nothing() -> None:
    found = left(
        {
            "main.py": "import other\nfrom one import check\ncheck()\nother.run()",
            "one.py": "def check(): pass",
            "other.py": "def run(): pass\ndef unheard(): check()\ndef check(): pass",
        }
    )
    assert "unheard" not in found["other.py"]


def test_a_module_knows_things_by_the_module_they_are_in() -> None:
    found = left(
        {
            "main.py": "from package import tools as t\nt.cut()",
            "package/__init__.py": "",
            "package/tools.py": "def cut(): pass\ndef glue(): pass",
        }
    )
    assert "cut" in found["package/tools.py"]
    assert "glue" not in found["package/tools.py"]


@pytest.mark.parametrize(
    "use",
    [
        "from package import inner\ninner.cut()",
        "from package import cut\ncut()",
        "import package\npackage.inner.cut()",
        "from package import again\nagain.cut()",
        "def later():\n    from package import inner\n    inner.cut()\nlater()",
        "from package import inner\nused = inner\nused.cut()",
        "from package import inner\ngetattr(inner, 'cut')()",
        "from package import inner\nprint(inner, 'cut')",
        "from package import perhaps\nperhaps.cut()",
    ],
)
def test_every_way_to_a_function_keeps_it(use: str) -> None:
    package = """
    from . import inner
    from . import inner as again
    from .inner import cut
    try:
        from . import inner as perhaps
    except ImportError:
        pass
    """
    found = left(
        {
            "main.py": use,
            "package/__init__.py": package,
            "package/inner.py": "def cut(): return glue()\ndef glue(): pass\ndef paint(): pass",
        }
    )
    assert "def cut" in found["package/inner.py"]
    assert "def glue" in found["package/inner.py"]
    assert "paint" not in found["package/inner.py"]


def test_a_function_hides_the_module_of_the_same_name() -> None:
    found = left(
        {
            "main.py": "from package import access\naccess()",
            "package/__init__.py": "from .access import access",
            "package/access.py": "def access(): pass\ndef rights(): access.rights",
        }
    )
    assert "rights" not in found["package/access.py"]


def test_a_string_that_names_a_module_reaches_it_and_what_it_is_asked_for() -> None:
    found = left(
        {
            "main.py": "COMMAND = ('call', 'package.step')\nprint(COMMAND)",
            "package/__init__.py": "",
            "package/step.py": "def main(): pass\ndef other(): pass",
        },
        "main",
    )
    assert found["package/step.py"] == "def main():\n    pass"


def test_what_a_module_does_is_done() -> None:
    text = """
    import os, re
    os.environ["A"] = "1"
    for name in "ab":
        pass
    REGISTERED = print("at import")
    PATTERN = re.compile(name)
    number: int = 1
    unused = 3
    """
    (text,) = left({"main.py": text}).values()
    assert "os.environ" in text
    assert "for " in text
    assert "at import" in text
    assert "number" in text
    assert "import re" not in text
    assert "PATTERN" not in text
    assert "unused" not in text


def test_globals_reach_whatever_is_named() -> None:
    text = "def one(): pass\ndef two(): pass\nglobals()['one']()"
    (text,) = left({"main.py": text}).values()
    assert "one()" in text
    assert "two" not in text


def test_methods_that_nobody_names_are_left_out() -> None:
    text = """
    class Plain:
        def __init__(self): self.size = 1
        def called(self): return self.inner
        @property
        def inner(self): return 1
        def by_string(self): pass
        def _listed(self): pass
        routes = {"GET": _listed}
        def unheard(self): return self.deeper()
        def deeper(self): pass

    class Based(Plain):
        def overrides(self): pass

    class Empty:
        def unheard(self): pass

    Plain().called(), getattr(Based(), "by_string"), Empty()
    """
    (text,) = left({"main.py": text}).values()
    for kept in ("__init__", "called", "inner", "by_string", "_listed", "overrides"):
        assert f"def {kept}" in text
    assert "unheard" not in text
    assert "deeper" not in text
    assert "class Empty:\n    pass" in text


def test_it_says_what_others_know_by_name() -> None:
    sources = {
        "main.py": "from one import first\nimport package.two as two\nfirst(two.second)",
        "one.py": "def first(x): return _own()\ndef _own(): pass",
        "package/__init__.py": "",
        "package/two.py": "def second(): pass",
    }
    trees = {name: ast.parse(text) for name, text in sources.items()}
    known = needed(trees, ["main.py"], ["main"])
    assert known["one.py"] == {"first"}
    assert "second" in known["package/two.py"]
