"""Why training a Piper voice fails: rules as data.

A failure that Tuneyard's own entry rules out has a rule all the same, where another
Piper or an interpreter of the user's could bring it back.
"""

from __future__ import annotations

from dataclasses import replace

from tuneyard.runner.causes import GENERAL, Rule

_TRAINING = ("train",)
_EXPORT = ("export",)

_PIPER = (
    Rule(
        code="nothing-to-train",
        pattern=r"the checkpoint already has (?P<trained>\d+) epochs, and the training is to"
        r" end at (?P<goal>\d+)",
        steps=_TRAINING,
        sentence="There is nothing to train: {trained} epochs are done, and it is to end at {goal}.",
        next_step="Choose more epochs to add, or a later epoch to train until.",
        fix={"epochs": "more"},
    ),
    Rule(
        code="loss-nan",
        pattern=r"The loss is not a number \(nan\) since step (?P<step>\d+)",
        steps=_TRAINING,
        sentence="The loss became no number (nan) at step {step}, from which no training recovers.",
        next_step="Lower the learning rates, or train in full precision (32-true); then resume.",
        fix={"learning_rate": "half", "learning_rate_d": "half", "precision": "32-true"},
    ),
    Rule(
        code="base-unsafe",
        pattern=r"(?P<file>\S+) holds objects that can't be read safely",
        sentence="The base {file} holds more than weights, and what it holds could run as a program.",
        next_step="Choose a base of the list, or a checkpoint that Tuneyard has made.",
    ),
    Rule(
        code="base-not-fitting",
        pattern=r"The base doesn't fit this voice",
        steps=_TRAINING,
        sentence="The base doesn't fit this voice: most of its weights have another size.",
        next_step="Choose the quality that the base was made with, or another base.",
    ),
    Rule(
        code="base-paths",
        pattern=r"Unsupported global: GLOBAL pathlib\.\w+",
        sentence="The base was made by an older Piper and holds paths, which a newer torch refuses.",
        next_step="Use it as a warm start, or let Tuneyard's own training entry read it.",
        fix={"base_use": "warm-start"},
    ),
    Rule(
        code="base-old-options",
        pattern=r"does not accept (?:option|nested key) '(?P<option>model\.\w+)'"
        r"(?=[\s\S]*Parsing of ckpt_path hyperparameters failed)",
        sentence="The base was made by another Piper: its option {option} is unknown to this one.",
        next_step="Use the base as a warm start.",
        fix={"base_use": "warm-start"},
    ),
    Rule(
        code="base-weights-only",
        pattern=r"Trying to restore optimizer state but checkpoint contains only the model",
        steps=_TRAINING,
        sentence="The base holds only weights, and resuming needs the state of its training too.",
        next_step="Use the base as a warm start.",
        fix={"base_use": "warm-start"},
    ),
    Rule(
        code="base-speakers",
        pattern=r"(?:Missing|Unexpected) key\(s\) in state_dict:[^\n]*model_g\.emb_g\.weight"
        r"|size mismatch for model_g\.emb_g\.weight",
        steps=_TRAINING,
        sentence="The base has another number of speakers than the data, so it can't be resumed.",
        next_step="Use the base as a warm start: it then brings all that fits.",
        fix={"base_use": "warm-start"},
    ),
    Rule(
        code="base-quality",
        pattern=r"size mismatch for model_\w+\.\S+ copying a param with shape"
        r"|(?:Missing|Unexpected) key\(s\) in state_dict: \"model_g\.",
        steps=_TRAINING,
        sentence="The base was made with another quality: its net has another size.",
        next_step="Choose the quality that the base was made with, or another base.",
    ),
    Rule(
        code="cache-damaged",
        pattern=r"vits/dataset\.py\", line \d+, in (?:__getitem__|prepare_data)"
        r"(?:(?!vits/dataset\.py)[\s\S])*?PytorchStreamReader failed",
        steps=_TRAINING,
        sentence="A file in Piper's cache is damaged.",
        next_step="Delete work/cache in the job's folder, then resume: it is made again.",
    ),
    Rule(
        code="checkpoint-damaged",
        pattern=r"PytorchStreamReader failed|\S+ is damaged or not a checkpoint",
        sentence="The checkpoint is damaged: it was not copied or written to its end.",
        next_step="Fetch it again, or choose another.",
    ),
    Rule(
        code="score-missing",
        pattern=r"MisconfigurationException: `ModelCheckpoint\(monitor='val_mos'\)` could not find",
        steps=_TRAINING,
        sentence="Piper's score of naturalness could not be downloaded, and without it Piper ends.",
        next_step="Train through Tuneyard's own entry, which leaves the score out.",
    ),
    Rule(
        code="alignment-missing",
        pattern=r"No module named '(?:piper\.train\.vits\.monotonic_align|monotonic_align)",
        sentence="Piper's package comes without a part that training needs (monotonic_align).",
        next_step="Install monotonic-alignment-search in the trainer's Python, or let Tuneyard"
        " build the environment.",
    ),
    Rule(
        code="export-onnxscript",
        pattern=r"No module named 'onnxscript'",
        steps=_EXPORT,
        sentence="torch's new exporter was used, and it lacks the package onnxscript.",
        next_step="Export with Tuneyard, which uses the older exporter: resume the job.",
    ),
    Rule(
        code="export-new-exporter",
        pattern=r"GuardOnDataDependentSymNode",
        steps=_EXPORT,
        sentence="torch's new exporter can't follow a voice whose length depends on what it says.",
        next_step="Export with Tuneyard, which uses the older exporter: resume the job.",
    ),
    Rule(
        code="csv-columns",
        pattern=r"Expected CSV columns for multi-speaker metadata",
        steps=_TRAINING,
        sentence="A line of the metadata has no speaker: several speakers need file|speaker|text.",
        next_step="Add the speaker to each line, or train a single speaker.",
        fix={"speakers": "single"},
    ),
    Rule(
        code="more-speakers",
        pattern=r"More speakers in metadata than num_speakers",
        steps=_TRAINING,
        sentence="The data has more speakers than the voice was set up for.",
        next_step="Start a new job with this data: the number of speakers can't grow later.",
    ),
    Rule(
        code="clips-not-found",
        pattern=r"None of the clips in \S+ was found in (?P<folder>[^\n]+?)\. "
        r"|num_samples should be a positive integer value, but got num_samples=0",
        steps=_TRAINING,
        sentence="None of the clips that the metadata names was found.",
        next_step="Check the file names in the first column of the metadata.",
    ),
    Rule(
        code="clip-unreadable",
        pattern=r"Error opening '(?P<file>[^']+)': (?P<why>[^\n]+?)\.?$",
        steps=_TRAINING,
        sentence="The clip {file} can't be read: {why}.",
        next_step="Convert it to WAV, or take it out of the data.",
    ),
    Rule(
        code="clip-too-short",
        pattern=r"Padding size should be less than the corresponding input dimension",
        steps=_TRAINING,
        sentence="A clip is too short to train with: a few hundredths of a second.",
        next_step="Take the shortest clips out of the data; tuneyard check names them.",
    ),
    Rule(
        code="language-unknown",
        pattern=r"Failed to set voice: (?P<voice>\S+)",
        sentence="The espeak-ng inside Piper doesn't know the language {voice}.",
        next_step="Choose one of the list; tuneyard recipes show piper has it.",
    ),
    Rule(
        code="gpu-fourier",
        pattern=r"cuFFT error: CUFFT_INTERNAL_ERROR",
        steps=_TRAINING,
        sentence="The GPU failed in a Fourier transform: it is out of memory, or newer than torch.",
        next_step="Lower the batch size; if that doesn't help, use a newer torch.",
        fix={"batch_size": "half"},
        upstream="OHF-Voice/piper1-gpl#139",
    ),
    Rule(
        code="voice-silent",
        pattern=r"Not one of the samples can be heard",
        steps=("speak",),
        sentence="The voice is silent: not one of its samples can be heard.",
        next_step="Look whether the losses fell, and train longer or with lower learning rates.",
    ),
    Rule(
        code="usage",
        pattern=r"^error: (?P<what>[^\n]+)",
        exit_codes=(2,),
        steps=_TRAINING,
        sentence="This version of Piper doesn't take the options it was given: {what}.",
        next_step="Use piper-tts 1.8.0: leave the trainer's Python to Tuneyard.",
        fix={"trainer_python": ""},
    ),
)

# What helps a Piper voice in trouble that any trainer may have
_FIXES = {
    "gpu-memory": {"batch_size": "half"},
    "gpu-missing": {"accelerator": "auto"},
    "shared-memory": {"workers": "0"},
    "memory": {"batch_size": "half"},
    "worker-killed": {"workers": "0"},
    "killed": {"batch_size": "half"},
}

RULES: tuple[Rule, ...] = (
    *_PIPER,
    *(
        replace(rule, fix=_FIXES[rule.code], steps=_TRAINING)
        for rule in GENERAL
        if rule.code in _FIXES
    ),
)
"""Piper's own first, then the general ones for which Piper's settings hold a fix."""
