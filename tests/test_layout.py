"""The promises of the layout: which way imports point, and what runs anywhere."""

import ast
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "tuneyard"

# Imports run downward only, and never to a neighbour on the same floor. Single files
# beside these folders (errors.py) are the ground that all but the runner stand on.
FLOORS = {
    "cli": 5,  # it starts the server
    "server": 4,
    "site": 4,
    "jobs": 3,
    "compute": 2,
    "recipes": 2,
    "runner": 0,
}
GROUND = 1

# The same inside the two largest packages, where single files have floors of their own.
FLOORS_INSIDE = {
    "tuneyard.jobs.remote": {
        "attend": 5,
        "renting": 4,
        "following": 4,
        "repository": 4,
        "attendant": 3,
        "unheard": 2,
        "terms": 1,
        "mirror": 1,
        "shown": 1,
        "handle": 0,
        "limits": 0,
        "words": 0,
    },
    "tuneyard.recipes.diffusion_pipe": {
        "steps": 7,
        "rules": 6,
        **dict.fromkeys(("check", "look", "needs", "overview", "travel"), 6),
        "finish": 5,
        "traps": 5,
        "at_home": 4,
        "prepare": 4,
        "trainer": 4,
        "data": 3,
        "config": 2,
        "settings": 2,
        "files": 1,
        **dict.fromkeys(("carried", "choices", "closing"), 2),
        "catalog": 0,
        "causes": 0,
        "length": 0,
    },
}


class Import(NamedTuple):
    """One module that a file imports, by its full name.

    `typing` if only for type checkers; `later` if when a function is called.
    """

    name: str
    line: int
    typing: bool
    later: bool


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(module: str) -> Iterator[Import]:
    path = MODULES[module]
    tree = ast.parse(path.read_text())
    typing = _within(
        tree, lambda n: isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)
    )
    later = _within(tree, lambda n: isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = list(_from(node, package))
        else:
            continue
        for name in names:
            yield Import(name, node.lineno, node in typing, node in later)


def _within(tree: ast.AST, outer: Callable[[ast.AST], bool]) -> set[ast.AST]:
    """All that lies inside the parts of a file that `outer` is true of."""
    return {node for part in ast.walk(tree) if outer(part) for node in ast.walk(part)}


def _from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """The modules that ``from x import y`` loads: x.y where that is one, else x."""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
    source = ".".join(part for part in (base, node.module or "") if part)
    for alias in node.names:
        full = f"{source}.{alias.name}"
        yield full if full in MODULES else source


def floor_of(module: str) -> int:
    top = module.split(".")[1]
    if (PACKAGE / top).is_dir():
        assert top in FLOORS, f"say in this test on which floor {top}/ stands"
    return FLOORS.get(top, GROUND)


def points_down(module: str, imported: str) -> bool:
    if imported.split(".")[1] == module.split(".")[1]:
        return True
    here, there = floor_of(module), floor_of(imported)
    return there < here or here == there == GROUND


def test_imports_run_downward_only() -> None:
    wrong = [
        f"{module}:{found.line} imports {found.name}"
        for module in MODULES
        if module != "tuneyard"
        for found in imports_of(module)
        if found.name.startswith("tuneyard.") and not points_down(module, found.name)
    ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not even for a type: who knows another's type knows what it is, and stands above it."""
    below = {
        module: {found.name for found in imports_of(module)} & MODULES.keys() for module in MODULES
    }
    left = set(MODULES)
    while free := {module for module in left if not (below[module] - {module}) & left}:
        left -= free
    assert left == set(), "these are circles, and what imports them"


@pytest.mark.parametrize("package", FLOORS_INSIDE)
def test_imports_inside_a_large_package_run_downward_only(package: str) -> None:
    floors = FLOORS_INSIDE[package]
    inside = {name: part_of(package, name) for name in MODULES if name.startswith(f"{package}.")}
    assert {*inside.values()} == {*floors}
    wrong = [
        f"{module}:{found.line} imports {found.name}"
        for module, here in inside.items()
        for found in imports_of(module)
        if found.name.startswith(f"{package}.") and part_of(package, found.name) != here
        if floors[part_of(package, found.name)] >= floors[here]
    ]
    assert wrong == []


def part_of(package: str, module: str) -> str:
    """The package or the single file inside of a package that a module belongs to."""
    return module.removeprefix(f"{package}.").partition(".")[0]


def packages_of(module: str) -> list[str]:
    """A module and every package on the way to it: importing it runs them all."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def travelling() -> set[str]:
    """What runs wherever a job does: the runner, each recipe's rules and steps, and all that
    these load of a recipe's own, since it is packed into every job.
    """
    todo = [name for name in MODULES if name.startswith("tuneyard.runner")]
    todo += [name for name in MODULES if name.startswith("tuneyard.recipes.") and _is_door(name)]
    found: set[str] = set()
    while todo:
        for module in packages_of(todo.pop()):
            if module not in found:
                found.add(module)
                todo += [i.name for i in imports_of(module) if not i.typing and i.name in MODULES]
    return found


def _is_door(module: str) -> bool:
    return module.rpartition(".")[2] in {"rules", "steps"}


def _strict(module: str) -> bool:
    """Whether it may not even load a library later; a recipe's other modules may, since what
    travels of them is what the strict ones call.
    """
    is_package = MODULES[module].name == "__init__.py"
    return module.startswith("tuneyard.runner") or _is_door(module) or is_package


def test_what_travels_needs_the_standard_library_alone() -> None:
    ours = ("tuneyard.runner", "tuneyard.recipes")
    wrong = [
        f"{module}:{found.line} imports {found.name}"
        for module in sorted(travelling())
        for found in imports_of(module)
        if not found.typing
        and (_strict(module) or not found.later)
        and found.name.partition(".")[0] not in sys.stdlib_module_names
        and not (found.name == "tuneyard" or found.name.startswith(ours))
    ]
    assert wrong == []


def test_the_runner_knows_no_recipe() -> None:
    wrong = [
        f"{module} imports {found.name}"
        for module in MODULES
        if module.startswith("tuneyard.runner")
        for found in imports_of(module)
        if found.name.startswith("tuneyard.") and not found.name.startswith("tuneyard.runner")
    ]
    assert wrong == []


def test_rules_and_steps_are_among_what_travels() -> None:
    doors = {"tuneyard.recipes.piper.rules", "tuneyard.recipes.piper.steps"}
    assert doors | {"tuneyard", "tuneyard.recipes", "tuneyard.runner.environment"} <= travelling()
    assert "tuneyard.recipes.piper.settings" not in travelling()


@pytest.mark.parametrize(
    "module", sorted(travelling() | {m for m in MODULES if m.startswith("tuneyard.recipes")})
)
def test_python_310_reads_it(module: str) -> None:
    ast.parse(MODULES[module].read_text(), feature_version=(3, 10))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import os.path, json", ["os.path", "json"]),
        ("from . import uv", ["tuneyard.runner.uv"]),
        ("from .folder import locked", ["tuneyard.runner.folder"]),
        ("from .. import runner", ["tuneyard.runner"]),
        ("def f():\n    from tuneyard.runner import uv", ["tuneyard.runner.uv later"]),
        ("if TYPE_CHECKING:\n    import torch", ["torch typing"]),
        ("try:\n    import torch\nexcept ImportError: ...", ["torch"]),
    ],
)
def test_every_way_to_import_is_seen(
    text: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample.py").write_text(text)
    monkeypatch.setitem(MODULES, "tuneyard.runner.sample", tmp_path / "sample.py")
    seen = [
        " ".join([i.name, *(mark for mark in ("typing", "later") if getattr(i, mark))])
        for i in imports_of("tuneyard.runner.sample")
    ]
    assert seen == names


def kept_files() -> list[Path]:
    """The project's own files: all but what git ignores."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    ignored.append(".git")
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _matches(Path(folder, name), ignored)]
        kept = (Path(folder, name) for name in names)
        found += [path for path in kept if not _matches(path, ignored)]
    return found


def _matches(path: Path, patterns: list[str]) -> bool:
    """Whether its name, or for a pattern with a slash its place, is one of these."""
    place = str(path.relative_to(ROOT))
    return any(fnmatch(place if "/" in pattern else path.name, pattern) for pattern in patterns)


# In pieces, since this file is one of those that must not hold them.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("pytorch", "org/whl"),
        ("debian", "org"),
    )
]


