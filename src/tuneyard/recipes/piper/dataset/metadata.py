"""A folder of clips and its list of texts, read, and written again as Piper wants it.

Piper reads ``file|text`` or ``file|speaker|text`` with Python's csv module, quoting on
and no header: one stray ``"`` swallows every row up to the next one, in silence. Here
each line is a row, whatever it holds, and what is wrong is said with file and line.
What `write_csv` writes, csv.reader gives back as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from tuneyard.recipes.piper.dataset import lines
from tuneyard.recipes.piper.dataset.clips import Clips, is_readable
from tuneyard.recipes.piper.dataset.report import DataError, count, of_data
from tuneyard.runner.folder import write_text
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tuneyard.recipes.piper.dataset.lines import Line

Speakers = Literal["single", "several"]

HEADER_WORDS = re.compile(
    r"((audio|clip|wav|file)( file| name| path)?|filename|id|path|sentence|speaker( id| name)?"
    r"|(normali[sz]ed )?(text|transcript|transcription)|utterance)"
)


@dataclass(frozen=True)
class Row:
    """One clip: its line in the list, its file relative to the dataset's folder, its text."""

    line: int
    file: str
    text: str
    speaker: str = ""


@dataclass(frozen=True)
class Dataset:
    """A list that was read: the rows that can be used, and what is wrong with the others."""

    metadata: Path
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.metadata.parent

    def place(self, row: Row) -> str:
        return f"{self.metadata.name}:{row.line}"


def read_metadata(folder: Path, speakers: Speakers) -> Dataset:
    """Reads the list of texts in `folder`, or in the only folder inside it.

    A row that can't be used is left out and is an error among the problems. Raises
    DataError if there is no list or it can't be read as one.
    """
    try:
        dataset = Dataset(lines.find(folder))
        _fill(dataset, speakers)
    except OSError as error:
        raise DataError(
            of_data(
                "dataset-unreadable",
                f"{error.filename or folder} can't be read: {error.strerror}.",
                next_step="Check who may read the dataset's folder.",
            )
        ) from error
    return dataset


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Writes the rows as Piper reads them, the whole file in one move.

    ``csv.reader(open(path, encoding="utf-8"), delimiter="|")``, which is how Piper reads,
    gives back file, text and, where there is one, speaker of each row. Only a carriage
    return can't come through that door: it is written as a newline.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="|", lineterminator="\n")
    for row in rows:
        fields = (row.file, row.speaker, row.text) if row.speaker else (row.file, row.text)
        writer.writerow([each.replace("\r\n", "\n").replace("\r", "\n") for each in fields])
    write_text(path, text.getvalue())


def speaker_numbers(rows: Iterable[Row]) -> dict[str, int]:
    """Each speaker's number, as Piper counts them: by first appearance, from 0."""
    numbers: dict[str, int] = {}
    for row in rows:
        if row.speaker:
            numbers.setdefault(row.speaker, len(numbers))
    return numbers


def _fill(dataset: Dataset, speakers: Speakers) -> None:
    clips = Clips(dataset.folder)
    found = _without_header(dataset, lines.read(dataset.metadata, dataset.problems), clips)
    if not found:
        name = dataset.metadata.name
        raise DataError(
            of_data("metadata-empty", f"{name} has no rows.", name, "Add a line for each clip.")
        )
    columns = _usual_columns(dataset, found)
    named = columns == 3 and not _middle_is_text(found)
    dataset.problems.extend(_speaker_problems(dataset, found, columns, speakers, named=named))
    rows = _rows(dataset, found, columns, named=named)
    if speakers == "single":
        rows = [replace(row, speaker="") for row in rows]
    dataset.rows.extend(_without_repeats(dataset, _with_clips(dataset, rows, clips)))


def _without_header(dataset: Dataset, found: list[Line], clips: Clips) -> list[Line]:
    if not found:
        return found
    first = found[0]
    words = (each.lower().replace("_", " ").replace("-", " ") for each in first.fields)
    is_header = len(first.fields) > 1 and all(HEADER_WORDS.fullmatch(word) for word in words)
    if not is_header or clips.find(first.fields[0]):
        return found
    dataset.problems.append(
        of_data(
            "header-row",
            f"The first line, {'|'.join(first.fields)}, is a header. It is left out.",
            f"{dataset.metadata.name}:{first.number}",
            "You can remove it: Piper's own format has none.",
            "warning",
        )
    )
    return found[1:]


def _usual_columns(dataset: Dataset, found: list[Line]) -> int:
    """How many columns most lines have: 2 or 3."""
    counts = Counter(len(line.fields) for line in found)
    usual = min(counts, key=lambda number: (-counts[number], number))
    if usual in (2, 3):
        return usual
    first = next(line for line in found if len(line.fields) == usual)
    raise DataError(
        of_data(
            "metadata-columns",
            f"The lines have {count(usual, 'column')}; a list of texts has 2 or 3.",
            f"{dataset.metadata.name}:{first.number}",
            "Write file|text in each line, or file|speaker|text for several speakers.",
        )
    )


