"""What is done about a pod that is gone, where the job has a repository: home looks there.

If the pod pushed all that the job made, that is brought home, and the job has succeeded. The
same look may come before a further attempt asks for a pod: see `unheard`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tuneyard.jobs.remote import words
from tuneyard.jobs.remote.unheard import UNKNOWN
from tuneyard.recipes.hub import HubError
from tuneyard.runner.states import State

from . import pushed

if TYPE_CHECKING:
    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.jobs.remote.attendant import Attendant
    from tuneyard.runner.problems import Problem

    from .pushed import Found

_REFUSED = frozenset({"hub-token", "hub-missing", "hub-right", "hub-gated"})
_FINAL = _REFUSED | {"hub-name", "wrong-bytes"}  # what another try would not change


def fetch(here: Attendant, _client: RunPod) -> None:
    """Until it is known what the repository holds of this job, and that is home if it is all."""
    end, arrived = time.monotonic() + here.limits.hub, 0
    while True:
        try:
            found = pushed.look(here.job.results, here.folder.id)
            if found is None or not _is_all(here, found):
                _go_on_without(here, found)
                return
            _bring(here, found)
            here.event("warning", title="Results", cause=words.fetched(here.job.results.repository))
            here.to("gone", verdict=words.SUCCEEDED, unheard="")
            return
        except HubError as error:
            problem = error.problem
        if problem.code in _REFUSED and not here.stop and (needs := pushed.needs()):
            here.show(needs=needs)
            return
        if (now := _arrived(here)) > arrived:
            end, arrived = time.monotonic() + here.limits.hub, now
        if here.stop or problem.code in _FINAL or time.monotonic() > end:
            _give_up(here, problem)
            return
        here.say(problem.sentence)
        here.pause(here.limits.look)


def _is_all(here: Attendant, found: Found) -> bool:
    """Whether that pod pushed the job's results: those of an earlier attempt are not this one's."""
    ended, pod = found.record.state == State.SUCCEEDED.value, here.handle.unheard
    return ended and bool(pod) and pod in {UNKNOWN, found.record.pod}


def _bring(here: Attendant, found: Found) -> None:
    here.say("")
    for path, stored in found.record.files.items():
        # Whatever a repository says, it writes nothing else here.
        if path.startswith(("outputs/", "samples/")):
            pushed.bring(here.job.results, found, stored, here.mirror.place.path / path)
            here.mirror.keep(path)


def _go_on_without(here: Attendant, found: Found | None) -> None:
    repository = here.job.results.repository
    checkpoint = found is not None and bool(found.record.checkpoint)
    if not here.handle.asked:
        here.to("offering", unheard="", mirrored=not checkpoint)
        return
    verdict = here.handle.verdict or words.vanished()
    if verdict["state"] == State.SUCCEEDED.value:
        here.event("warning", title="Results", cause=words.not_home(repository))
    elif checkpoint:
        verdict = words.checkpoint_there(verdict, repository)
    here.to("gone", verdict=verdict, unheard="")


def _give_up(here: Attendant, problem: Problem) -> None:
    repository = here.job.results.repository
    if not here.handle.unheard:  # then it is only about the newest checkpoint
        here.say(problem.sentence)
        here.to("offering")
        return
    verdict = here.handle.verdict or words.vanished()
    if not here.handle.asked and here.stop:
        verdict = words.STOPPED
    elif verdict["state"] == State.SUCCEEDED.value:
        here.event("warning", title="Results", cause=words.not_home(repository, problem))
    else:
        verdict = words.perhaps_there(verdict, repository, problem)
    here.to("gone", verdict=verdict)


def _arrived(here: Attendant) -> int:
    """Bytes of results that are home, whole or in part."""
    place = here.mirror.place
    files = [path for folder in (place.outputs, place.samples) for path in folder.rglob("*")]
    return sum(path.stat().st_size for path in files if path.is_file())
