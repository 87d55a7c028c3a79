"""The Hugging Face Hub: datasets and checkpoints come from it, results go to it.

Runs under a trainer's own Python and at home; huggingface_hub is imported when it
is needed. Tokens are passed explicitly, never taken from where ``hf auth login``
keeps them: a step has the secrets that it names and no other.

Large files are fetched by `tuneyard.recipes.downloads`: huggingface_hub goes on in
steps of 10 MB only, and throws away what has arrived when its process ends.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
import shutil
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tuneyard.recipes import downloads, hub_problems
from tuneyard.recipes.downloads import mb
from tuneyard.recipes.hub_problems import About, HubError, Kind, endpoint
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = [
    "BASE",
    "READ",
    "WRITE",
    "Access",
    "HubError",
    "access",
    "endpoint",
    "fetch_dataset",
    "fetch_file",
    "is_address",
    "push_files",
    "push_folder",
    "repository_of",
]

READ = ("HF_READ_TOKEN", "HF_TOKEN")  # names of secrets: the first that is there is used
WRITE = ("HF_WRITE_TOKEN", "HF_TOKEN")
BASE = ("HF_BASE_TOKEN", "HF_READ_TOKEN", "HF_TOKEN")
TRIES = 5

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_HIDDEN = (".*", "*/.*")
_LARGE = 10_000_000  # bytes; smaller files are sooner fetched anew, over shared connections
_SPEAK_EVERY = 10.0  # seconds
_LONGEST_WAIT = 120.0  # seconds; a longer wait that the Hub asks for is told instead
_ANSWER_WITHIN = 30.0  # seconds
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_ADDRESS = re.compile(
    r"/(?:(?P<kind>datasets|spaces)/)?(?P<repository>[^/]+/[^/]+)"
    r"/(?:resolve|blob|raw)/(?P<revision>[^/]+)/(?P<path>.+)"
)

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """What a token, or nobody in particular, can do with a repository.

    `write` is also true for a repository that doesn't exist but can be created.
    `problem` says why it can't be read, or written to by somebody who can't create it.
    """

    exists: bool
    read: bool
    write: bool
    sentence: str
    problem: Problem | None = None


def fetch_dataset(
    repository: str,
    revision: str,
    folder: Path,
    *,
    only: Sequence[str] = (),
    tries: int = TRIES,
) -> str:
    """Brings a dataset's files into `folder` and returns the commit they are of.

    `revision` is a branch, tag or commit, "" for the newest. `only` are glob
    patterns over the paths (case matters, ``*`` also matches ``/``); without them
    all is fetched but hidden files. What is there already is not fetched again.
    Raises HubError.
    """
    secret = _token(READ)
    about = About(repository, "dataset", READ, bool(secret), revision=revision)
    api = _hub().HfApi(endpoint=endpoint(), token=secret or False)
    commit, sizes, sums = _patiently(lambda: _listing(api, about, only), about, tries)
    missing = {path: size for path, size in sizes.items() if not _has(folder, path, size)}
    _refuse_nothing(sizes, about, only)
    _refuse_full_disk(folder, sum(missing.values()))
    _say(f"{repository}: {_files(len(sizes))}, {mb(sum(sizes.values()))}.")
    large = [path for path, size in sizes.items() if size >= _LARGE]
    for path in large:
        url, target = _address(about, commit, path), _inside(folder, path)
        _from_hub(url, target, secret, about, tries, size=sizes[path], sha256=sums.get(path))
    wanted = {"allow_patterns": list(only) or None, "ignore_patterns": _but(large)}
    with _speaking(lambda: _arrived(folder, sizes)):
        _patiently(lambda: _snapshot(api, about, commit, folder, wanted), about, tries)
    _refuse_incomplete(folder, sizes, about)
    return commit


def is_address(text: str) -> bool:
    """Whether this is the address of a file on the Hub."""
    parts = urllib.parse.urlsplit(text)
    at_hub = parts.netloc in {*_HOSTS, urllib.parse.urlsplit(endpoint()).netloc}
    scheme = parts.scheme in ("http", "https")
    return scheme and at_hub and _FILE_ADDRESS.fullmatch(parts.path) is not None


def repository_of(address: str) -> tuple[Kind, str] | None:
    """What a file's address on the Hub is part of: kind and owner/name. None for other addresses."""
    if not is_address(address):
        return None
    place = _Place.of(address)
    return place.kind, place.repository


