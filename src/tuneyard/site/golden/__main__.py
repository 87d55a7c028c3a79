"""Writes the golden files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from . import write

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tuneyard.site.golden")
    parser.add_argument("folder", type=Path, help="where the page's tests look for them")
    write(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main()
