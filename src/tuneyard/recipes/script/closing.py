"""What is said when a script has ended well: where its results lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SHOWN = 10


def closing(folder: Path, settings: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - every recipe's takes them
    """`folder` is the job's."""
    outputs = folder / "outputs"
    found = sorted(path for path in outputs.rglob("*") if path.is_file())
    if not found:
        return [f"The script left no results; its files are in {folder / 'work'}"]
    lines = [f"Results:  {outputs}"]
    lines += [f"          {path.relative_to(outputs)}" for path in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"          and {len(found) - _SHOWN} more")
    return lines
