"""What can be heard in the clips: length, rate, channels, clipping, silence.

Needs soundfile and numpy, which are imported when used. Every file's header is read;
the sound itself of as many as `LISTEN_SECONDS` hold, evenly picked.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LISTEN_SECONDS = 20 * 3600.0
"""Seconds of sound that are decoded at most: a minute or so of work on two cores."""

_WORKERS = 4  # libsndfile works outside Python's lock
_LONGEST = 24 * 3600.0  # a damaged header may claim years
_SILENT_PEAK = 0.001  # -60 dB under full scale: 33 steps of 16 bits
_FLAT = 2 / 32768  # samples that differ by less lie on one plateau
_PLATEAU = 3  # samples; a loud sine's own top is 2 wide even at 50 Hz
_PLATEAUS = 5  # in one clip; a single one may be a click
_LOUD = 0.1  # nothing quieter was cut off by a recorder
_QUIET_END = 0.01  # of the clip's own peak: 40 dB under it


@dataclass(frozen=True)
class Header:
    """What a file says of itself; `error` has the reason where it can't be read."""

    seconds: float = 0.0
    rate: int = 0
    channels: int = 0
    error: str = ""


@dataclass(frozen=True)
class Sound:
    """What is heard: the peak (1.0 is full scale), and seconds of silence at both ends."""

    peak: float = 0.0
    clipped: bool = False
    start: float = 0.0
    end: float = 0.0
    error: str = ""

    @property
    def silent(self) -> bool:
        return self.peak < _SILENT_PEAK


def headers(files: Sequence[Path]) -> list[Header]:
    """Raises ImportError without soundfile."""
    import soundfile  # noqa: F401, PLC0415 - not everywhere; asked for before any thread is

    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(header, files))


def sounds(files: Sequence[Path]) -> list[Sound]:
    """Raises ImportError without soundfile or numpy."""
    import numpy as np  # noqa: F401, PLC0415 - see headers
    import soundfile  # noqa: F401, PLC0415

    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(listen, files))


def pick(seconds: Sequence[float], budget: float) -> list[int]:
    """Which clips to listen to: all, or every so many, so that they fit the budget."""
    step = max(1, math.ceil(sum(seconds) / budget))
    return list(range(0, len(seconds), step))


def header(file: Path) -> Header:
    import soundfile  # noqa: PLC0415 - see headers

    try:
        info = soundfile.info(str(file))
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        return Header(error=_reason(error))
    seconds = info.frames / info.samplerate if info.samplerate else 0.0
    if not 0 < seconds <= _LONGEST:
        return Header(error="it holds no sound" if seconds <= 0 else "its length is unknown")
    return Header(seconds, info.samplerate, info.channels)


def listen(file: Path) -> Sound:
    import numpy as np  # noqa: PLC0415 - see sounds
    import soundfile  # noqa: PLC0415

    try:
        samples, rate = soundfile.read(str(file), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        return Sound(error=_reason(error))
    level = np.abs(samples).max(axis=1, initial=0.0)
    peak = float(level.max(initial=0.0))
    if not np.isfinite(peak):
        return Sound(error="it has samples that are no numbers")
    heard = np.flatnonzero(level > peak * _QUIET_END)
    if not len(heard):
        return Sound(peak)
    start, end = heard[0] / rate, (len(level) - 1 - heard[-1]) / rate
    return Sound(peak, _is_clipped(level, peak), float(start), float(end))


def _is_clipped(level: Any, peak: float) -> bool:
    """Whether the tops are cut off flat, several times, at the loudest level there is.

    A lossy format bends the plateaus: what was clipped before it was compressed is not
    told from what is merely loud.
    """
    import numpy as np  # noqa: PLC0415 - see sounds

    if peak < _LOUD:
        return False
    top = (level >= peak - _FLAT).astype(np.int8)
    if int(top.sum()) < _PLATEAU * _PLATEAUS:
        return False
    edges = np.flatnonzero(np.diff(top, prepend=0, append=0))
    widths = edges[1::2] - edges[::2]
    return int(np.count_nonzero(widths >= _PLATEAU)) >= _PLATEAUS


def _reason(error: Exception) -> str:
    """The words of libsndfile without the path that it puts before them."""
    said = getattr(error, "error_string", "") or str(error)
    return said.rstrip(".")