def _middle_is_text(found: list[Line]) -> bool:
    """Whether three columns are ``id|text|normalised text`` and name no speakers.

    Texts are about as long as their normalised form and hardly ever come again; names
    are short, and do.
    """
    three = [line.fields for line in found if len(line.fields) == 3]
    middle = [fields[1] for fields in three]
    as_long = 2 * sum(map(len, middle)) >= sum(len(fields[2]) for fields in three)
    return as_long and 2 * len(set(middle)) > len(middle)


def _speaker_problems(
    dataset: Dataset, found: list[Line], columns: int, speakers: Speakers, *, named: bool
) -> list[Problem]:
    place = f"{dataset.metadata.name}:{found[0].number}"
    if speakers == "several" and not named:
        form = "file|text" if columns == 2 else "file|text|normalised text"
        return [
            Problem(
                f"The settings say several speakers, but the lines look like {form}.",
                "speakers-missing",
                "speakers",
                "Write file|speaker|text in each line, or set speakers to single.",
                place=place,
            )
        ]
    if not named:
        return []
    voices = list(dict.fromkeys(line.fields[1] for line in found if len(line.fields) == 3))
    if len(voices) == 1 and speakers == "several":
        return [
            Problem(
                f"All clips are of one speaker, {voices[0]}.",
                "speakers-one",
                "speakers",
                "Set speakers to single, or add the others' clips.",
                "warning",
                place,
            )
        ]
    if len(voices) > 1 and speakers == "single":
        names = ", ".join(voices[:5]) + (", …" if len(voices) > 5 else "")
        return [
            Problem(
                "The settings say one speaker, but the second column names"
                f" {len(voices):,}: {names}.",
                "speakers-unexpected",
                "speakers",
                "Set speakers to several, or keep the lines of one speaker.",
                place=place,
            )
        ]
    return []


def _rows(dataset: Dataset, found: list[Line], columns: int, *, named: bool) -> list[Row]:
    """Rows from the lines with the usual number of columns and nothing empty."""
    rows = []
    for line in found:
        place = f"{dataset.metadata.name}:{line.number}"
        if len(line.fields) != columns:
            dataset.problems.append(
                of_data(
                    "metadata-columns",
                    f"This line has {count(len(line.fields), 'column')}, where most have"
                    f" {columns}.",
                    place,
                    "Look for a | that is missing, or for one inside the text.",
                )
            )
            continue
        file, *middle, last = line.fields
        speaker = middle[0] if named else ""
        text = last or (middle[0] if middle and not named else "")
        if problem := _empty(file, text, speaker, place, named=named):
            dataset.problems.append(problem)
        else:
            rows.append(Row(line.number, file, text, speaker))
    return rows


def _empty(file: str, text: str, speaker: str, place: str, *, named: bool) -> Problem | None:
    if not file:
        return of_data("file-empty", "No file is named.", place, "Name it, or remove the line.")
    if not text:
        return of_data(
            "text-empty",
            f"{file} has no text.",
            place,
            "Write what is said in it, or remove the line.",
        )
    if named and not speaker:
        return of_data(
            "speaker-empty",
            f"{file} has no speaker.",
            place,
            "Name one in the second column, or remove the line.",
        )
    return None


def _with_clips(dataset: Dataset, rows: list[Row], clips: Clips) -> list[Row]:
    """The rows whose sound file is there, with its real path."""
    usable = []
    for row in rows:
        found = clips.find(row.file)
        if len(found) == 1 and is_readable(found[0]):
            usable.append(replace(row, file=found[0]))
        else:
            dataset.problems.append(_no_clip(row.file, found, dataset.place(row)))
    return usable


def _no_clip(name: str, found: list[str], place: str) -> Problem:
    if not found:
        return of_data(
            "audio-missing",
            f"There is no sound file {name}.",
            place,
            "Add it, or remove the line.",
        )
    if len(found) > 1:
        return of_data(
            "audio-ambiguous",
            f"{name} could be {' or '.join(found[:3])}.",
            place,
            "Write its path with the folder.",
        )
    path = PurePosixPath(found[0])
    return of_data(
        "audio-format",
        f"Piper can't read {path}: {path.suffix} is no format it knows.",
        place,
        f"Turn it into .wav, for example by ffmpeg -i {path.name} {path.stem}.wav",
    )


def _without_repeats(dataset: Dataset, rows: list[Row]) -> list[Row]:
    """Each file once. The same text for two files is only a warning."""
    by_file: dict[str, Row] = {}
    by_text: dict[tuple[str, str], Row] = {}
    for row in rows:
        first = by_file.setdefault(row.file, row)
        if first is not row:
            dataset.problems.append(_repeated_file(row, first, dataset.place(row)))
            continue
        first = by_text.setdefault((row.speaker, row.text), row)
        if first is not row:
            dataset.problems.append(
                of_data(
                    "text-repeated",
                    f"{row.file} has the same text as {first.file} (line {first.line}).",
                    dataset.place(row),
                    "Check that both clips say it.",
                    "warning",
                )
            )
    return list(by_file.values())


def _repeated_file(row: Row, first: Row, place: str) -> Problem:
    if (row.speaker, row.text) == (first.speaker, first.text):
        return of_data(
            "row-repeated",
            f"{row.file} is already in line {first.line}. It is used once.",
            place,
            "You can remove one of the lines.",
            "warning",
        )
    return of_data(
        "audio-repeated",
        f"{row.file} is already in line {first.line}, with another text or speaker.",
        place,
        "Remove the wrong line.",
    )
