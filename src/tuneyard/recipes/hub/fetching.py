"""Datasets and single files come from the Hub.

Large files are fetched by `tuneyard.recipes.downloads`: huggingface_hub goes on in
steps of 10 MB only, and throws away what has arrived when its process ends.
"""

from __future__ import annotations

import glob
import re
import shutil
from typing import TYPE_CHECKING, Any

from tuneyard.recipes import downloads
from tuneyard.recipes.downloads import mb
from tuneyard.recipes.hub import client, problems
from tuneyard.recipes.hub.about import READ, About, endpoint, token
from tuneyard.recipes.hub.addresses import Place, address_of, plain
from tuneyard.recipes.hub.client import TRIES
from tuneyard.recipes.hub.problems import HubError
from tuneyard.recipes.hub.progress import count_files, say, speaking
from tuneyard.runner.opening import bearer
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_HIDDEN = (".*", "*/.*")
_LARGE = 10_000_000  # bytes; smaller files are sooner fetched anew, over shared connections
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
    secret = token(READ)
    about = About(repository, "dataset", READ, bool(secret), revision=revision)
    api = client.api(secret)
    commit, sizes, sums = client.patiently(lambda: listing(api, about, only), about, tries)
    missing = {path: size for path, size in sizes.items() if not has(folder, path, size)}
    _refuse_nothing(sizes, about, only)
    refuse_full_disk(folder, sum(missing.values()))
    say(f"{repository}: {count_files(len(sizes))}, {mb(sum(sizes.values()))}.")
    large = [path for path, size in sizes.items() if size >= _LARGE]
    for path in large:
        url, target = address_of(about, commit, path), inside(folder, path)
        from_hub(url, target, secret, about, tries, size=sizes[path], sha256=sums.get(path))
    wanted = {"allow_patterns": list(only) or None, "ignore_patterns": but(large)}
    with speaking(lambda: arrived(folder, sizes)):
        client.patiently(lambda: snapshot(api, about, commit, folder, wanted), about, tries)
    refuse_incomplete(folder, sizes, about)
    return commit


def fetch_file(
    address: str, folder: Path, *, secrets: Sequence[str] = READ, tries: int = TRIES
) -> Path:
    """Brings one file of the Hub below `folder`, where jobs share it, and returns its path.

    `address` is ``https://huggingface.co/…/resolve/<revision>/<path>``, or the
    ``blob`` page of the same file. What was fetched before is used when the Hub
    can't be reached. Raises HubError.
    """
    place = Place.of(address)
    secret = token(secrets)
    about = About(
        place.repository,
        place.kind,
        secrets,
        bool(secret),
        revision=place.revision,
        path=place.path,
    )
    url = address_of(about, place.revision, place.path)
    shelf = folder / place.repository.replace("/", "--")
    try:
        answer = downloads.head(url, bearer(secret), tries=tries)
    except downloads.DownloadError as error:
        problem = problems.of_download(error, about)
        earlier = _earlier(shelf, place)
        if problem.code in problems.PASSING and earlier:
            say(f"{problem.sentence} Using {place.name} as it was fetched earlier.")
            return earlier
        raise HubError(problem) from error
    facts = {name.lower(): value for name, value in answer.items()}
    _refuse_other_host(facts)
    version = (facts.get("x-linked-etag") or facts.get("etag", "")).removeprefix("W/").strip('"')
    target = shelf / f"{plain(place.revision)}@{plain(version)[:16]}" / place.name
    size = facts.get("x-linked-size", "")
    return from_hub(
        url,
        target,
        secret,
        about,
        tries,
        size=int(size) if size.isdigit() else None,
        sha256=version if _SHA256.fullmatch(version) else None,
    )


def listing(
    api: Any, about: About, only: Sequence[str]
) -> tuple[str, dict[str, int], dict[str, str]]:
    """The commit that the revision means now; of its wanted files the bytes, of large ones SHA-256."""
    info = api.repo_info(
        about.repository,
        repo_type=about.kind,
        revision=about.revision or None,
        timeout=client.ANSWER_WITHIN,
    )
    entries = api.list_repo_tree(
        about.repository, recursive=True, revision=info.sha, repo_type=about.kind
    )
    found = {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}
    wanted = list(
        client.library().utils.filter_repo_objects(
            found, allow_patterns=list(only) or None, ignore_patterns=but(())
        )
    )
    sums = {path: found[path].lfs.sha256 for path in wanted if found[path].lfs}
    return info.sha, {path: found[path].size for path in wanted}, sums


def but(paths: Sequence[str]) -> list[str]:
    """Patterns of what is not wanted: hidden files and `paths`."""
    return [*_HIDDEN, *map(glob.escape, paths)]


def snapshot(api: Any, about: About, commit: str, folder: Path, wanted: Mapping[str, Any]) -> None:
    api.snapshot_download(
        about.repository, repo_type=about.kind, revision=commit, local_dir=folder, **wanted
    )


def has(folder: Path, path: str, size: int) -> bool:
    file = folder / path
    return file.is_file() and file.stat().st_size == size


def arrived(folder: Path, sizes: Mapping[str, int]) -> str:
    here = [path for path, size in sizes.items() if has(folder, path, size)]
    done, whole = sum(sizes[path] for path in here), sum(sizes.values())
    return f"{len(here):,} of {count_files(len(sizes))}, {done / 1e6:,.0f} of {mb(whole)}"


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


def refuse_full_disk(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if needed > shutil.disk_usage(folder).free:
        raise HubError(downloads.disk_full(folder, needed))


def refuse_incomplete(folder: Path, sizes: Mapping[str, int], about: About) -> None:
    """huggingface_hub calls a folder that exists good enough when the Hub stops answering."""
    missing = [path for path, size in sizes.items() if not has(folder, path, size)]
    if missing:
        raise HubError(
            Problem(
                f"{len(missing):,} of {count_files(len(sizes))} of {about.name} did not arrive:"
                f" {missing[0]} is one.",
                "hub-incomplete",
                next_step="Resume the job: what has arrived is kept.",
            )
        )


def inside(folder: Path, path: str) -> Path:
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


def from_hub(
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
        say(f"Fetching {target.name}{f', {mb(size)},' if size else ''} from {about.page}.")
    try:
        return downloads.download(
            url, target, bearer(secret), sha256=sha256, size=size, tries=tries
        )
    except downloads.DownloadError as error:
        raise HubError(problems.of_download(error, about)) from error


def _earlier(shelf: Path, place: Place) -> Path | None:
    found = shelf.glob(f"{glob.escape(plain(place.revision))}@*/{glob.escape(place.name)}")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


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
