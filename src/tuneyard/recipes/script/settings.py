"""The settings of a script of one's own: fields and defaults. What they do is in rules.py and steps.py."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from tuneyard.fields import setting


class Settings(BaseModel):
    # A table of variables may say EPOCHS = 20 without quotes.
    model_config = ConfigDict(
        extra="forbid",
        title="Your own script",
        coerce_numbers_to_str=True,
        json_schema_extra={"numbers_as_text": True},  # so that a page takes them too
    )

    source: Literal["inline", "file", "folder", "address"] = setting(
        "inline",
        "The script is",
        "Where the script comes from. It is put into the job's folder and runs there.",
        importance="basic",
        group="Script",
        choices={
            "inline": "written here",
            "file": "a file of this computer",
            "folder": "in a folder, with files that it needs",
            "address": "at an https address",
        },
    )
    script: str = setting(
        "",
        "Script",
        "Its text. The first line says what runs it, such as #!/bin/bash or #!/usr/bin/env python3.",
        importance="basic",
        group="Script",
        widget="code",
        shown_when={"source": "inline"},
        max_length=20_000,
    )
    file: str = setting(
        "",
        "File",
        "The script's file.",
        importance="basic",
        group="Script",
        widget="file",
        shown_when={"source": "file"},
    )
    address: str = setting(
        "",
        "Address",
        "Of the script itself, beginning with https://. On GitHub: its “raw” address, best of one commit.",
        importance="basic",
        group="Script",
        shown_when={"source": "address"},
    )
    sha256: str = setting(
        "",
        "SHA-256",
        "What the script's checksum must be, so that nobody can change it unnoticed. Empty takes whatever is there.",
        group="Script",
        shown_when={"source": "address"},
    )
    entry: str = setting(
        "train.py",
        "Script in the folder",
        "Its path inside the folder.",
        importance="basic",
        group="Script",
        shown_when={"source": "folder"},
    )
    files: str = setting(
        "",
        "Folder with files",
        "Code, configuration or data that the script needs; it travels along to another computer.",
        importance="basic",
        group="Script",
        widget="folder",
    )
    files_use: Literal["copy", "path"] = setting(
        "copy",
        "The folder is",
        "Copied, the script finds its files beside it. For much data: left, and named in $TUNEYARD_FILES.",
        group="Script",
        shown_when={"files": "*"},
        choices={"copy": "copied to where the script runs", "path": "left where it is"},
    )
    interpreter: str = setting(
        "",
        "Run with",
        "Such as bash, python or Rscript --vanilla. Empty goes by the script's first line (#!), then by its name.",
        group="Script",
    )
    arguments: str = setting(
        "",
        "Arguments",
        "What follows the script's name, as in a shell: --epochs 20 --out 'my voice'. Nothing is expanded.",
        importance="basic",
        group="Script",
    )
    environment: dict[str, str] = setting(
        {},
        "Variables",
        "Environment variables by name. No tokens: those are named under Secrets.",
        importance="basic",
        group="Environment",
        widget="table",
    )
    secrets: list[str] = setting(
        [],
        "Secrets",
        "Names of the secrets that the script may read: HF_TOKEN; or, under a name of its own, MY_TOKEN=HF_TOKEN.",
        importance="basic",
        group="Environment",
        widget="secrets",
        max_length=50,
    )
    requirements: list[str] = setting(
        [],
        "Python packages",
        "What to install for the script, as pip takes it: torch==2.8.0. Empty uses the Python that is there.",
        group="Environment",
        max_length=200,
    )
    python_versions: str = setting(
        ">=3.10,<3.14",
        "Python versions",
        "For the packages. Another one than is there is fetched.",
        importance="expert",
        group="Environment",
        shown_when={"requirements": "*"},
    )
    outputs: list[str] = setting(
        [],
        "Results",
        "Files to keep at the end, as the script sees them: model/*.onnx. What it writes into $TUNEYARD_OUTPUTS is kept too.",
        importance="basic",
        group="Results",
        max_length=100,
    )
    checkpoints: list[str] = setting(
        [],
        "Checkpoints",
        "Files or folders that appear while it trains: checkpoints/*.pt. With a repository, each is pushed.",
        group="Results",
        max_length=100,
    )
    samples: list[str] = setting(
        [],
        "Samples",
        "Sounds and pictures to follow it by: samples/*.wav.",
        group="Results",
        max_length=100,
    )
    patterns: list[str] = setting(
        [],
        "Patterns of the log",
        "Regular expressions with named groups: step, total, epoch, epochs, checkpoint (a path); any other is a figure.",
        group="Progress",
        max_length=50,
    )
    usual_patterns: bool = setting(
        default=True,
        title="Understand usual lines",
        help="Progress bars, “Epoch 3/10”, “step 120 loss: 0.5” and the like.",
        group="Progress",
    )
    stop_signal: Literal["SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2"] = setting(
        "SIGTERM",
        "Signal to stop",
        "What asks the script to save and end.",
        group="Stop",
        choices={
            "SIGTERM": "as a computer that shuts down",
            "SIGINT": "as Ctrl-C",
            "SIGUSR1": "for scripts that save at it",
            "SIGUSR2": "same",
        },
    )
    stop_file: str = setting(
        "",
        "File to stop",
        "A file whose appearance asks the script to end, in place of a signal.",
        importance="expert",
        group="Stop",
    )
    grace: float = setting(
        60.0,
        "Time to save",
        "After so long it is ended by force.",
        group="Stop",
        unit="seconds",
        ge=0,
        le=3600,
    )
    gpus: int | None = setting(
        None,
        "GPUs",
        "How many it needs; 0 hides them from it. Empty takes one of this computer's, or all of a pod's.",
        group="Needs",
        ge=0,
        le=16,
    )
    gpu_memory_gb: float | None = setting(
        None,
        "Memory of the GPU",
        "At least so much; decides which GPUs are offered.",
        group="Needs",
        unit="GB",
        gt=0,
        le=1000,
    )
    disk_gb: float | None = setting(
        None,
        "Disk",
        "What it writes and installs, all in all.",
        group="Needs",
        unit="GB",
        gt=0,
        le=100_000,
    )
