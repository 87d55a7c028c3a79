"""Real git repositories with submodules, made for a test."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    """What git prints, in a repository of the test's own."""
    return subprocess.run(
        ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments],
        env={**os.environ, **WHO},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(folder: Path, files: Mapping[str, str] = {}) -> str:
    """Adds files to a repository, which is made if it is missing; the commit's name."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "more")
    return git(folder, "rev-parse", "HEAD")


def trainer(folder: Path, submodules: Mapping[str, str]) -> str:
    """A trainer's repository with submodules (path to address); the commit's name.

    Each submodule is the repository at ``folder/../<last part of its address>``.
    """
    commit(folder, {"train.py": "print('trains')\n", "utils/common.py": "ONE = 1\n"})
    for path, address in submodules.items():
        real = folder.parent / address.rpartition("/")[2]
        git(folder, "submodule", "add", "--quiet", str(real), path)
        git(folder, "config", "--file", ".gitmodules", f"submodule.{path}.url", address)
    return commit(folder)
