"""The published checkpoints that a new voice can start from.

``bases.tsv`` restates the list of base checkpoints that users of Piper share (70 files,
of which three, of one clear English voice, are also offered for any other language; the
list counts them 76 times). Sex and language are as listed there, the language as the
espeak-ng voice that Piper 1.8.0 knows. Epoch and step are read from the file's name,
where it has them. The number of speakers is that of the published voice of the same
name (``voices.json`` of rhasspy/piper-voices, as in wyoming-piper at fd78db7); empty
where that index doesn't have the voice. Nothing here was checked against the files.
"""

from __future__ import annotations

import csv
import re
import unicodedata
import urllib.parse
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from tuneyard.recipes.piper import languages

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE_RATES = {"x-low": 16000, "low": 16000, "medium": 22050, "high": 22050, "tiny": 22050}
"""Samples a second that each quality is trained with, where the settings don't say."""

NETWORKS = {"x-low": "x-low", "low": "medium", "medium": "medium", "high": "high", "tiny": "tiny"}
"""The network behind each quality: low is medium's at a lower sample rate."""


@dataclass(frozen=True)
class Base:
    """One checkpoint. `speakers`, `epoch` and `step` are None where nobody says.

    A `generic` one is commonly used for languages that have none of their own.
    """

    id: str
    language: str
    sex: str
    quality: str
    speakers: int | None
    epoch: int | None
    step: int | None
    generic: bool
    url: str

    @property
    def sample_rate(self) -> int:
        return SAMPLE_RATES[self.quality]

    @property
    def label(self) -> str:
        """For a list: ``lessac, medium, female, English (America)``."""
        name = self.id.split("/")[1]
        spoken = languages.get(self.language)
        several = f", {self.speakers} speakers" if self.speakers and self.speakers > 1 else ""
        return f"{name}, {self.quality}, {self.sex}{several}, {spoken.name if spoken else self.language}"


def get(base_id: str) -> Base | None:
    """The one with this id; case and accents don't matter (``pt_PT/tugao/medium``)."""
    return _BY_KEY.get(_plain(base_id))


def find(language: str, quality: str = "") -> list[Base]:
    """What a voice in `language` could start from, best fit first.

    First those of the same espeak-ng voice, then of the same language spoken elsewhere,
    then the generic ones. With a `quality`, only those whose network and sample rate are
    the same: none for x-low and tiny, of which nobody published a checkpoint.
    """
    known = languages.get(language)
    voice = known.id if known else language

    def distance(base: Base) -> int | None:
        if base.language == voice:
            return 0
        if base.language.split("-")[0] == voice.split("-")[0]:
            return 1
        return 2 if base.generic else None

    fitting = [(distance(b), b) for b in BASES.values() if quality in ("", b.quality)]
    ranked = [(far, base.id, base) for far, base in fitting if far is not None]
    return [base for _, _, base in sorted(ranked, key=lambda r: r[:2])]


def search(text: str) -> list[Base]:
    """Those that have every word of `text` in their id or label; all for an empty one."""
    words = _plain(text).split()
    return [b for b in BASES.values() if all(w in _plain(f"{b.id} {b.label}") for w in words)]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


def _base(row: Mapping[str, str]) -> Base:
    """What a row doesn't say follows from the names of folder and file."""
    epoch, step = numbers.groups() if (numbers := _NUMBERS.fullmatch(row["file"])) else ("", "")
    path = f"{row['id'].partition('_')[0]}/{row['id']}/{row['file']}.ckpt"
    return Base(
        id=row["id"],
        language=row["language"],
        sex=row["sex"],
        quality=row["id"].rpartition("/")[2],
        speakers=_number(row["speakers"]),
        epoch=_number(epoch),
        step=_number(step),
        generic=row["generic"] == "yes",
        url=f"{_PLACE}/{urllib.parse.quote(path)}",
    )


def _number(text: str) -> int | None:
    return int(text) if text else None


_PLACE = "https://huggingface.co/datasets/rhasspy/piper-checkpoints/resolve/main"
_NUMBERS = re.compile(r"epoch=(\d+)-step=(\d+)")

_TEXT = resources.files("tuneyard.recipes.piper").joinpath("bases.tsv").read_text("utf-8")

BASES: Mapping[str, Base] = {
    row["id"]: _base(row)
    for row in csv.DictReader(_TEXT.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
}
"""All of them by id, sorted."""

_BY_KEY = {_plain(base.id): base for base in BASES.values()}
