"""Brings the trainer's code with its submodules here, once for all jobs of a revision.

Writes ``vendor.json``: ``path``, ``revision`` (the commit). It lies in
``$TUNEYARD_HOME/vendor/diffusion-pipe/<12 digits of the commit>``, complete or not at all,
and stays as it is: another revision has another folder. Its ``tuneyard.json`` says what it
is made of; its history is not kept.
"""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tuneyard.recipes.diffusion_pipe.prepare.git import (
    Git,
    GitError,
    absolute,
    refuse_missing,
    shown,
)
from tuneyard.recipes.hub.progress import say
from tuneyard.runner.folder import acquire, read_json, read_json_or, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_FACTS = "tuneyard.json"
_ENTRY = "train.py"
_LINK = "160000"  # the mode of a submodule in a tree


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    settings = read_json(Path("settings.json"))
    home = Path(os.environ["TUNEYARD_HOME"]).absolute() / "vendor" / "diffusion-pipe"
    try:
        path = fetch(settings["repository"], settings["revision"], home)
    except GitError as error:
        error.problem.tell()
        return 1
    say(f"The trainer's code is ready: {path}")
    write_json(Path("vendor.json"), {"path": str(path), "revision": settings["revision"]})
    return 0


def fetch(repository: str, revision: str, home: Path) -> Path:
    """The folder below `home` with a revision, which is a whole commit's name. Raises GitError."""
    home.mkdir(parents=True, exist_ok=True)
    target = home / revision[:12]
    if gone(target):
        lock = _alone(home / f".{target.name}.lock")
        try:
            if gone(target):  # somebody else may have fetched it meanwhile
                _fetch(repository, revision, target, lock)
        finally:
            os.close(lock)
    return target


def gone(target: Path) -> list[str]:
    """What is missing of a folder: names of submodules, or of the entry."""
    inside = read_json_or(target / _FACTS, {}).get("submodules", {})
    names = [name for name in inside if _is_empty(target / name)]
    return names if (target / _ENTRY).is_file() else [*names, _ENTRY]


def _alone(path: Path) -> int:
    lock = acquire(path)
    if lock is None:
        say("Another job is fetching the trainer's code: waiting for it.")
        lock = acquire(path, wait=math.inf)
    assert lock is not None  # noqa: S101 - waited without end
    return lock


def _fetch(repository: str, revision: str, target: Path, lock: int) -> None:
    """Into a folder beside `target`, which takes its place when it is complete.

    What a killed one had fetched is used again.
    """
    refuse_missing(repository)
    folder = Path(repository).expanduser()
    local = repository.startswith("file://") or folder.is_dir()
    url = str(folder.absolute()) if folder.is_dir() else repository
    git, part = Git(local=local, lock=lock), target.with_name(f".{target.name}.part")
    say(f"Fetching the trainer's code from {shown(url)}, revision {revision[:12]}.")
    git.fetch(part, url, revision, "the trainer's code")
    submodules = dict(_submodules(git, part, "", url))
    facts = {"repository": shown(url), "revision": revision, "submodules": submodules}
    write_json(part / _FACTS, {"format": 1, **facts})
    if names := gone(part):
        raise _incomplete(names)
    for inside in list(part.rglob(".git")):
        shutil.rmtree(inside)
    if target.exists():  # of which something was removed
        shutil.rmtree(target)
    part.replace(target)


def _submodules(git: Git, part: Path, above: str, base: str) -> Iterator[tuple[str, str]]:
    """Fetches those of a checkout, and theirs; their paths and commits."""
    folder = part / above
    pins = _pins(git, folder)
    addresses = _addresses(git, folder) if pins else {}
    for number, (path, commit) in enumerate(pins.items(), 1):
        name = above + path
        if path not in addresses:
            if above:  # what others forgot in theirs is not needed
                continue
            raise _incomplete([path])
        if not (part / name).resolve().is_relative_to(part.resolve()):
            raise _incomplete([name])
        say(f"Fetching {name} ({number} of {len(pins)}).")
        url = absolute(addresses[path], base)
        try:
            git.fetch(part / name, url, commit, name)
        except GitError as error:
            raise _of_part(error.problem, name) from error
        yield name, commit
        yield from _submodules(git, part, f"{name}/", url)


def _pins(git: Git, folder: Path) -> dict[str, str]:
    entries = git(folder, "ls-tree", "-r", "-z", "HEAD").split("\0")
    pairs = (entry.partition("\t")[::2] for entry in entries if entry.startswith(_LINK))
    return {path: about.split()[2] for about, path in pairs}


def _addresses(git: Git, folder: Path) -> dict[str, str]:
    """Addresses by path, as ``.gitmodules`` has them."""
    if not (folder / ".gitmodules").is_file():
        return {}
    named: dict[str, dict[str, str]] = {}
    for entry in git(folder, "config", "--file", ".gitmodules", "--null", "--list").split("\0"):
        key, _, value = entry.partition("\n")
        name, _, kind = key.rpartition(".")
        named.setdefault(name, {})[kind] = value
    return {each["path"]: each["url"] for each in named.values() if {"path", "url"} <= each.keys()}


def _of_part(problem: Problem, name: str) -> GitError:
    """Whose address or commit is not the user's own, but what the repository says of it."""
    if not problem.field:  # the network, the disk
        return GitError(problem)
    sentence = f"{problem.sentence} The trainer's code names it as its {name}."
    next_step = (
        "Name a `repository` whose .gitmodules says where else it lies, or tell git of a copy:"
        " git config --global url.COPY.insteadOf ADDRESS."
    )
    return GitError(Problem(sentence, problem.code, problem.field, next_step))


def _incomplete(names: list[str]) -> GitError:
    return GitError(
        Problem(
            f"The trainer's code is not complete: {', '.join(names)} is missing.",
            "vendor-incomplete",
            "repository",
            "Name a repository of diffusion-pipe with all its submodules.",
        )
    )


def _is_empty(folder: Path) -> bool:
    return not folder.is_dir() or all(item.name == ".git" for item in folder.iterdir())
