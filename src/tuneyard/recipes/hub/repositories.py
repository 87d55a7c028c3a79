"""Parts of repositories: what there is, and what is wanted of it.

``hf:owner/name``, with ``@revision`` and a path in it behind if need be, names them.
"""

from __future__ import annotations

import glob
import http.client
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tuneyard.recipes.downloads import mb
from tuneyard.recipes.hub import client, fetching
from tuneyard.recipes.hub.about import READ, About, token
from tuneyard.recipes.hub.addresses import address_of, plain
from tuneyard.recipes.hub.client import TRIES
from tuneyard.recipes.hub.problems import HubError
from tuneyard.recipes.hub.progress import count_files, say, speaking
from tuneyard.runner.folder import read_json_or, write_json
from tuneyard.runner.opening import bearer, opener, request
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tuneyard.recipes.hub.about import Kind

T = TypeVar("T")

_LARGE = 10_000_000  # bytes; see `fetching`
_NAMED = re.compile(r"hf:(?P<repository>[\w.-]+/[\w.-]+)(@(?P<revision>[^/@]+))?(/(?P<path>.*))?")


class Named(NamedTuple):
    """A repository's owner/name, a revision ("" for the newest), and a path in it, or "" for all."""

    repository: str
    revision: str
    path: str

    @property
    def shelf(self) -> str:
        """As a folder's name."""
        revision = f"@{plain(self.revision)}" if self.revision else ""
        return f"{self.repository.replace('/', '--')}{revision}"


def named(text: str) -> Named:
    """Raises HubError."""
    found = _NAMED.fullmatch(text)
    if not found or ".." in (found["path"] or "").split("/"):
        raise HubError(
            Problem(
                f"{text} names nothing on the Hub.",
                "hub-name",
                next_step="Write it as hf:owner/name, or hf:owner/name/path/of/a/file.",
            )
        )
    return Named(found["repository"], found["revision"] or "", (found["path"] or "").strip("/"))


class Listing(NamedTuple):
    """What a repository holds at a commit: of each file its bytes, of large ones SHA-256.

    `only` are patterns of these files.
    """

    about: About
    commit: str
    sizes: Mapping[str, int]
    sums: Mapping[str, str]
    only: Sequence[str] = ()

    def of(self, paths: Iterable[str]) -> Listing:
        """Of these files alone."""
        sizes = {path: self.sizes[path] for path in paths}
        return self._replace(sizes=sizes, only=[*map(glob.escape, sizes)])


def look(repository: str, revision: str, kind: Kind, only: Sequence[str] = ()) -> Listing:
    """Asks what there is, but for hidden files; `only` as for `fetch_dataset`. Raises HubError."""
    secret = token(READ)
    about = About(repository, kind, READ, bool(secret), revision=revision)
    api = client.api(secret)
    found = client.patiently(lambda: fetching.listing(api, about, only), about, TRIES)
    return Listing(about, *found, only)


def fetch_listed(listing: Listing, folder: Path) -> None:
    """Brings all of a listing into `folder`, but for what is there already. Raises HubError."""
    about, commit, sizes, sums, only = listing
    secret = token(READ)
    missing = [size for path, size in sizes.items() if not fetching.has(folder, path, size)]
    fetching.refuse_full_disk(folder, sum(missing))
    say(f"{about.repository}: {count_files(len(sizes))}, {mb(sum(sizes.values()))}.")
    large = [path for path, size in sizes.items() if size >= _LARGE]
    for path in large:
        url, target = address_of(about, commit, path), fetching.inside(folder, path)
        known: dict[str, Any] = {"size": sizes[path], "sha256": sums.get(path)}
        if not _is_verified(target, known):
            fetching.from_hub(url, target, secret, about, TRIES, **known)
            _note_verified(target, known)
    api = client.api(secret)
    wanted = {"allow_patterns": list(only) or None, "ignore_patterns": fetching.but(large)}
    with speaking(lambda: fetching.arrived(folder, sizes)):
        client.patiently(
            lambda: fetching.snapshot(api, about, commit, folder, wanted), about, TRIES
        )
    fetching.refuse_incomplete(folder, sizes, about)


def peek(
    about: About, revision: str, path: str, read: Callable[[Any], T], secret: str | None = None
) -> T | None:
    """What `read` makes of the file's first bytes; no more than it reads are fetched.

    None where that fails: whoever fetches the file tells why. Without a `secret`, with the
    one that reads here.
    """
    url = address_of(about, revision, path)
    try:
        asked = request(url, bearer(secret or token(READ)))
        with opener().open(asked, timeout=client.ANSWER_WITHIN) as answer:
            return read(answer)
    except (OSError, http.client.HTTPException):
        return None


def _is_verified(target: Path, known: Mapping[str, Any]) -> bool:
    """Whether this very file was compared before: it takes a minute for 30 GB."""
    return target.is_file() and read_json_or(_note(target), {}) == _seal(target, known)


def _note_verified(target: Path, known: Mapping[str, Any]) -> None:
    _note(target).parent.mkdir(exist_ok=True)
    write_json(_note(target), _seal(target, known))


def _note(target: Path) -> Path:
    return target.parent / ".cache" / f"{target.name}.json"


def _seal(target: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    status = target.stat()
    return {"format": 1, **known, "is": [status.st_size, status.st_mtime_ns]}
