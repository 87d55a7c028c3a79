"""Listens to a dataset's clips: which can be trained on, and what is wrong with the others.

Needs soundfile and numpy, as `sound` does. Where one is missing, what could not be
heard is listed as not checked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper import bases
from tuneyard.recipes.piper.dataset import sound
from tuneyard.recipes.piper.dataset.report import count, of_data
from tuneyard.runner.problems import Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tuneyard.recipes.piper.dataset.metadata import Dataset, Row
    from tuneyard.recipes.piper.dataset.sound import Header, Sound
    from tuneyard.runner.problems import Problem

_LONG_SILENCE = 1.0  # seconds at an end of a clip, where Piper isn't to trim it
_LAST_BIN = 30  # the histogram's last bin holds all that are longer


@dataclass
class Heard:
    """`rows` without those of the wrong length, `seconds` their length; None if unheard."""

    rows: list[Row]
    seconds: float | None = None
    report: Report = field(default_factory=Report)


def hear(dataset: Dataset, rows: list[Row], settings: Mapping[str, Any]) -> Heard:
    """Leaves the clips of the wrong length out, and judges the sound of the others."""
    try:
        found = sound.headers([dataset.folder / row.file for row in rows])
    except ImportError:
        said = (
            "The sound (length, rate, clipping, silence): it needs the Python packages"
            " soundfile and numpy."
        )
        return Heard(rows, report=Report(not_checked=[said]))
    unread, heard = [], []
    for row, header in zip(rows, found, strict=True):
        if header.error:
            unread.append(_unreadable(dataset, row, header.error))
        else:
            heard.append((row, header))
    misfits = [(row, header) for row, header in heard if _misfit(header, settings)]
    kept = [(row, header) for row, header in heard if not _misfit(header, settings)]
    rate = settings["sample_rate"] or bases.SAMPLE_RATES[settings["quality"]]
    seconds = sum(header.seconds for _, header in kept)
    report = Report(
        [
            *unread,
            *(_misfit_problem(dataset, row, header, settings) for row, header in misfits),
            *_format_problems(dataset, kept, rate),
        ],
        facts={
            "seconds": round(seconds, 1),
            "histogram": _histogram([header.seconds for _, header in heard]),
            "sample_rates": dict(Counter(str(header.rate) for _, header in kept)),
            "left_out": len(misfits),
            "cache_bytes": cache_bytes(seconds, rate),
        },
    )
    report.extend(_listen(dataset, kept, trimmed=settings["trim_silence"]))
    return Heard([row for row, _ in kept], seconds, report)


def cache_bytes(seconds: float, rate: int) -> int:
    """What Piper's cache takes for so much speech at `rate` Hz, before silence is trimmed.

    The samples as 32-bit floats and a spectrogram of 513 of them for each 256 samples,
    found to be within 1 % of the files that Piper 1.8.0 writes.
    """
    return int(seconds * rate * 4 * (1 + 513 / 256))


def _listen(dataset: Dataset, kept: Sequence[tuple[Row, Header]], *, trimmed: bool) -> Report:
    """The sound itself: of too many hours, only some clips. `trimmed`: Piper cuts silent ends."""
    picked = sound.pick([header.seconds for _, header in kept], sound.LISTEN_SECONDS)
    rows = [kept[index][0] for index in picked]
    try:
        heard = sound.sounds([dataset.folder / row.file for row in rows])
    except ImportError:
        return Report(not_checked=["Clipping and silence: they need the Python package numpy."])
    report = Report()
    if len(picked) < len(kept):
        report.not_checked.append(
            f"Clipping and silence in {count(len(kept) - len(picked), 'clip')}: of so many hours,"
            " only some were listened to."
        )
    for row, clip in zip(rows, heard, strict=True):
        report.problems += _sound_problems(dataset, row, clip, trimmed=trimmed)
    return report


def _sound_problems(dataset: Dataset, row: Row, clip: Sound, *, trimmed: bool) -> Iterator[Problem]:
    place = dataset.place(row)
    if clip.error:
        yield _unreadable(dataset, row, clip.error)
    elif clip.silent:
        yield of_data(
            "clip-silent",
            f"Nothing can be heard in {row.file}.",
            place,
            "Record it again, or remove the line.",
        )
    elif clip.clipped:
        yield of_data(
            "clip-clipped",
            f"{row.file} is clipped: its loudest parts are cut off.",
            place,
            "Record it again with a lower level, or leave it out.",
            "warning",
        )
    if not trimmed and max(clip.start, clip.end) > _LONG_SILENCE:
        yield of_data(
            "clip-silent-ends",
            f"{row.file} has {clip.start:.1f} seconds of silence before it and"
            f" {clip.end:.1f} behind.",
            place,
            "Turn trim_silence on, or cut it.",
            "warning",
        )


def _unreadable(dataset: Dataset, row: Row, why: str) -> Problem:
    return of_data(
        "audio-unreadable",
        f"{row.file} can't be read ({why}).",
        dataset.place(row),
        "Save it again as .wav, or remove the line.",
    )


def _misfit(header: Header, settings: Mapping[str, Any]) -> bool:
    return not settings["shortest_seconds"] <= header.seconds <= settings["longest_seconds"]


def _misfit_problem(
    dataset: Dataset, row: Row, header: Header, settings: Mapping[str, Any]
) -> Problem:
    long = header.seconds > settings["longest_seconds"]
    bound = settings["longest_seconds" if long else "shortest_seconds"]
    return of_data(
        "clip-long" if long else "clip-short",
        f"{row.file} is {header.seconds:.1f} seconds long,"
        f" {'more' if long else 'less'} than {bound:g}. It is left out.",
        dataset.place(row),
        "Cut it into sentences, or raise longest_seconds."
        if long
        else "Join it with another, or lower shortest_seconds.",
        "warning",
    )


def _format_problems(
    dataset: Dataset, kept: Sequence[tuple[Row, Header]], wanted: int
) -> list[Problem]:
    """What concerns many clips alike: said once, with the first place."""
    rates = Counter(header.rate for _, header in kept)
    problems = []
    if len(rates) > 1:
        usual = rates.most_common(1)[0][0]
        said = ", ".join(f"{rate:,} Hz: {number:,}" for rate, number in rates.most_common())
        problems.append(
            _of_many(
                dataset,
                [row for row, header in kept if header.rate != usual],
                "rates-mixed",
                f"The clips have different sample rates ({said}).",
                "Piper makes them alike; prefer clips recorded in one way.",
            )
        )
    if low := [row for row, header in kept if header.rate < wanted]:
        problems.append(
            _of_many(
                dataset,
                low,
                "rate-low",
                f"{count(len(low), 'clip')} of {len(kept):,} have a lower sample rate than the"
                f" voice's {wanted:,} Hz: they will sound dull.",
                "Use the original recordings, or a quality with a lower rate.",
            )
        )
    if stereo := [row for row, header in kept if header.channels > 1]:
        problems.append(
            _of_many(
                dataset,
                stereo,
                "stereo",
                f"{count(len(stereo), 'clip')} of {len(kept):,} have more than one channel.",
                "Piper mixes them into one; nothing has to be done if they carry the same voice.",
            )
        )
    return problems


def _of_many(
    dataset: Dataset, rows: Sequence[Row], code: str, sentence: str, next_step: str
) -> Problem:
    sentence = f"{sentence} The first is {rows[0].file}."
    return of_data(code, sentence, dataset.place(rows[0]), next_step, "warning")


def _histogram(seconds: Sequence[float]) -> list[dict[str, int]]:
    """Clips by whole seconds: ``{"seconds": 3, "clips": 12}`` are 3.0 to under 4.0 long."""
    bins = Counter(min(int(each), _LAST_BIN) for each in seconds)
    return [{"seconds": each, "clips": bins[each]} for each in range(max(bins, default=-1) + 1)]