def fetch_file(
    address: str, folder: Path, *, secrets: Sequence[str] = READ, tries: int = TRIES
) -> Path:
    """Brings one file of the Hub below `folder`, where jobs share it, and returns its path.

    `address` is ``https://huggingface.co/…/resolve/<revision>/<path>``, or the
    ``blob`` page of the same file. What was fetched before is used when the Hub
    can't be reached. Raises HubError.
    """
    place = _Place.of(address)
    secret = _token(secrets)
    about = About(
        place.repository,
        place.kind,
        secrets,
        bool(secret),
        revision=place.revision,
        path=place.path,
    )
    url = _address(about, place.revision, place.path)
    shelf = folder / place.repository.replace("/", "--")
    try:
        answer = downloads.head(url, _bearer(secret), tries=tries)
    except downloads.DownloadError as error:
        problem = hub_problems.of_download(error, about)
        earlier = _earlier(shelf, place)
        if problem.code in hub_problems.PASSING and earlier:
            _say(f"{problem.sentence} Using {place.name} as it was fetched earlier.")
            return earlier
        raise HubError(problem) from error
    facts = {name.lower(): value for name, value in answer.items()}
    _refuse_other_host(facts)
    version = (facts.get("x-linked-etag") or facts.get("etag", "")).removeprefix("W/").strip('"')
    target = shelf / f"{_plain(place.revision)}@{_plain(version)[:16]}" / place.name
    size = facts.get("x-linked-size", "")
    return _from_hub(
        url,
        target,
        secret,
        about,
        tries,
        size=int(size) if size.isdigit() else None,
        sha256=version if _SHA256.fullmatch(version) else None,
    )


