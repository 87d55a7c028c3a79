"""How an attendant follows a pod: until it answers, while it trains, and until its results are home."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod.address import face as face_address
from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.jobs.inputs import InputsError
from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.handle import was_ended_here
from tuneyard.jobs.remote.mirror.face import Face, FaceAway, FaceRefused
from tuneyard.runner.pod import results
from tuneyard.runner.pod.serve import PORT
from tuneyard.runner.states import State

from . import runpod_log, wiped_disk
from .bringing import Bringing
from .sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.jobs.remote.attendant import Attendant


def wait(here: Attendant, client: RunPod) -> None:
    """Until the pod's face answers for the first time."""
    begun, looked = here.handle.created or time.time(), float("-inf")
    with _face(here) as face:
        while not here.stop:
            try:
                face.job()
                return here.to("running", saw=time.time())
            except FaceAway:
                pass
            except FaceRefused as refused:
                here.say(f"The pod's face refuses: {refused}")
            if time.monotonic() > looked + here.limits.look:
                looked = time.monotonic()
                if verdict := _lost(here, client):
                    return here.lose(verdict)
            if time.time() > begun + here.limits.start:
                return here.lose(words.never_answered(here.handle.said))
            here.pause(here.limits.poll)
    return here.end(words.STOPPED)


def follow(here: Attendant, client: RunPod) -> None:
    """While the pod trains: what is new comes home, stops and inputs go there."""
    told = ""
    with (
        _face(here) as face,
        Bringing(here, face.url) as bringing,
        Sending(here, face.url) as sending,
    ):
        while True:
            try:
                job = face.job()
                here.handle.saw = time.time()
                if _wiped(here, job):
                    wiped_disk.notice(here, job)
                    told = ""  # a stop was lost with the disk
                _pull(here, face, job)
                here.show()
                if verdict := wiped_disk.send(here, face, job):
                    return here.end(verdict)
                if job["ended"]:
                    return here.to("collecting")
                told = _stop(here, face, told)
                if here.folder.save.exists() and not here.stop:
                    _save(here, face)
                sending.pump(job)
                bringing.pump(results=False)
                here.pause(here.limits.poll)
            except InputsError as error:
                return here.end(words.refused(error.problem))
            except FaceRefused as refused:
                here.say(f"The pod's face refuses: {refused}")
                here.pause(here.limits.look)
            except FaceAway:
                if verdict := _after_silence(here, client):
                    return here.lose(verdict)
                here.pause(here.limits.poll)
            except OSError as error:
                with suppress(FaceAway, FaceRefused):
                    told = _stop(here, face, told)
                _unwritable(here, error)


def collect(here: Attendant, client: RunPod) -> None:
    """Brings home what the job made, then tells the pod that it may end."""
    with _face(here) as face, Bringing(here, face.url) as bringing:
        while True:
            try:
                job = face.job()
                here.handle.saw = time.time()
                if _wiped(here, job):
                    return here.to("running")  # it began anew: see there what that means
                if _pull(here, face, job):
                    here.show()
                elif bringing.pump(results=True):
                    face.collected(here.handle.segment.incarnation)
                    return here.to("releasing", collected=True)
                here.pause(here.limits.poll)
            except FaceRefused as refused:
                here.say(f"The pod's face refuses: {refused}")
                here.pause(here.limits.look)
            except FaceAway:
                if _after_silence(here, client):
                    return _without_collecting(here)
                here.pause(here.limits.poll)
            except OSError as error:
                _unwritable(here, error)


def _stop(here: Attendant, face: Face, told: str) -> str:
    """Tells the pod how it is to stop, unless it was `told` so; how it knows it by now."""
    wanted = here.stop
    if wanted and wanted != told:
        face.stop("now" if wanted == "now" else "save")
    return wanted


def _save(here: Attendant, face: Face) -> None:
    """Passes on that a checkpoint is wanted; a pod that is away hears of it later."""
    try:
        face.save()
    except FaceRefused as refused:
        cause = {"code": "not-saved", "sentence": str(refused), "next_step": ""}
        here.event("warning", step="save", title="Save a checkpoint now", cause=cause)
    here.folder.save.unlink(missing_ok=True)


def _unwritable(here: Attendant, error: OSError) -> None:
    """The pod goes on without a disk here that takes what it makes, and keeps it until there is one."""
    with suppress(OSError):
        here.say(words.unwritable(error))
    here.pause(here.limits.look)


def _face(here: Attendant) -> Face:
    return Face(face_address(here.handle.pod, PORT), here.handle.token)


def _pull(here: Attendant, face: Face, job: Mapping[str, Any]) -> bool:
    """What is new comes home; what was said of a trouble is over then."""
    new = here.mirror.pull(face, job)
    if here.handle.said:
        here.say("")
    return new


def _wiped(here: Attendant, job: Mapping[str, Any]) -> bool:
    """Whether the pod's folder is another one than it was, made since the last look."""
    known = here.handle.segment.incarnation
    return bool(known) and job["incarnation"] != known


def _after_silence(here: Attendant, client: RunPod) -> words.Verdict | None:
    """What is to be made of a face that was there and is away: patience, until RunPod knows more."""
    if time.time() < (here.handle.saw or 0.0) + here.limits.silence:
        return None
    if here.handle.said in {"", words.SILENT}:
        here.say(words.unstoppable(here.handle.pod) if here.stop else words.SILENT)
    here.pause(here.limits.look)
    return _lost(here, client)


def _lost(here: Attendant, client: RunPod) -> words.Verdict | None:
    """The verdict, if RunPod says for certain that there is no such pod any more."""
    try:
        pod = client.pod(here.handle.pod)
        if pod is None:
            listed = any(each.id == here.handle.pod for each in client.pods())
            return None if listed else _gone(here)
    except RunPodError as problem:
        here.say(problem.problem.sentence)  # unknown is no reason to give up
        return None
    if pod.status in {"EXITED", "TERMINATED"}:
        return _gone(here, words.stopped_outside())
    # Where its face can't be reached, RunPod still tells what the container says.
    runpod_log.listen(here, client, pod)
    return None


def _gone(here: Attendant, otherwise: words.Verdict | None = None) -> words.Verdict:
    if was_ended_here(here.folder, here.handle.pod):
        return words.ended_here()
    return otherwise or words.vanished()


def _without_collecting(here: Attendant) -> None:
    """The job is over, and its pod is gone before all was home."""
    state = here.mirror.state
    told = {"state": state["state"], "cause": state.get("cause")}
    if state["state"] != State.SUCCEEDED:
        here.end(told)
    else:
        here.lose(told if results.pushed(here.mirror.place) else words.results_lost())
