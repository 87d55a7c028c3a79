"""Piper's settings: fields and defaults only. What they do is in rules.py and steps.py."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from tuneyard.fields import setting

Quality = Literal["tiny", "x-low", "low", "medium", "high"]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", title="Piper voice")

    dataset: str = setting(
        "",
        "Dataset",
        "A folder or .zip with recordings and a metadata.csv (in each line file|what is said), or hf:owner/name[@revision] on the Hugging Face Hub.",
        importance="basic",
        group="Data",
        env="HF_DATASET_REPO_ID",
        widget="dataset",
    )
    language: str = setting(
        "en-us",
        "Language",
        "The espeak-ng voice that turns text into sounds; it must be the language of the recordings.",
        importance="basic",
        group="Data",
        env="LANGUAGE",
        widget="language",
    )
    speakers: Literal["single", "several"] = setting(
        "single",
        "Speakers",
        "Several needs a column that names the speaker: file|speaker|text.",
        importance="basic",
        group="Data",
        choices={"single": "one voice", "several": "several voices in one model"},
    )
    voice_name: str = setting(
        "",
        "Voice name",
        "The name in the voice's own settings; empty takes the job's name.",
        group="Data",
        max_length=100,
    )
    quality: Quality = setting(
        "medium",
        "Quality",
        "Larger models sound better, and train and speak more slowly.",
        importance="basic",
        group="Model",
        env="QUALITY",
        choices={
            "tiny": "0.5 M parameters: proves the pipeline, never a good voice",
            "x-low": "7 M parameters, 16 kHz",
            "low": "24 M parameters, 16 kHz",
            "medium": "24 M parameters, 22.05 kHz",
            "high": "36 M parameters, 22.05 kHz",
        },
    )
    base: str = setting(
        "",
        "Base",
        "A voice to start from, which needs far less data and time: a name of the table, a .ckpt file or an address. Empty starts from nothing.",
        importance="basic",
        group="Model",
        env="HF_CHECKPOINT_URL",
        widget="checkpoint",
    )
    base_use: Literal["warm-start", "resume"] = setting(
        "warm-start",
        "How to use the base",
        "Warm start takes its weights and counts epochs from 0; resume goes on with its optimizer and epoch count.",
        group="Model",
        shown_when={"base": "*"},
        choices={"warm-start": "take its weights", "resume": "go on where it ended"},
    )
    epochs: int = setting(
        500,
        "Epochs to add",
        "How often to go through the data, on top of what the base already has.",
        importance="basic",
        group="Training",
        unit="epochs",
        ge=1,
        le=1_000_000,
    )
    until_epoch: int | None = setting(
        None,
        "Until epoch",
        "An absolute epoch to end at, in place of epochs to add; must lie above the base's own.",
        importance="expert",
        group="Training",
        unit="epoch",
        env="MAX_EPOCHS",
        ge=1,
        le=10_000_000,
    )
    batch_size: int = setting(
        16,
        "Batch size",
        "Clips in one step. More is faster and needs more memory.",
        importance="basic",
        group="Training",
        unit="clips",
        env="BATCH_SIZE",
        ge=1,
        le=1024,
    )
    max_hours: float | None = setting(
        None,
        "At most",
        "Ends training after so long, with a checkpoint and a voice. Empty means no limit.",
        group="Training",
        unit="hours",
        gt=0,
        le=10_000,
    )
    checkpoint_epochs: int = setting(
        25,
        "Checkpoint every",
        "How often training is saved.",
        group="Training",
        unit="epochs",
        env="CHECKPOINT_EPOCHS",
        ge=1,
        le=1_000_000,
    )
    keep_last: int = setting(
        2,
        "Keep the last",
        "How many checkpoints stay on the disk (0.6 to 1 GB each). 0 keeps all.",
        group="Training",
        unit="checkpoints",
        env="KEEP_LAST_K",
        ge=0,
        le=10_000,
    )
    sentences: list[str] = setting(
        [],
        "Sentences to speak",
        "What the voice says as a sample. Empty takes a sentence of the language.",
        importance="basic",
        group="Samples",
        widget="sentences",
        max_length=20,
    )
    samples_while_training: bool = setting(
        default=True,
        title="Speak at every checkpoint",
        help="One hears the voice grow. Takes the CPU for some seconds at each checkpoint.",
        group="Samples",
    )
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = setting(
        "32-true",
        "Precision",
        "16-bit is faster on a GPU and takes less of its memory; 32-bit works everywhere.",
        group="Training",
        env="PRECISION",
        choices={
            "32-true": "32-bit",
            "16-mixed": "16-bit, mixed",
            "bf16-mixed": "bfloat16, mixed (newer GPUs)",
        },
    )
    learning_rate: float = setting(
        2e-4,
        "Learning rate",
        "Of the generator. Piper's own default.",
        importance="expert",
        group="Training",
        gt=0,
        lt=1,
    )
    learning_rate_d: float = setting(
        1e-4,
        "Learning rate of the discriminator",
        "Piper's own default.",
        importance="expert",
        group="Training",
        gt=0,
        lt=1,
    )
    validation_split: float = setting(
        0.1,
        "Validation split",
        "The share of clips that is kept from training to measure on.",
        importance="expert",
        group="Training",
        ge=0,
        le=0.5,
    )
    workers: int = setting(
        1,
        "Data workers",
        "Processes that read data beside the trainer.",
        importance="expert",
        group="Training",
        unit="processes",
        env="MAX_WORKERS",
        ge=0,
        le=64,
    )
    seed: int = setting(
        1234,
        "Seed",
        "The same seed chooses the same clips for validation and starts from the same weights.",
        importance="expert",
        group="Training",
        ge=0,
        le=2**32 - 1,
    )
    accelerator: Literal["auto", "cpu", "gpu"] = setting(
        "auto",
        "Train on",
        "Auto takes an NVIDIA GPU if there is one.",
        group="Training",
        choices={"auto": "a GPU if there is one", "cpu": "the CPU", "gpu": "a GPU, or not at all"},
    )
    sample_rate: int | None = setting(
        None,
        "Sample rate",
        "Of the voice. Empty takes what the quality is made for: 16,000 for x-low and low, else 22,050.",
        importance="expert",
        group="Model",
        unit="Hz",
        ge=8_000,
        le=48_000,
    )
    trim_silence: bool = setting(
        default=True,
        title="Trim silence",
        help="Cuts silence at the beginning and end of each clip down to a quarter of a second.",
        importance="expert",
        group="Data",
    )
    shortest_seconds: float = setting(
        0.5,
        "Shortest clip",
        "Shorter clips are left out.",
        importance="expert",
        group="Data",
        unit="seconds",
        ge=0,
        le=60,
    )
    longest_seconds: float = setting(
        15.0,
        "Longest clip",
        "Longer clips are left out: one of them can fill the memory of a whole batch.",
        importance="expert",
        group="Data",
        unit="seconds",
        gt=0,
        le=600,
    )
    trainer_python: str = setting(
        "",
        "Trainer's Python",
        "An interpreter that already has piper-tts[train]. Empty lets Tuneyard build one.",
        importance="expert",
        group="Training",
        widget="program",
    )
