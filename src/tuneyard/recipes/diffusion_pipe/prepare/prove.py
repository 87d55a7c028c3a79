"""Proves that the trainer's imports work, as the training will do them, before hours are spent.

Runs under the trainer's Python. What ``train.py`` imports is imported in the same order, from
the same folder, then the module of the chosen model: upstream's folder ``utils`` is found only
as long as no other package has that name, and ComfyUI has one.

Adds to ``vendor.json`` the folders in ``pythonpath`` that training needs on PYTHONPATH: one with
a stand-in for flash-attn, for the models that can't do without it.

Loading torch and DeepSpeed takes ten seconds and more. So what worked is remembered in the
checkout, for as long as the same packages are installed.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.runner.folder import read_json, write_json, write_text
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FLASH = ("wan", "hunyuan-video", "hunyuan_image")
_STAND_IN = Path("attention")
_OTHERS = "pytorch_optimizer"
_PROVED = ".proved"  # a folder in the checkout
_DRIVER = Path("/dev/nvidiactl")

# Tells of what failed: the error, and where the packages lie that may be in the way.
_TRY = """
import importlib.machinery, json, sys, traceback
told = {}
try:
    for line in json.loads(sys.argv[1]):
        exec(line)
except BaseException as error:
    traceback.print_exc()
    missing = getattr(error, "name", None) or ""
    top = sys.modules.get(missing.partition(".")[0])
    told = {"error": type(error).__name__, "said": str(error), "missing": missing, "line": line,
            "places": list(getattr(top, "__path__", ()))}