def push_folder(
    repository: str, folder: Path, into: str, *, private: bool, message: str, tries: int = TRIES
) -> str:
    """Puts all files of `folder` below `into` of a model repository, as `push_files` does."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in found}
    return push_files(repository, files, into, private=private, message=message, tries=tries)


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
    secret = _token(WRITE)
    about = About(repository, "model", WRITE, bool(secret), writing=True)
    if not secret:
        raise HubError(hub_problems.token_wanted(about))
    api = _hub().HfApi(endpoint=endpoint(), token=secret)
    _patiently(lambda: _make_repository(api, about, private=private), about, tries)
    into = into.strip("/")
    placed = {f"{into}/{name}".lstrip("/"): path for name, path in files.items()}
    changed = _patiently(lambda: _changed(api, about, placed), about, tries)
    address = f"{about.page}/tree/main/{urllib.parse.quote(into)}" if into else about.page
    if not changed:
        _say(f"Nothing new for {address}: {_files(len(placed))} lie there already.")
        return address
    size = sum(path.stat().st_size for path in changed.values())
    _say(f"Pushing {_files(len(changed))}, {mb(size)}, to {repository}.")
    with _speaking(_still("pushing")):
        _patiently(lambda: _commit(api, about, changed, message), about, tries)
    for name in sorted(changed):
        _say(f"  {name}")
    _say(f"Pushed to {address}")
    return address


def access(repository: str, kind: Kind, secret: str | None) -> Access:
    """What `secret` (None: nobody in particular) can do with a repository; tried once.

    Raises HubError when the Hub can't be asked or doesn't know the token.
    """
    names = READ if kind == "dataset" else WRITE
    about = About(repository, kind, names, bool(secret))
    api = _hub().HfApi(endpoint=endpoint(), token=secret or False)
    who = "This token" if secret else "Everybody"
    try:
        _patiently(lambda: api.auth_check(repository, repo_type=kind), about, tries=1)
    except HubError as error:
        code = error.problem.code
        if code not in ("hub-missing", "hub-gated", "hub-right"):
            raise
        if code == "hub-missing" and secret and _may_create(api, about):
            sentence = f"There is no {kind} {repository} yet: this token may create it."
            return Access(exists=False, read=False, write=True, sentence=sentence)
        exists, sentence = code != "hub-missing", error.problem.sentence
        return Access(exists, read=False, write=False, sentence=sentence, problem=error.problem)
    write = secret is not None and _may_write(api, about)
    rights = "read and write to" if write else "read"
    sentence = f"{who} may {rights} {about.name}."
    return Access(exists=True, read=True, write=write, sentence=sentence)


@dataclass(frozen=True)
class _Place:
    """A file on the Hub, as its address says it."""

    kind: Kind
    repository: str
    revision: str
    path: str

    @classmethod
    def of(cls, address: str) -> _Place:
        found = _FILE_ADDRESS.fullmatch(urllib.parse.urlsplit(address).path)
        if not found or not is_address(address):
            raise HubError(
                Problem(
                    f"{downloads.shown(address)} is not the address of a file on the Hub.",
                    "address",
                    next_step="Open the file's page on the Hub and copy its address.",
                )
            )
        kinds: dict[str | None, Kind] = {"datasets": "dataset", "spaces": "space", None: "model"}
        named = (urllib.parse.unquote(found[part]) for part in ("repository", "revision", "path"))
        return cls(kinds[found["kind"]], *named)

    @property
    def name(self) -> str:
        return _plain(self.path.rpartition("/")[2])


def _token(names: Sequence[str]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _hub() -> Any:
    """huggingface_hub, quiet: no bars across our lines, no telemetry, its caches with ours."""
    home = os.environ.get("TUNEYARD_HOME")
    wanted = {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_VERBOSITY": "error",  # its warnings show signed addresses
        **({"HF_HOME": str(Path(home, "cache", "hub"))} if home else {}),
    }
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    import huggingface_hub.errors  # noqa: PLC0415 - the runner's own Python doesn't have it
    import huggingface_hub.utils  # noqa: PLC0415 - same

    return huggingface_hub


def _patiently(action: Callable[[], T], about: About, tries: int) -> T:
    """Does it again while that may help. What goes wrong is told as HubError."""
    failures = 0
    while True:
        try:
            return action()
        except HubError:
            raise
        except Exception as error:  # huggingface_hub raises from four libraries, by its version
            problem, wait = hub_problems.of_exception(error, about)
            failures += 1
            passing = problem.code in hub_problems.PASSING and wait <= _LONGEST_WAIT
            if not passing or failures >= tries:
                raise HubError(problem) from error
        wait = wait or min(2.0 ** (failures - 1), 30.0)
        _say(f"{problem.sentence} Trying again in {wait:.0f} s.")
        time.sleep(wait)


def _listing(
    api: Any, about: About, only: Sequence[str]
) -> tuple[str, dict[str, int], dict[str, str]]:
    """The commit that the revision means now; of its wanted files the bytes, of large ones SHA-256."""
    info = api.repo_info(
        about.repository,
        repo_type=about.kind,
        revision=about.revision or None,
        timeout=_ANSWER_WITHIN,
    )
    entries = api.list_repo_tree(
        about.repository, recursive=True, revision=info.sha, repo_type=about.kind
    )
    found = {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}
    wanted = list(
        _hub().utils.filter_repo_objects(
            found, allow_patterns=list(only) or None, ignore_patterns=_but(())
        )
    )
    sums = {path: found[path].lfs.sha256 for path in wanted if found[path].lfs}
    return info.sha, {path: found[path].size for path in wanted}, sums


def _but(paths: Sequence[str]) -> list[str]:
    """Patterns of what is not wanted: hidden files and `paths`."""
    return [*_HIDDEN, *map(glob.escape, paths)]


def _snapshot(api: Any, about: About, commit: str, folder: Path, wanted: Mapping[str, Any]) -> None:
    api.snapshot_download(
        about.repository, repo_type=about.kind, revision=commit, local_dir=folder, **wanted
    )


def _has(folder: Path, path: str, size: int) -> bool:
    file = folder / path
    return file.is_file() and file.stat().st_size == size


def _arrived(folder: Path, sizes: Mapping[str, int]) -> str:
    here = [path for path, size in sizes.items() if _has(folder, path, size)]
    done, whole = sum(sizes[path] for path in here), sum(sizes.values())
    return f"{len(here):,} of {_files(len(sizes))}, {done / 1e6:,.0f} of {mb(whole)}"


def _refuse_nothing(sizes: Mapping[str, int], about: About, only: Sequence[str]) -> None:
    if not sizes:
        like = f" like {', '.join(only)}" if only else ""
        raise HubError(
            Problem(
                f"There are no files{like} in {about.name}.",
                "hub-empty",
                next_step=f"Look at {about.page}: it may be another dataset than you mean.",
            )
        )


def _refuse_full_disk(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if needed > shutil.disk_usage(folder).free:
        raise HubError(downloads.disk_full(folder, needed))


def _refuse_incomplete(folder: Path, sizes: Mapping[str, int], about: About) -> None:
    """huggingface_hub calls a folder that exists good enough when the Hub stops answering."""
    missing = [path for path, size in sizes.items() if not _has(folder, path, size)]
    if missing:
        raise HubError(
            Problem(
                f"{len(missing):,} of {_files(len(sizes))} of {about.name} did not arrive:"
                f" {missing[0]} is one.",
                "hub-incomplete",
                next_step="Resume the job: what has arrived is kept.",
            )
        )


def _inside(folder: Path, path: str) -> Path:
    target = folder / path
    if not target.resolve().is_relative_to(folder.resolve()):
        raise HubError(
            Problem(
                f"The dataset holds a file that would lie outside its folder: {path}.",
                "unsafe-path",
                next_step="Use another dataset, and tell the owner of this one.",
            )
        )
    return target


def _address(about: About, revision: str, path: str) -> str:
    revision, path = urllib.parse.quote(revision, safe=""), urllib.parse.quote(path)
    return f"{about.page}/resolve/{revision}/{path}"


def _from_hub(
    url: str,
    target: Path,
    secret: str | None,
    about: About,
    tries: int,
    *,
    size: int | None = None,
    sha256: str | None = None,
) -> Path:
    if not target.exists():
        _say(f"Fetching {target.name}{f', {mb(size)},' if size else ''} from {about.page}.")
    try:
        return downloads.download(
            url, target, _bearer(secret), sha256=sha256, size=size, tries=tries
        )
    except downloads.DownloadError as error:
        raise HubError(hub_problems.of_download(error, about)) from error


def _bearer(secret: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}


def _earlier(shelf: Path, place: _Place) -> Path | None:
    found = shelf.glob(f"{glob.escape(_plain(place.revision))}@*/{glob.escape(place.name)}")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _plain(text: str) -> str:
    """Text from elsewhere as part of a path here."""
    return re.sub(r"[^A-Za-z0-9_.=-]", "-", text)


def _refuse_other_host(facts: Mapping[str, str]) -> None:
    """A proxy's or a hotel's login page answers 200 to anything."""
    if "x-repo-commit" not in facts:
        raise HubError(
            Problem(
                f"{downloads.shown(endpoint())} doesn't answer as the Hugging Face Hub does.",
                "hub-answer",
                next_step="Check HF_ENDPOINT, the proxy, and whether the network wants a login.",
            )
        )


def _make_repository(api: Any, about: About, *, private: bool) -> None:
    """Asks first: a token may well write to a repository without a right to create one."""
    missing = _hub().errors.RepositoryNotFoundError
    try:
        info = api.repo_info(about.repository, repo_type=about.kind, timeout=_ANSWER_WITHIN)
    except missing:
        api.create_repo(about.repository, repo_type=about.kind, private=private, exist_ok=True)
        _say(f"Made the {'private' if private else 'public'} repository {about.repository}.")
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
    name, sums = (entry.lfs.sha256, hashlib.sha256()) if entry.lfs else (entry.blob_id, git)
    return bool(size == entry.size and _digest(path, sums) == name)


def _digest(path: Path, sums: Any) -> str:
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            sums.update(piece)
    return str(sums.hexdigest())


def _commit(api: Any, about: About, files: Mapping[str, Path], message: str) -> None:
    add = _hub().CommitOperationAdd
    api.create_commit(
        about.repository,
        [add(path_in_repo=name, path_or_fileobj=path) for name, path in files.items()],
        commit_message=message,
        repo_type=about.kind,
    )


def _may_write(api: Any, about: About) -> bool:
    try:
        _patiently(
            lambda: api.auth_check(about.repository, repo_type=about.kind, write=True), about, 1
        )
    except HubError as error:
        if error.problem.code in ("hub-right", "hub-missing", "hub-gated"):
            return False
        raise
    return True


def _may_create(api: Any, about: About) -> bool:
    """By what the Hub says of the token: nothing is created to find out."""
    who = _patiently(api.whoami, about, tries=1)
    owner = about.repository.partition("/")[0]
    key = who.get("auth", {}).get("accessToken", {})
    teams = [
        team["name"]
        for team in who.get("orgs", ())
        if team.get("roleInOrg") in ("admin", "write", "contributor")
    ]
    granted = [
        scope.get("entity", {}).get("name")
        for scope in key.get("fineGrained", {}).get("scoped", ())
        if "repo.write" in scope.get("permissions", ())
    ]
    places = {"write": [who["name"], *teams], "fineGrained": granted}
    return owner in places.get(key.get("role"), [])


@contextlib.contextmanager
def _speaking(news: Callable[[], str]) -> Iterator[None]:
    """Says every few seconds how far it is: bars would fight with the log's other lines."""
    done = threading.Event()

    def speak() -> None:
        while not done.wait(_SPEAK_EVERY):
            _say(news())

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        done.set()
        speaker.join()


def _still(doing: str) -> Callable[[], str]:
    began = time.monotonic()
    return lambda: f"Still {doing} after {time.monotonic() - began:.0f} s."


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _say(text: str) -> None:
    print(text, flush=True)
