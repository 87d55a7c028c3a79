"""Datasets: what a voice's own step finds in a list of texts and the sound files beside it."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper.dataset.metadata import Speakers, read_metadata
from tuneyard.recipes.piper.dataset.report import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LIST = "metadata.csv"
_TWO = "1|One.\n2|Two.\n3|Three.\n"
_WAVS = ("wavs/1.wav", "wavs/2.wav", "wavs/3.wav")

# Files without the list, the list, and where it lies if that isn't metadata.csv.
_CASES: Mapping[str, tuple[Iterable[str], str, str]] = {
    "as it should be": (_WAVS, _TWO, _LIST),
    "with their folder and ending": (_WAVS, "wavs/1.wav|One.\nwavs/2.wav|Two.\n", _LIST),
    "from another computer": (_WAVS, "/home/me/wavs/1.wav|One.\nC:\\voice\\2.wav|Two.\n", _LIST),
    "Windows' line ends, blank lines and spaces": (_WAVS, "1 | One.\r\n\r\n 2| Two. \r\n", _LIST),
    "another case, and accents stored otherwise": (
        ("wavs/E\u0301te\u0301.WAV",),
        "\u00e9t\u00e9|L'été.\n",
        _LIST,
    ),
    "a clip is missing": (_WAVS, f"{_TWO}4|Four.\n", _LIST),
    "a name that several files have": (("a/1.wav", "b/1.wav"), "1|One.\n", _LIST),
    "the usual folder, and the better format": (
        ("old/1.wav", "wavs/1.mp3", "wavs/1.wav", "wavs/1.m4a"),
        "1|One.\n",
        _LIST,
    ),
    "no format it knows": (("wavs/1.m4a",), "1|One.\n", _LIST),
    "empty fields": (_WAVS, "1|\n|Two.\n3|Three.\n", _LIST),
    "a line too short, a line too long": (_WAVS, "1|One.\n2\n3|Three.|3\n2|Two.\n", _LIST),
    "a header": (_WAVS, f"file_name|transcription\n{_TWO}", _LIST),
    "a header's words that are a clip": (("text.wav",), "text|Text\n", _LIST),
    "the same again": (_WAVS, "1|One.\n1|One.\n1|Uno.\n2|One.\n", _LIST),
    "quotes as csv writes them": (_WAVS, '1|"He said ""no"", and | left."\n2|"Two."\n', _LIST),
    "quotes astray": (_WAVS, '1|"One.\n2|Two" inches\n3|"Three"!\n', _LIST),
    "nothing in it": (_WAVS, "\n \n", _LIST),
    "one column": (_WAVS, "1\n2\n", _LIST),
    "four columns": (_WAVS, "1|a|b|c\n2|a|b|c\n", _LIST),
    "tabs": (_WAVS, "1\tOne.\n2\tTwo.\n", _LIST),
    "commas": (_WAVS, "1,One.\n2,Two.\n", _LIST),
    "text and normalised text": (_WAVS, "1|It is 1.|It is one.\n2|It is 2.|\n", _LIST),
    "two speakers": (
        _WAVS,
        "1|anna|One, and a long text.\n2|ben|Two, and a longer one.\n3|anna|Three, at last.\n",
        _LIST,
    ),
    "one speaker": (_WAVS, "1|anna|One, and a long text.\n2|anna|Two, and another.\n", _LIST),
    "a speaker is missing": (
        _WAVS,
        "1|anna|One, and a long text.\n2||Two, and another.\n3|ben|Three, at last.\n",
        _LIST,
    ),
    "in the only folder": (("voice/wavs/1.wav",), "1|One.\n", "voice/metadata.csv"),
    "by another usual name": (("1.wav", "notes.txt"), "1|One.\n", "Transcript.TXT"),
    "by its look": (("1.wav", "notes.txt"), "1|One.\n", "voice.txt"),
    "no list, and two folders": (("a/1.wav", "b/2.wav"), "", ""),
    "hidden files": (("wavs/.1.wav", "__MACOSX/1.wav", "wavs/2.wav"), "1|One.\n2|Two.\n", _LIST),
}


def cases() -> list[dict[str, Any]]:
    """Each for one speaker and for several. Of problems the codes, fields and places."""
    speakers: tuple[Speakers, ...] = ("single", "several")
    return [_case(name, setting) for name in _CASES for setting in speakers]


def _case(name: str, speakers: Speakers) -> dict[str, Any]:
    others, text, listed = _CASES[name]
    files = sorted([*others, *([listed] if listed else [])])
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            path = Path(folder, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if file == listed else "", encoding="utf-8", newline="")
        found = _read(Path(folder), speakers)
    given = {"files": files, "list": listed, "text": text, "speakers": speakers}
    return {"name": f"{name}, {speakers}", "given": given, **found}


def _read(folder: Path, speakers: Speakers) -> dict[str, Any]:
    rows, problems = [], []
    try:
        dataset = read_metadata(folder, speakers)
        rows, problems = dataset.rows, dataset.problems
    except DataError as error:
        problems = [error.problem]
    return {
        "rows": [asdict(row) for row in rows],
        "problems": [
            {"code": p.code, "field": p.field, "place": p.place, "severity": p.severity}
            for p in problems
        ],
    }
