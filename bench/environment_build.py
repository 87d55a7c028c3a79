"""Builds Piper's environment by our step (uv) and by pip, with empty caches and with full ones.

Takes some minutes and gigabytes of temporary disk. Run: .venv/bin/python bench/environment_build.py
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import say, seconds

from tuneyard.recipes.piper import steps


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for caches in ("empty", "full"):
            ours, pip = [seconds(lambda: by_step(root))], [seconds(lambda: by_pip(root))]
            say(f"Piper's environment, caches {caches} (rival: pip)", ours, pip, "5 times faster")
        again = [seconds(lambda: by_step(root, keep=True)) for _ in range(3)]
        say("the environment step of a second job (rival: the first)", again, ours * 3, "under 1 s")


def by_step(root: Path, *, keep: bool = False) -> None:
    home, work = root / "home", root / "work"
    if not keep:
        shutil.rmtree(home / "envs", ignore_errors=True)
    work.mkdir(exist_ok=True)
    spec = {
        "requirements": steps.requirements({}),
        "python": ">=3.10,<3.14",
        "preferred": os.path.realpath(sys.executable),
        "named": "",
        "imports": ["torch"],
        "size_gb": {},
    }
    (work / "environment.json").write_text(json.dumps(spec))
    environment = {**os.environ, "TUNEYARD_HOME": str(home), "UV_CACHE_DIR": str(root / "uv")}
    run(
        [
            sys.executable,
            "-m",
            "tuneyard.runner",
            "call",
            "tuneyard.runner.environment",
            "environment.json",
        ],
        work,
        environment,
    )


def by_pip(root: Path) -> None:
    venv = root / "venv"
    shutil.rmtree(venv, ignore_errors=True)
    environment = {**os.environ, "PIP_CACHE_DIR": str(root / "pip")}
    python = os.path.realpath(sys.executable)
    run([python, "-m", "venv", str(venv)], root, environment)
    run(
        [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", *steps.requirements({})],
        root,
        environment,
    )


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
