"""Inputs: what lies at home alone and has to reach a remote job; and results on their way back."""

from .packing import Input, InputsError, Packed, measure, of, pack, pack_all, told
from .transfers import Patience, Progress, download, upload

__all__ = [
    "Input",
    "InputsError",
    "Packed",
    "Patience",
    "Progress",
    "download",
    "measure",
    "of",
    "pack",
    "pack_all",
    "told",
    "upload",
]
