"""Results go to the Hub, into a repository that is made for them if it is missing."""

from __future__ import annotations

import hashlib
import urllib.parse
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.downloads import digest, mb
from tuneyard.recipes.hub import client, problems
from tuneyard.recipes.hub.about import WRITE, About, token
from tuneyard.recipes.hub.client import TRIES
from tuneyard.recipes.hub.problems import HubError
from tuneyard.recipes.hub.progress import count_files, say, speaking, still
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def push_files(
    repository: str,
    files: Mapping[str, Path],
    into: str,
    *,
    private: bool,
    message: str,
    tries: int = TRIES,
) -> str:
    """Puts files (path below `into`, path here) into a model repository, in one commit.

    The repository is made if it is missing; only what differs is sent. Nothing is
    ever put into a public repository when a private one is asked for. Returns the
    address of the place. Raises HubError.
    """
    secret = token(WRITE)
    about = About(repository, "model", WRITE, bool(secret), writing=True)
    if not secret:
        raise HubError(problems.token_wanted(about))
    api = client.api(secret)
    client.patiently(lambda: _make_repository(api, about, private=private), about, tries)
    into = into.strip("/")
    placed = {below(into, name): path for name, path in files.items()}
    changed = client.patiently(lambda: _changed(api, about, placed), about, tries)
    address = f"{about.page}/tree/main/{urllib.parse.quote(into)}" if into else about.page
    if not changed:
        say(f"Nothing new for {address}: {count_files(len(placed))} lie there already.")
        return address
    size = sum(path.stat().st_size for path in changed.values())
    say(f"Pushing {count_files(len(changed))}, {mb(size)}, to {repository}.")
    with speaking(still("pushing")):
        client.patiently(lambda: _commit(api, about, changed, message), about, tries)
    for name in sorted(changed):
        say(f"  {name}")
    say(f"Pushed to {address}")
    return address


def below(into: str, name: str) -> str:
    """A file's path in a repository, of its path in a folder there."""
    return f"{into.strip('/')}/{name}".lstrip("/")


def _make_repository(api: Any, about: About, *, private: bool) -> None:
    """Asks first: a token may well write to a repository without a right to create one."""
    missing = client.library().errors.RepositoryNotFoundError
    try:
        info = api.repo_info(about.repository, repo_type=about.kind, timeout=client.ANSWER_WITHIN)
    except missing:
        api.create_repo(about.repository, repo_type=about.kind, private=private, exist_ok=True)
        say(f"Made the {'private' if private else 'public'} repository {about.repository}.")
        return
    if private and not info.private:
        raise HubError(
            Problem(
                f"{about.repository} is public, and this job asks for a private repository:"
                " nothing was pushed.",
                "hub-public",
                next_step="Make it private on the Hub, name another one, or choose public results.",
            )
        )


def _changed(api: Any, about: About, files: Mapping[str, Path]) -> dict[str, Path]:
    entries = api.get_paths_info(about.repository, list(files), repo_type=about.kind)
    there = {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}
    return {
        name: path
        for name, path in files.items()
        if name not in there or not _is_same(path, there[name])
    }


def _is_same(path: Path, entry: Any) -> bool:
    """Compares as the Hub names content: SHA-256 for large files, git's blob id for others."""
    size = path.stat().st_size
    git = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    name, sums = (entry.lfs.sha256, None) if entry.lfs else (entry.blob_id, git)
    return bool(size == entry.size and digest(path, sums) == name)


def _commit(api: Any, about: About, files: Mapping[str, Path], message: str) -> None:
    add = client.library().CommitOperationAdd
    api.create_commit(
        about.repository,
        [add(path_in_repo=name, path_or_fileobj=path) for name, path in files.items()],
        commit_message=message,
        repo_type=about.kind,
    )
