"""Job files: what a job is written as, and what a file is read as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.errors import WrongInput
from tuneyard.jobs.job import as_toml, build, parse
from tuneyard.site.recipes import COMPUTE, draft

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOWHERE = Path("/no/such/folder/job.toml")

_JOBS: Mapping[str, Mapping[str, Any]] = {
    "a voice, all by default": {"recipe": "piper"},
    "a voice with all kinds of values": {
        "recipe": "piper",
        "name": "Stimme “eins”\t🎙",
        "settings": {
            "dataset": "hf:owner/recordings@v1",
            "language": "de",
            "max_hours": 0.5,
            "samples_while_training": False,
            "sentences": ["Guten Morgen.", 'Er sagte: "Ja" \\ nein', "zwei\nZeilen"],
        },
        "compute": {
            "name": "runpod",
            "gpus": ["A40", "NVIDIA L4"],
            "max_dollars": 3,
            "disk_gb": 60,
        },
        "results": {"repository": "owner/voice", "folder": "first", "private": False},
    },
    "a script of many lines": {
        "recipe": "script",
        "name": "mine",
        "settings": {
            "script": "#!/bin/bash\nset -e\n\techo '''x''' \"\"\"\n",
            "environment": {"A": "1", "WITH-DASH": "ä b", "": "x"},
            "secrets": ["MY=HF_TOKEN"],
            "gpus": 0,
        },
        "compute": {"name": "runpod", "collect_hours": 0},
    },
    "here": {"recipe": "script", "compute": {"name": "local"}},
    "a list of tables": {
        "recipe": "diffusion-pipe",
        "name": "pictures",
        "settings": {
            "model": "sdxl",
            "checkpoint_path": "hf:owner/model/model.safetensors",
            "frame_buckets": [1, 33],
            "directories": [
                {
                    "path": "hf:owner/pictures",
                    "num_repeats": 2.5,
                    "resolutions": ["512", "768x512"],
                },
                {"path": "hf:owner/more", "caption_prefix": "sks, ", "shuffle_tags": False},
            ],
            "evaluation": [{"path": "hf:owner/held-back", "name": "held back"}],
            "optimizer_options": {"d_coef": "1.0"},
            "learning_rate": None,
            "epochs": 7,
        },
        "compute": {"name": "runpod"},
    },
    "a list of tables without a row": {"recipe": "diffusion-pipe", "compute": {"name": "runpod"}},
}

_FILES: Mapping[str, str] = {
    "the least": 'recipe = "piper"\n',
    "as people write it": (
        "# mine\nformat = 1\nrecipe = 'piper'\nname = \"a\"  # b\n\n[settings]\n"
        'dataset = "hf:owner/recordings"\nepochs = 1_000\nlearning_rate = 2e-4\n'
        'sentences = [\n  \'one\',\n  "two",\n]\n\n[compute]\nname = "runpod"\nmax_hours = 2\n'
    ),
    "settings on one line": 'recipe = "script"\nsettings = {script = "echo", environment = {A = "1"}}\n',
    "a list of tables": (
        'recipe = "diffusion-pipe"\n[settings]\nmodel = "flux"\nresolutions = [512, "768"]\n'
        "micro_batch_size_per_gpu = 2\n\n"
        '[[settings.directories]]\npath = "hf:owner/pictures"\nresolutions = [1024]\n\n'
        '[[settings.directories]]\npath = "hf:owner/more"\n'
    ),
    "as upstream's own files have it": (
        'recipe = "diffusion-pipe"\n[settings]\nactivation_checkpointing = true\n'
        "resolutions = [[512, 768], 1024]\nar_buckets = [1.0, 1.5, [448, 576], 2]\n"
        "size_buckets = [[512, 512, 33]]\n"
        "micro_batch_size_per_gpu = [[512, 4], [1024, 1]]\n"
        "image_micro_batch_size_per_gpu = 8\n"
        "optimizer_options = {d_coef = 1.0, small = 1e-5, large = 1e16, count = 2, fused = true,"
        ' betas = [0.9, 0.99], own = {word = "ü"}, text = "as it is"}\n'
        '[[settings.directories]]\npath = "hf:a/b"\nresolutions = [[640, 480]]\n'
    ),
    "as upstream's own files have it, off": (
        'recipe = "diffusion-pipe"\n[settings]\nactivation_checkpointing = false\n'
        'micro_batch_size_per_gpu = ["512:4", 2]\n'
    ),
    "lists where there are none": (
        'recipe = "diffusion-pipe"\n[settings]\nresolutions = [[[512]], [true]]\n'
        "caption_prefix = [1, 2]\nmodel = true\noptimizer_options = {day = 1979-05-27}\n"
    ),
    "numbers as text": (
        'recipe = "diffusion-pipe"\n[settings]\nrank = "16"\nlearning_rate = "1e-4"\n'
        'frame_buckets = ["1", 33.0]\nbetas = ["0.9", 1]\nmax_steps = "1_000"\n'
        'shuffle_tags = "yes"\nenable_ar_bucket = 0\nepochs = 5.0\n'
    ),
    "text that is no number": (
        'recipe = "diffusion-pipe"\n[settings]\nrank = "1e2"\nlearning_rate = "0x10"\n'
        'frame_buckets = ["one"]\nshuffle_tags = "perhaps"\nenable_ar_bucket = 2\nepochs = 5.5\n'
    ),
    "numbers among a script's texts": (
        'recipe = "script"\n[settings]\nscript = "env"\nenvironment = {A = 1, B = 1.0}\n'
    ),
    "truth among a script's texts": (
        'recipe = "script"\n[settings]\nscript = "env"\nenvironment = {A = true}\n'
    ),
    "a number where a voice takes a text": 'recipe = "piper"\n[settings]\nvoice_name = 5\n',
    "a name that is no text": 'recipe = "piper"\nname = 5\n',
    "numbers that are not to be set": (
        'recipe = "diffusion-pipe"\n[settings]\nlearning_rate = ""\nmax_steps = ""\n'
        '[[settings.directories]]\npath = "hf:a/b"\nnum_repeats = ""\ncaption_prefix = ""\n'
    ),
    "a list of tables on one line": (
        'recipe = "diffusion-pipe"\n[settings]\ndirectories = [{path = "hf:owner/pictures"}]\n'
    ),
    "in a row, what there is not": (
        'recipe = "diffusion-pipe"\n[[settings.directories]]\npath = "hf:a/b"\nrepeats = 2\n'
    ),
    "in a row, what can't be": (
        'recipe = "diffusion-pipe"\n[[settings.directories]]\npath = "hf:a/b"\n'
        "[[settings.directories]]\nnum_repeats = 0\n"
    ),
    "no recipe": 'name = "a"\n',
    "a recipe that there is not": 'recipe = "nothing"\n',
    "a setting that there is not": 'recipe = "piper"\n[settings]\nepoch = 1\n',
    "a value that can't be": 'recipe = "piper"\n[settings]\nepochs = 0\nquality = "best"\n',
    "a word where a number is due": 'recipe = "piper"\n[settings]\nepochs = "many"\n',
    "a compute that there is not": 'recipe = "piper"\n[compute]\nname = "moon"\n',
    "of the compute, what there is not": 'recipe = "piper"\n[compute]\nname = "runpod"\nspot = true\n',
    "another format": 'format = 2\nrecipe = "piper"\n',
    "a table that there is not": 'recipe = "piper"\n[secrets]\nHF_TOKEN = "x"\n',
    "no TOML": 'recipe = "piper\n',
    "twice the same": 'recipe = "piper"\nrecipe = "piper"\n',
}


def cases() -> list[dict[str, Any]]:
    """Of a file that can't be read, the codes and fields of its problems: words may differ."""
    return [*map(_written, _JOBS.items()), *map(_read, _FILES.items())]


def _written(case: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    name, asked = case
    job = build(asked)
    text = as_toml(job)
    return {"name": name, "draft": job.model_dump(), "text": text, "read": _job(text)}


def _read(case: tuple[str, str]) -> dict[str, Any]:
    name, text = case
    try:
        return {"name": name, "text": text, "read": _job(text)}
    except WrongInput as wrong:
        found = [{"code": problem.code, "field": problem.field} for problem in wrong.problems]
        return {"name": name, "text": text, "problems": found}


def _job(text: str) -> dict[str, Any]:
    job = parse(text, _NOWHERE)
    return draft(job) if job.compute.name == COMPUTE else job.model_dump()
