"""Draws the pictures of this example again: ``python make.py``.

Needs the Python package pillow. Writes ``pictures/*.png`` and a ``.txt`` with the caption of each
beside it. Made up for this example: hills of cut paper, in flat colours.
"""
# ruff: noqa: INP001  # a script beside its data, no package

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

SQUARE, TALL, WIDE = (1024, 1024), (832, 1216), (1216, 832)
COLOURS = {
    "blue": "#3d6b99",
    "green": "#4f8f5b",
    "grey": "#7d8794",
    "orange": "#e0863b",
    "pink": "#dd8fa6",
    "red": "#c8473f",
    "violet": "#7a5a9e",
    "yellow": "#edc14f",
}


class Picture(NamedTuple):
    size: tuple[int, int]
    sky: str
    hills: str
    sun: str
    where: str
    layers: int


PICTURES = (
    Picture(SQUARE, "yellow", "green", "red", "left", 3),
    Picture(SQUARE, "pink", "violet", "yellow", "right", 4),
    Picture(SQUARE, "blue", "grey", "yellow", "left", 2),
    Picture(SQUARE, "orange", "blue", "red", "right", 3),
    Picture(TALL, "pink", "blue", "red", "left", 4),
    Picture(TALL, "yellow", "violet", "orange", "right", 3),
    Picture(TALL, "grey", "green", "yellow", "left", 2),
    Picture(WIDE, "blue", "green", "orange", "right", 3),
    Picture(WIDE, "orange", "violet", "yellow", "left", 4),
    Picture(WIDE, "pink", "green", "red", "right", 2),
    Picture(WIDE, "grey", "orange", "red", "left", 3),
    Picture(WIDE, "yellow", "blue", "pink", "right", 4),
)


def main() -> None:
    folder = Path(__file__).parent / "pictures"
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(PICTURES, start=1):
        drawn(picture, number).save(folder / f"{number:02}.png", optimize=True)
        (folder / f"{number:02}.txt").write_text(f"{caption(picture)}\n", encoding="utf-8")
    print(f"{len(PICTURES)} pictures")


def caption(picture: Picture) -> str:
    layers = {2: "two", 3: "three", 4: "four"}[picture.layers]
    return (
        f"{layers} rows of {picture.hills} hills under a {picture.sky} sky, "
        f"a {picture.sun} sun on the {picture.where}"
    )


def drawn(picture: Picture, seed: int) -> Image.Image:
    width, height = picture.size
    image = Image.new("RGB", picture.size, COLOURS[picture.sky])
    pen = ImageDraw.Draw(image)
    radius = min(picture.size) // 9
    centre = (width * (0.27 if picture.where == "left" else 0.73), height * 0.27)
    pen.circle(centre, radius, fill=COLOURS[picture.sun])
    for layer in range(picture.layers):
        depth = (layer + 1) / picture.layers  # 1 is nearest, and darkest
        shade = tuple(int(each * (1.25 - 0.55 * depth)) for each in _rgb(picture.hills))
        pen.polygon(_ridge(picture.size, depth, seed * 7 + layer * 3), fill=shade)
    return image


def _ridge(size: tuple[int, int], depth: float, seed: int) -> list[tuple[float, float]]:
    """A hill's outline, from one side of the picture to the other and along its lower edge."""
    width, height = size
    line = height * (0.42 + 0.42 * depth)
    swing = height * 0.07
    points = [
        (x, line + swing * (math.sin(x / width * 5 + seed) + 0.5 * math.sin(x / width * 11 + seed)))
        for x in range(0, width + 9, 8)
    ]
    return [*points, (width, height), (0, height)]


def _rgb(name: str) -> tuple[int, ...]:
    code = COLOURS[name]
    return tuple(int(code[place : place + 2], 16) for place in (1, 3, 5))


if __name__ == "__main__":
    main()
