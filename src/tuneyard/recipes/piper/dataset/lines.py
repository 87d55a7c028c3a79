"""The list of texts as a file: which one it is, its encoding, and its lines as fields."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneyard.recipes.piper.dataset.clips import is_litter
from tuneyard.recipes.piper.dataset.report import DataError, of_data

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tuneyard.runner.problems import Problem

STEMS = ("metadata", "transcripts", "transcript", "transcription", "dataset", "train")
SUFFIXES = (".csv", ".txt", ".tsv", "")
OTHER_DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
_DEEPEST = 8  # folders in folders; deeper is a mistake, or a link to itself
_ENCODING_STEP = (
    "Save the file as UTF-8: “Save as” in most editors asks for the encoding, or run"
    " iconv -f WINDOWS-1252 -t UTF-8 {name} > new.csv if it came from Windows."
)


@dataclass(frozen=True)
class Line:
    """A line that isn't empty: its number, from 1, and its fields without outer spaces."""

    number: int
    fields: tuple[str, ...]


def find(folder: Path) -> Path:
    """The list in `folder`, or in the only folder inside it, and so on.

    An archive often has everything in one folder of its own. Raises DataError.
    """
    if not folder.is_dir():
        raise DataError(_no_folder(folder))
    here = folder
    for _ in range(_DEEPEST):
        visible = sorted(entry for entry in here.iterdir() if not is_litter(entry.name))
        if found := _by_name(visible) or _by_look(visible):
            return found
        inner = [entry for entry in visible if entry.is_dir()]
        if len(inner) != 1:
            break
        here = inner[0]
    raise DataError(
        of_data(
            "metadata-missing",
            f"The folder {folder.name} has no metadata.csv.",
            next_step="Add one, with a line for each clip: its file, then |, then what is said.",
        )
    )


def read(metadata: Path, problems: list[Problem]) -> list[Line]:
    """The lines of the list. What is odd about one is added to `problems`.

    Raises DataError where the file can't be read or has another delimiter than |.
    """
    lines = []
    for number, line in enumerate(_text(metadata).split("\n"), start=1):
        place = f"{metadata.name}:{number}"
        if len(line) > csv.field_size_limit():
            problems.append(
                of_data(
                    "line-too-long",
                    f"This line has {len(line):,} characters, more than Python's csv reads.",
                    place,
                    "Check that the file's line ends were kept.",
                )
            )
        elif line.strip():
            lines.append(Line(number, _fields(line, place, problems)))
    _refuse_other_delimiter(lines, metadata.name)
    return lines


def _no_folder(folder: Path) -> Problem:
    if folder.exists():
        return of_data(
            "dataset-not-a-folder",
            f"{folder.name} is no folder.",
            next_step="Name the folder with the clips and their metadata.csv, or a .zip of it.",
        )
    return of_data(
        "dataset-not-found",
        f"There is no folder {folder}.",
        next_step="Check the path for typing mistakes.",
    )


def _by_name(entries: list[Path]) -> Path | None:
    """The one with a name that such lists usually have."""
    ranked = [
        (STEMS.index(path.stem.lower()), SUFFIXES.index(path.suffix.lower()), path)
        for path in entries
        if path.stem.lower() in STEMS and path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    return min(ranked)[-1] if ranked else None


def _by_look(entries: list[Path]) -> Path | None:
    """The only text file with a | in its first line."""
    tables = [path for path in entries if _is_table(path)]
    if len(tables) > 1:
        names = ", ".join(path.name for path in tables[:5])
        raise DataError(
            of_data(
                "metadata-several",
                f"Several files could be the list of texts: {names}.",
                next_step="Name the right one metadata.csv.",
            )
        )
    return tables[0] if tables else None


def _is_table(path: Path) -> bool:
    if path.suffix.lower() not in (".csv", ".txt") or not path.is_file():
        return False
    with path.open("rb") as file:
        return b"|" in file.readline(4096)


def _text(metadata: Path) -> str:
    """The file's text, every line end a newline: UTF-8, or UTF-16 that says so."""
    data = metadata.read_bytes()
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-16" if utf_16 else "latin-1", "replace")
        said = (
            "The file says that it is UTF-16, but this line isn't."
            if utf_16
            else f"This line isn't UTF-8 (byte 0x{data[error.start]:02x})."
        )
        raise DataError(_not_text(metadata.name, before, said)) from error
    if "\0" in text:
        before = text[: text.index("\0")]
        said = "There is a zero byte in this line, as UTF-16 or a damaged file would have."
        raise DataError(_not_text(metadata.name, before, said))
    return _with_newlines(text)


def _not_text(name: str, before: str, sentence: str) -> Problem:
    line = _with_newlines(before).count("\n") + 1
    step = _ENCODING_STEP.format(name=name)
    return of_data("metadata-encoding", sentence, f"{name}:{line}", step)


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fields(line: str, place: str, problems: list[Problem]) -> tuple[str, ...]:
    """The fields as a csv writer meant them where one wrote the line, else as they stand."""
    if '"' not in line:
        return _stripped(line.split("|"))
    try:
        (fields,) = csv.reader([line], delimiter="|", strict=True)
    except csv.Error:
        problems.append(
            of_data(
                "stray-quote",
                'This line has a stray ". It is kept as part of the text; Piper alone could have'
                " swallowed this row and others.",
                place,
                'Remove the " unless it belongs to the text.',
                "warning",
            )
        )
        return _stripped(line.split("|"))
    return _stripped(fields)


def _stripped(fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(field.strip() for field in fields)


def _refuse_other_delimiter(lines: list[Line], name: str) -> None:
    if not lines or any(len(line.fields) > 1 for line in lines):
        return
    for mark, word in OTHER_DELIMITERS.items():
        if all(mark in line.fields[0] for line in lines):
            raise DataError(
                of_data(
                    "metadata-delimiter",
                    f"The columns seem to be separated by {word}, not by |.",
                    f"{name}:{lines[0].number}",
                    "Put a | between file and text in each line, and no header above them.",
                )
            )