def test_no_file_names_a_registry() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} names {host}"
        for path in kept_files()
        for host in HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert wrong == []


def test_uvs_lock_stays_out_of_git() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text().split()  # it records addresses


def pins(name: str) -> dict[str, list[str]]:
    """Package to pinned versions, of a list in requirements/; each line must have its hashes."""
    found: dict[str, list[str]] = {}
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        requirement, hashes = line.split(" --hash=", 1)
        assert "sha256:" in hashes
        parsed = Requirement(requirement)
        (pin,) = parsed.specifier
        assert pin.operator == "=="
        found.setdefault(parsed.name, []).append(pin.version)
    return found


def declared() -> dict[str, list[str]]:
    """What pyproject.toml asks for, by the list in requirements/ that fixes it."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    return {
        "runtime.txt": [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["piper"],
        ],
        "test.txt": [*groups["test"], *groups["lint"]],
        "build.txt": [*groups["build"], *project["build-system"]["requires"]],
    }


@pytest.mark.parametrize("name", ["runtime.txt", "test.txt", "build.txt"])
def test_lists_of_versions_follow_pyproject(name: str) -> None:
    fixed = pins(name)
    for text in declared()[name]:
        asked = Requirement(text)
        versions = fixed.get(asked.name.replace("_", "-").lower(), [])
        assert versions, f"{asked.name} is missing: run the command at the top of {name} again"
        assert all(asked.specifier.contains(version) for version in versions), text


@pytest.mark.parametrize("name", ["runtime.txt", "test.txt", "build.txt"])
def test_lists_of_versions_name_no_place(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert " /" not in text
