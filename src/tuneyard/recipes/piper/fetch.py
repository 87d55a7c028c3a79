"""The step that brings the dataset here: a folder in place, an archive, or a Hub dataset.

Reads ``settings.json`` and leaves ``metadata.csv``, as Piper reads it, and ``data.json``:
where the clips are, how many, whose, and where they came from.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper.dataset import metadata
from tuneyard.recipes.piper.dataset.clips import READABLE, is_readable, visible_files
from tuneyard.recipes.piper.dataset.report import DataError, count, of_data
from tuneyard.recipes.piper.dataset.unpack import is_archive, unpack
from tuneyard.runner.folder import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuneyard.recipes.piper.dataset.metadata import Dataset, Row

_HERE = Path("dataset")
_UNPACKED = _HERE / "unpacked"
_FILES_A_LINE = 1000


def main(_argv: list[str]) -> int:
    """0 when the dataset is here; 1, with a sentence, when it can't be had or read.

    Rows that can't be used are left out; the step that checks the data says why.
    """
    from tuneyard.recipes import hub  # noqa: PLC0415 - loads nothing that a folder needs

    settings = read_json(Path("settings.json"))
    try:
        source = fetch(settings["dataset"])
        dataset = metadata.read_metadata(Path(source["folder"]), settings["speakers"])
    except (DataError, hub.HubError) as error:
        error.problem.tell()
        return 1
    hand_over(dataset, dataset.rows, source)
    print(f"{count(len(dataset.rows), 'clip')} with texts in {dataset.metadata}")
    return 0


def fetch(name: str) -> dict[str, Any]:
    """Makes the dataset readable as a folder; says where that is and where it came from.

    ``{"kind": "folder" | "archive" | "hub", "folder": absolute path, "name": as given}``,
    for the Hub also ``"commit"``. Raises DataError, or HubError.
    """
    if name.startswith("hf:"):
        commit = _from_hub(name)
        return {"kind": "hub", "folder": str(_HERE.resolve()), "name": name, "commit": commit}
    path = Path(name).expanduser().resolve()
    if path.is_file() and is_archive(path):
        _unpack(path, _HERE)
        return {"kind": "archive", "folder": str(_HERE.resolve()), "name": name}
    return {"kind": "folder", "folder": str(path), "name": name}


def hand_over(
    dataset: Dataset, rows: Iterable[Row], source: Mapping[str, Any], seconds: float | None = None
) -> None:
    """Writes ``metadata.csv`` and ``data.json`` for the steps to come."""
    kept = list(rows)
    metadata.write_csv(kept, Path("metadata.csv"))
    write_json(
        Path("data.json"),
        {
            "csv": "metadata.csv",
            "audio_dir": str(dataset.folder.resolve()),
            "speakers": metadata.speaker_numbers(kept),
            "clips": len(kept),
            "seconds": seconds,
            "source": dict(source),
        },
    )


def _from_hub(name: str) -> str:
    from tuneyard.recipes import hub  # noqa: PLC0415 - see main

    repository, _, revision = name.removeprefix("hf:").partition("@")
    commit = hub.fetch_dataset(repository, revision, _HERE)
    files = list(visible_files(_HERE))
    if not any(is_readable(file) for file in files if not _is_unpacked(file)):
        _unpack(_only_archive(files, repository), _UNPACKED)
    else:  # of an earlier fetch, when the clips were still in an archive
        shutil.rmtree(_UNPACKED, ignore_errors=True)
    return commit


def _only_archive(files: list[str], repository: str) -> Path:
    """The archive that must hold the clips, when there are none beside it."""
    archives = [file for file in files if is_archive(Path(file)) and not _is_unpacked(file)]
    if len(archives) == 1:
        return _HERE / archives[0]
    if archives:
        raise DataError(
            of_data(
                "hub-archives",
                f"{repository} has {len(archives)} archives, such as {archives[0]}; only one"
                " can be unpacked.",
                next_step="Put the clips into the dataset as files, or into one .zip.",
            )
        )
    if any(file.endswith((".parquet", ".arrow")) for file in files):
        raise DataError(
            of_data(
                "hub-parquet",
                f"{repository} has its clips inside Parquet files, which isn't supported yet.",
                next_step="Save them as sound files with a metadata.csv beside them, and name"
                " that folder, or push it as a dataset of its own.",
            )
        )
    raise DataError(
        of_data(
            "hub-no-clips",
            f"{repository} has no sound files.",
            next_step=f"It needs {', '.join(READABLE)} files, or one .zip of them, and a"
            " metadata.csv.",
        )
    )


def _is_unpacked(file: str) -> bool:
    return file.startswith(f"{_UNPACKED.name}/")


def _unpack(archive: Path, folder: Path) -> None:
    print(f"Unpacking {archive.name}")
    files = unpack(archive, folder, progress=_say_progress)
    print(f"Unpacked {count(files, 'file')}")


def _say_progress(files: int) -> None:
    if files % _FILES_A_LINE == 0:
        print(f"  {files:,} files", flush=True)
