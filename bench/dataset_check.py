"""Looking through a folder of 10,000 pictures with captions before a training.

What is found: sizes and steps, captions that lack, damage. The rival is Pillow, opening the
same pictures for their sizes and doing nothing else.

Run: .venv/bin/python bench/dataset_check.py [pictures]
"""

import random
import sys
import tempfile
from pathlib import Path

from figures import in_turn, say, seconds
from PIL import Image

from tuneyard.recipes.diffusion_pipe import check
from tuneyard.recipes.diffusion_pipe.settings import Settings

DIFFERENT = 40  # pictures that are made; the others are copies


def main() -> None:
    number = int(sys.argv[1] if len(sys.argv) > 1 else 10_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, number)
        chosen = Settings.model_validate({"directories": [{"path": name}]}).model_dump()
        ours, rival = in_turn(
            lambda: seconds(lambda: looked(chosen, number)),
            lambda: seconds(lambda: opened(folder, number)),
            5,
        )
    say(f"{number:,} pictures with captions", ours, rival, "under 3 times")


def looked(settings: dict[str, object], number: int) -> None:
    assert check.check(settings).facts["items"] == number


def opened(folder: Path, number: int) -> None:
    sizes = []
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as picture:
            sizes.append(picture.size)
    assert len(sizes) == number


def fill(folder: Path, number: int) -> None:
    chance = random.Random(1)
    made = []
    for _ in range(DIFFERENT):
        size = chance.randint(512, 1500), chance.randint(512, 1500)
        path = folder / "made.jpg"
        Image.effect_noise(size, 40).convert("RGB").save(path, quality=60)
        made.append(path.read_bytes())
        path.unlink()
    for each in range(number):
        (folder / f"{each:06}.jpg").write_bytes(made[each % DIFFERENT])
        (folder / f"{each:06}.txt").write_text("a kettle, steam, morning light")


if __name__ == "__main__":
    main()
