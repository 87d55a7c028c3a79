"""Monotonic alignment search for Piper's training.

The wheel of piper-tts 1.8.0 lacks the compiled core of its own module, and the
first batch dies without it; `monotonic-alignment-search` has the same search.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_MODULE = "piper.train.vits.monotonic_align"


def maximum_path(scores: Any, mask: Any) -> Any:
    """The best monotonic path, as Piper calls for it.

    Takes and gives [batch, frames, phonemes]; the package wants frames last.
    """
    from monotonic_alignment_search import maximum_path as search  # noqa: PLC0415 - trainer's only

    path = search(*(t.float().transpose(1, 2).contiguous() for t in (scores, mask)))
    return path.transpose(1, 2).to(scores.dtype)


def install() -> None:
    """Puts it where Piper's model looks. Call this before the model is first run.

    A trainer without the package, but with Piper's own core built, is left as it is.
    """
    if find_spec("monotonic_alignment_search") is None and _has_core():
        return
    import_module("monotonic_alignment_search")  # fails here, not in the first batch
    module = ModuleType(_MODULE)
    module.maximum_path = maximum_path  # type: ignore[attr-defined]
    sys.modules[_MODULE] = module


def _has_core() -> bool:
    try:
        import_module(_MODULE)
    except ImportError:
        return False
    return True