print("\\n" + json.dumps(told))
"""


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    settings, vendor = read_json(Path("settings.json")), read_json(Path("vendor.json"))
    checkout = Path(vendor["path"])
    vendor["pythonpath"] = _stand_in(settings["model"])
    if old := too_old(checkout):
        old.tell()
        return 1
    source = (checkout / "train.py").read_text(encoding="utf-8")
    lines = list(imports(source, settings["model"], settings["optimizer"]))
    proof = checkout / _PROVED / _mark(lines, len(vendor["pythonpath"]))
    if proof.exists():
        print("The trainer's imports worked before, with the same packages.", flush=True)
    else:
        print("Trying the trainer's imports", flush=True)
        if told := _attempt(checkout, lines, vendor["pythonpath"]):
            what_failed(told, checkout, settings["trainer_python"]).tell()
            return 1
        with contextlib.suppress(OSError):  # then they are tried again
            proof.parent.mkdir(exist_ok=True)
            proof.touch()
        print("The trainer's imports work.", flush=True)
    write_json(Path("vendor.json"), vendor)
    return 0


def too_old(checkout: Path) -> Problem | None:
    """Its caches need a newer Python, which shows only in a process that it then waits for."""
    caches = checkout / "utils" / "cache.py"
    if sys.version_info >= (3, 12) or not caches.is_file():
        return None
    if "autocommit" not in caches.read_text(encoding="utf-8"):
        return None
    return Problem(
        f"The trainer needs Python 3.12 or newer, and {sys.executable} is Python"
        f" {sys.version_info[0]}.{sys.version_info[1]}.",
        "python-old",
        "trainer_python",
        "Name a newer one that has the trainer's packages, or empty `trainer_python`.",
    )


def imports(source: str, model: str, optimizer: str) -> Iterator[str]:
    """The import statements of ``train.py`` in their order, then those for one model and optimizer.

    An optimizer that ``train.py`` doesn't name is one of `_OTHERS`, in the case that it has there.
    """
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield ast.unparse(node)
    known = False
    for choice in ast.walk(tree):
        asks = isinstance(choice, ast.If) and _names(choice.test, optimizer.lower())
        known = known or asks
        if isinstance(choice, ast.If) and (asks or _names(choice.test, model)):
            found = (each for each in choice.body if isinstance(each, (ast.Import, ast.ImportFrom)))
            yield from map(ast.unparse, found)
    if not known and f"import {_OTHERS}" in source:
        yield f"import {_OTHERS}"
        yield f"getattr({_OTHERS}, {optimizer!r})"


def what_failed(told: dict[str, Any], checkout: Path, named: str) -> Problem:
    """What is behind an import that failed."""
    missing, said = told["missing"], told["said"]
    if told["line"].startswith("getattr("):
        return Problem(
            f"There is no such optimizer: {said}.",
            "optimizer",
            "optimizer",
            "Capitals count, as in Prodigy. Choose one of the list.",
        )
    top = missing.partition(".")[0]
    others = [place for place in told["places"] if not Path(place).is_relative_to(checkout)]
    if others and missing:
        return Problem(
            f"Another package is called {top} like one of the trainer's own: {others[0]}.",
            "import-collision",
            next_step="Uninstall it from the trainer's Python, or take it out of PYTHONPATH.",
        )
    if re.search(r"CUDA_HOME|nvcc", said):
        return Problem(
            "DeepSpeed finds no CUDA toolkit.",
            "no-nvcc",
            next_step="Install nvcc, of the version that torch was built for, or name its folder"
            " in CUDA_HOME.",
        )
    if re.search(r"NVIDIA driver|CUDA GPUs|not compiled with CUDA", said):
        return Problem(
            "The trainer finds no NVIDIA GPU.",
            "no-gpu",
            next_step="Look whether nvidia-smi shows one, or choose another place to run.",
        )
    if missing and not missing.startswith(("utils", "models", "comfy")):
        advice = (
            f"Install it for {named}." if named else "Start the job again; report it if it repeats."
        )
        return Problem(f"The trainer's Python has no module {missing}.", "import", next_step=advice)
    return Problem(
        f"The trainer can't be loaded: “{told['line']}” fails with {told['error']}: {said[:300]}",
        "import",
        next_step="If you chose a `repository`, `revision` or `trainer_python`, look there first;"
        f" or remove {checkout}, so that it is fetched again.",
    )


def _mark(*parts: Any) -> str:
    """Another one whenever a package came, went or was installed anew, or a GPU's driver."""
    names, installed = set(), []
    for place in (Path(each) for each in sys.path if each and Path(each).is_dir()):
        entries = sorted(place.iterdir())
        names |= {entry.name for entry in entries if entry.name != "__pycache__"}
        installed += [entry.stat().st_mtime_ns for entry in entries if ".dist-info" in entry.name]
    found = (sys.prefix, sys.version, sorted(names), installed, _DRIVER.exists(), *parts)
    return hashlib.sha256(repr(found).encode()).hexdigest()[:32]


def _attempt(checkout: Path, lines: list[str], pythonpath: list[str]) -> dict[str, Any]:
    # As the training has it: nothing of the user's own is on it.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if pythonpath:
        environ["PYTHONPATH"] = os.pathsep.join(pythonpath)
    done = subprocess.run(
        [sys.executable, "-c", _TRY, json.dumps(lines)],
        cwd=checkout,
        env={**environ, "WANDB_MODE": "disabled"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    last = done.stdout.splitlines()[-1:]
    told: dict[str, Any] = json.loads(last[0]) if last and last[0].startswith("{") else {}
    if done.returncode and not told:
        told = {
            "error": f"exit code {done.returncode}",
            "said": "",
            "missing": "",
            "line": lines[-1],
            "places": [],
        }
    if told:
        print("\n".join(done.stderr.splitlines()[-30:]), flush=True)
    return told


def _stand_in(model: str) -> list[str]:
    if model not in FLASH or importlib.util.find_spec("flash_attn"):
        return []
    target = _STAND_IN / "flash_attn" / "__init__.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, (files(__package__) / "attention.txt").read_text(encoding="utf-8"))
    print("flash-attn is not installed: torch's own attention takes its place.", flush=True)
    return [str(_STAND_IN.absolute())]


def _names(test: ast.expr, model: str) -> bool:
    """Whether a condition asks for this model."""
    return any(isinstance(each, ast.Constant) and each.value == model for each in ast.walk(test))
