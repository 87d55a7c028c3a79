"""Inputs: what lies at home alone and has to reach a remote job; and results on their way back."""

from tuneyard.runner.pod.inputs import MARK

from . import hub, rates, recipe
from .bringing import download
from .finding import Input, measure, of
from .packing import Packed, pack, pack_all, told
from .problems import InputsError
from .reaching import Patience, Progress
from .sending import upload

__all__ = [
    "MARK",
    "Input",
    "InputsError",
    "Packed",
    "Patience",
    "Progress",
    "download",
    "hub",
    "measure",
    "of",
    "pack",
    "pack_all",
    "rates",
    "recipe",
    "told",
    "upload",
]
