"""After a wiped disk a pod makes its job's folder anew: from here it gets the checkpoint that came home.

Where the job has a repository nothing is sent: the pod finds there what was pushed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.jobs import inputs
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.mirror.checkpoints import newest_checkpoint
from tuneyard.jobs.remote.mirror.face import FaceRefused
from tuneyard.runner.folder import read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuneyard.jobs.remote.attendant import Attendant
    from tuneyard.jobs.remote.mirror.face import Face

_YOUNG = 600.0  # seconds; what a pod does in them may be done once more


def notice(here: Attendant, job: Mapping[str, Any]) -> None:
    """Says what will be, and notes which checkpoint is to go there.

    `job` is what the face just said. The note is written down by whoever notes the folder's
    new incarnation: both or neither are known to the next attendant.
    """
    newest = newest_checkpoint(here.folder, here.attempt + 1)
    here.handle.again = None
    if repository := here.job.results.repository:
        said = words.looks_there(repository)
    elif newest is None:
        said = words.ANEW
    elif _overtaken(here, job, newest[1]):
        said = words.OVERTAKEN
    else:
        place, path = newest
        here.handle.again = (place, str(path.relative_to(here.folder.path)))
        said = words.SENT_AGAIN
    here.event("pod", said=f"{words.WIPED} {said}")


def send(here: Attendant, face: Face, job: Mapping[str, Any]) -> words.Verdict | None:
    """Tells the pod to go on from the checkpoint, until it has heard that. Its bytes go as all inputs do.

    The verdict is there if it can't. Raises InputsError, FaceAway, FaceRefused.
    """
    packed = here.again()
    if packed is None or here.stop or job["ended"] or packed.sha256 in job["inputs"]:
        return None
    manifest, _ = inputs.told([packed])
    try:
        face.again(manifest)
    except FaceRefused as refused:
        if refused.status == 404:  # it was made by a version that knows nothing of this
            return words.wiped()
        if refused.status >= 500:
            raise
        here.handle.again = None
        here.save()
        ended = refused.status == 409
        here.event("pod", said=words.ENDED_ANEW if ended else words.not_taken(str(refused)))
    return None


def _overtaken(here: Attendant, job: Mapping[str, Any], checkpoint: Path) -> bool:
    """Whether a pod that home didn't see for long has come further than the checkpoint."""
    _, mirror, *_ = checkpoint.relative_to(here.folder.path).parts
    events = read_lines(here.folder.path / "remote" / mirror / "events.jsonl")
    saved = [e["step"] for e in events if e["event"] == "checkpoint" and _is_step(e.get("step"))]
    reached = (job["state"].get("progress") or {}).get("step")
    if saved and _is_step(reached):
        return bool(reached > saved[-1])
    age = job["now"] - min(job["boots"], default=job["now"])  # of the folder that began anew
    made_after = checkpoint.stat().st_mtime - (here.handle.created or 0.0)
    return bool(age > max(made_after, _YOUNG))


def _is_step(value: Any) -> bool:
    return isinstance(value, int | float)
