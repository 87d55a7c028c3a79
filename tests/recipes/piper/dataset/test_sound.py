from pathlib import Path

import numpy as np
import pytest
import soundfile

from datasets import tone
from tuneyard.recipes.piper.dataset import sound
from tuneyard.recipes.piper.dataset.clips import FOREIGN, READABLE


@pytest.mark.parametrize("suffix", READABLE)
def test_every_format_that_we_call_readable_is_read(tmp_path: Path, suffix: str) -> None:
    clip = tone(tmp_path / f"a{suffix}", seconds=1.5, rate=24000)

    header = sound.header(clip)
    heard = sound.listen(clip)

    assert header.error == heard.error == ""
    assert header.seconds == pytest.approx(1.5, abs=0.1)
    assert (header.rate, header.channels) == (24000, 1)
    assert heard.peak == pytest.approx(0.3, abs=0.05)
    assert not heard.clipped
    assert not heard.silent


def test_no_foreign_format_is_one_that_libsndfile_has() -> None:
    known = {f".{name.lower()}" for name in soundfile.available_formats()}

    assert not known & set(FOREIGN)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Format not recognised"),
        (b"not a sound at all, but a sentence", "Format not recognised"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "WAV"),
    ],
)
def test_a_file_that_is_no_sound(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)

    assert why in sound.header(tmp_path / "a.wav").error
    assert why in sound.listen(tmp_path / "a.wav").error


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert sound.header(tmp_path / "a.wav").error
    assert sound.listen(tmp_path / "a.wav").error


def test_a_file_without_samples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 22050)

    assert sound.header(tmp_path / "a.wav").error == "it holds no sound"
    assert sound.listen(tmp_path / "a.wav").silent


def test_a_file_that_is_cut_is_found_by_listening(tmp_path: Path) -> None:
    clip = tone(tmp_path / "a.flac", seconds=3)
    clip.write_bytes(clip.read_bytes()[:-4000])

    assert sound.listen(clip).error


def test_samples_that_are_no_numbers(tmp_path: Path) -> None:
    samples = np.full(1000, 0.1, dtype=np.float32)
    samples[500] = np.nan
    soundfile.write(tmp_path / "a.wav", samples, 22050, subtype="FLOAT")

    assert sound.listen(tmp_path / "a.wav").error == "it has samples that are no numbers"


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize(("level", "clipped"), [(0.3, False), (0.99, False), (3.0, True)])
def test_clipping(tmp_path: Path, suffix: str, level: float, clipped: bool) -> None:
    assert sound.listen(tone(tmp_path / f"a{suffix}", level=level)).clipped is clipped


@pytest.mark.parametrize("suffix", [".ogg", ".opus", ".mp3"])
def test_a_loud_tone_in_a_lossy_format_is_not_clipped(tmp_path: Path, suffix: str) -> None:
    assert not sound.listen(tone(tmp_path / f"a{suffix}", level=0.99, rate=24000)).clipped


@pytest.mark.parametrize("hertz", [50, 100, 441, 5000])
def test_a_loud_tone_is_not_clipped(tmp_path: Path, hertz: int) -> None:
    wave = np.sin(2 * np.pi * hertz * np.arange(22050) / 22050)
    soundfile.write(tmp_path / "a.wav", wave, 22050)

    assert not sound.listen(tmp_path / "a.wav").clipped


def test_clipping_that_was_made_quieter_afterwards(tmp_path: Path) -> None:
    wave = np.sin(2 * np.pi * 220 * np.arange(22050) / 22050)
    soundfile.write(tmp_path / "a.wav", (3 * wave).clip(-1, 1) * 0.4, 22050)

    assert sound.listen(tmp_path / "a.wav").clipped


@pytest.mark.parametrize(("level", "silent"), [(0.0, True), (0.0005, True), (0.01, False)])
def test_silence(tmp_path: Path, level: float, silent: bool) -> None:
    heard = sound.listen(tone(tmp_path / "a.wav", level=level))

    assert heard.silent is silent
    assert not heard.clipped


def test_silence_at_the_ends(tmp_path: Path) -> None:
    wave = 0.5 * np.sin(2 * np.pi * 220 * np.arange(22050) / 22050)
    samples = np.concatenate([np.zeros(22050), wave, np.zeros(44100)])
    soundfile.write(tmp_path / "a.wav", samples, 22050)

    heard = sound.listen(tmp_path / "a.wav")

    assert heard.start == pytest.approx(1, abs=0.01)
    assert heard.end == pytest.approx(2, abs=0.01)


def test_many_files_at_once_keep_their_order(tmp_path: Path) -> None:
    files = [tone(tmp_path / f"{n}.wav", seconds=n / 10) for n in range(1, 20)]
    (tmp_path / "5.wav").write_bytes(b"")

    found = sound.headers(files)

    assert [round(10 * each.seconds) for each in found] == [*range(1, 5), 0, *range(6, 20)]
    assert [bool(each.error) for each in sound.sounds(files)] == [n == 5 for n in range(1, 20)]


@pytest.mark.parametrize(
    ("clips", "budget", "picked"),
    [(0, 10, []), (3, 100, [0, 1, 2]), (6, 30, [0, 2, 4]), (6, 1, [0]), (6, 60, list(range(6)))],
)
def test_clips_are_picked_evenly(clips: int, budget: float, picked: list[int]) -> None:
    assert sound.pick([10.0] * clips, budget) == picked
