"""Where things lie, seen from a job's ``work/``, in which every step runs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

OWN = Path(".tuneyard")  # ours, apart from the script's own files
JOB = OWN / "job.json"  # id, name, settings, results
SCRIPT = OWN / "script.json"  # what prepare found: path, command
EVENTS = OWN / "events.jsonl"  # what the watcher notes for the runner
PYTHON = OWN / "python.json"  # the Python that was built for the script, if one was
TOOLS = OWN / "tools-python.json"  # the Python that pushes

LOG = Path("../output.log")
OUTPUTS = Path("../outputs")
SAMPLES = Path("../samples")


def stays_below(path: str) -> bool:
    """Whether a path that somebody wrote leads nowhere but below where it is seen from."""
    return not path.startswith(("/", "~")) and ".." not in PurePosixPath(path).parts
