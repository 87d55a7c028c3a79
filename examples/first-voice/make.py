"""Speaks the clips of this example again: ``python make.py``.

Needs the program espeak-ng on the PATH and the Python package soundfile. Writes
``wavs/*.ogg`` (Ogg Vorbis, 22050 Hz, mono) and ``metadata.csv`` beside this file. The
sentences were written for this example.
"""
# ruff: noqa: INP001  # a script beside its data, no package

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import soundfile

SENTENCES = (
    "Good morning! The kettle is already on.",
    "Could you close the window before it rains?",
    "Our train leaves from platform seven at noon.",
    "She painted the old fence a bright shade of blue.",
    "Nobody noticed the small bird above the door.",
    "Yes, that is exactly what I was looking for.",
    "Turn left at the bridge, then follow the river.",
    "Which of these two maps is the newer one?",
    "A light breeze moved the curtains all afternoon.",
    "They baked fourteen loaves and sold every one.",
    "Please put the heavy boxes next to the stairs.",
    "The museum opens an hour later on Thursdays.",
    "What a strange noise that engine makes!",
    "My brother fixes clocks, watches and music boxes.",
    "There were three oranges left in the bowl.",
    "If the soup is too thick, add a cup of water.",
    "We walked home slowly under the yellow lamps.",
    "The judge gave both sides a fair hearing.",
    "Have you ever seen snow on a beach?",
    "He folded the letter twice and hid it in a book.",
    "Fresh paint, wet grass and warm bread: I love it here.",
    "Her new job begins on the first of October.",
    "Some pupils measure the shadow of the tower.",
    "No, the blue key does not fit this lock.",
    "The choir sang so quietly that we heard the clock.",
    "Zoe quickly wrapped six jars of honey for the fair.",
    "How long does the ferry take to reach the island?",
    "Every evening the fisherman mends his nets.",
    "Write your name here, and the date below it.",
    "The cat watched, waited, and finally went to sleep.",
    "I would rather have a short answer than a vague one.",
    "Thank you for listening, and see you next week!",
)
VOICE = "en-us"
WORDS_A_MINUTE = "152"


def main() -> None:
    here = Path(__file__).parent
    (here / "wavs").mkdir(exist_ok=True)
    rows, seconds = [], 0.0
    for number, sentence in enumerate(SENTENCES, start=1):
        name = f"wavs/{number:02}.ogg"
        seconds += speak(sentence, here / name)
        rows.append(f"{name}|{sentence}\n")
    (here / "metadata.csv").write_text("".join(rows), encoding="utf-8")
    print(f"{len(rows)} clips, {seconds:.1f} seconds of speech")


def speak(sentence: str, file: Path) -> float:
    """Writes one clip and gives its length in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "clip.wav")
        subprocess.run(  # our own sentences
            ["espeak-ng", "-v", VOICE, "-s", WORDS_A_MINUTE, "-w", str(wav), "--", sentence],
            check=True,
        )
        samples, rate = soundfile.read(wav)
    soundfile.write(file, samples, rate, format="OGG", subtype="VORBIS")
    return len(samples) / rate


if __name__ == "__main__":
    main()
