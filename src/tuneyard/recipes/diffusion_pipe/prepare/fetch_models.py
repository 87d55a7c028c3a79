"""Brings the model's files here, each once for all jobs.

Writes ``models.json``: by setting the place of each path that is set, of settings with
several a list of them. Files of the Hub lie in ``$TUNEYARD_HOME/models/<owner>--<name>``,
with ``@<revision>`` behind it where one is asked for, as they lie in their repository.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneyard.recipes import downloads, hub
from tuneyard.recipes.diffusion_pipe.files import contents, parts, sniff
from tuneyard.recipes.diffusion_pipe.files.named import kind, paths
from tuneyard.runner.folder import read_json, read_json_or, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINKS = Path("models")
_FOLDERS = ("wan", "hunyuan", "diffusers", "transformers")


def main(argv: list[str]) -> int:  # noqa: ARG001 - every step is called alike
    settings = read_json(Path("settings.json"))
    home = Path(os.environ["TUNEYARD_HOME"]).absolute() / "models"
    try:
        found = bring(settings, home)
    except hub.HubError as error:
        error.problem.tell()
        return 1
    write_json(Path("models.json"), {"format": 1, **found})
    return 0


def bring(settings: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """Places by setting; what is said first is how much is to come. Raises HubError."""
    wanted = [
        _wanted(name, path, settings, home)
        if path.startswith("hf:")
        else _Here(name, _local(path, name))
        for name, path in paths(settings)
    ]
    there = [each for each in wanted if isinstance(each, _There)]
    _announce(there, home)
    for file in there:
        _refuse_misfit(file, settings)
    found: dict[str, Any] = {}
    for each in wanted:
        place = str(each.bring())
        if isinstance(settings[each.name], list):
            found.setdefault(each.name, []).append(place)
        else:
            found[each.name] = place
    return found


class _Here(NamedTuple):
    """A path of the user's own."""

    name: str
    path: Path

    def bring(self) -> Path:
        return self.path


class _There(NamedTuple):
    """Files of a repository, into `folder`; `path` is what the trainer is to be given of it."""

    name: str
    text: str
    listing: hub.Listing
    folder: Path
    path: Path
    record: Path

    def bring(self) -> Path:
        if self.listing.sizes:
            hub.fetch_listed(self.listing, self.folder)
            made = {"commit": self.listing.commit, "files": list(self.listing.sizes)}
            write_json(self.record, {"format": 1, **made, "path": str(self.path)})
        return _alone(self.path) if self.name == "init_from_existing" else self.path


def _wanted(name: str, text: str, settings: Mapping[str, Any], home: Path) -> _There:
    named = hub.named(text)
    folder, what = home / named.shelf, kind(settings["model"], name)
    about = (settings["model"], name, named.path, *map(bool, map(settings.get, _DECISIVE)))
    record = folder / ".cache" / f"{'-'.join(map(_plain, about))}.json"
    try:
        listing = hub.look(named.repository, named.revision, "model")
    except hub.HubError as error:
        earlier = read_json_or(record, {})
        if error.problem.code not in hub.PASSING or not _all_there(folder, earlier):
            raise
        print(f"{error.problem.sentence} Using {text} as it was fetched earlier.", flush=True)
        about_it = hub.About(named.repository, "model", hub.READ, with_token=False)
        nothing = hub.Listing(about_it, "", {}, {})
        return _There(name, text, nothing, folder, Path(earlier["path"]), record)
    path, files = _choose(text, named.path, what, listing, settings)
    return _There(name, text, listing.of(files), folder, folder / path, record)


_DECISIVE = ("transformer_path", "llm_path", "text_encoder_path", "vae_path")


def _choose(
    text: str, path: str, what: str, listing: hub.Listing, settings: Mapping[str, Any]
) -> tuple[str, list[str]]:
    """What the trainer is given, and all files of it. Raises HubError."""
    if path in listing.sizes and what not in _FOLDERS:
        return path, [path]
    begin = f"{path}/" if path else ""
    inside = [file.removeprefix(begin) for file in listing.sizes if file.startswith(begin)]
    if what == "file":
        single = [file for file in inside if file.endswith(".safetensors")]
        if len(single) == 1:
            return begin + single[0], [begin + single[0]]
        raise _unclear(text, single, listing)
    files = parts.chosen(what, inside, settings)
    if not any(map(parts.has_weights, files)) and what != "wan":
        raise _unclear(text, [], listing)
    return path, [begin + file for file in files]


def _announce(there: list[_There], home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    whole = {
        (each.folder, path): size for each in there for path, size in each.listing.sizes.items()
    }
    needed = sum(size for (folder, path), size in whole.items() if not _has(folder / path, size))
    if not needed:
        return
    free = shutil.disk_usage(home).free
    say = f"{downloads.mb(needed)} of the model's files are to be fetched, once for all jobs"
    print(f"{say}; they go to {home}, which has {downloads.mb(free)} left.", flush=True)
    if needed > free:
        raise hub.HubError(downloads.disk_full(home, needed))


def _refuse_misfit(each: _There, settings: Mapping[str, Any]) -> None:
    """Looks at what a file begins with, before gigabytes of another model are fetched."""
    path = each.path.relative_to(each.folder).as_posix()
    size = each.listing.sizes.get(path)
    if size is None or each.path.suffix not in sniff.SUFFIXES:
        return
    if _has(each.path, size):
        found: sniff.Kind | None = sniff.kind_of(each.path)
    else:
        about, commit = each.listing.about, each.listing.commit
        found = hub.peek(about, commit, path, lambda file: sniff.kind_in(file, size))
    if found and (problem := contents.misfit(settings, each.name, each.text, found)):
        raise hub.HubError(problem)


def _local(text: str, name: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise hub.HubError(
            Problem(
                f"There is no {path}.",
                "model-missing",
                name,
                "Correct the path, or name a file of the Hub: hf:owner/name/path.",
            )
        )
    return path


def _alone(path: Path) -> Path:
    """A folder with this one file: what lies beside it on the shelf may be another's."""
    if path.is_dir():
        files = [*path.glob("*.safetensors"), *path.glob("adapter_config.json")]
    else:
        files = [path]
    folder = (_LINKS / "init_from_existing").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        (folder / file.name).symlink_to(file)
    return folder


def _unclear(text: str, single: list[str], listing: hub.Listing) -> hub.HubError:
    some = ", ".join(single[:5]) or ", ".join(list(listing.sizes)[:5]) or "nothing"
    return hub.HubError(
        Problem(
            f"{text} is not one of the files that are needed here; there are {some}"
            f"{' and more' if max(len(single), len(listing.sizes)) > 5 else ''}.",
            "model-file",
            next_step=f"Name it with its path, as at {listing.about.page}/tree/main.",
        )
    )


def _all_there(folder: Path, record: Mapping[str, Any]) -> bool:
    return bool(record) and all((folder / file).is_file() for file in record["files"])


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _plain(value: object) -> str:
    return str(value).replace("/", "~")
