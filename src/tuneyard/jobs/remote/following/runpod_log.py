"""What RunPod's own log says of a pod whose face can't be reached: each line once, in order."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from tuneyard.compute.runpod.errors import RunPodError
from tuneyard.runner.folder import read_lines

if TYPE_CHECKING:
    from tuneyard.compute.runpod.client import RunPod
    from tuneyard.compute.runpod.logs import LogLine, Source
    from tuneyard.compute.runpod.pods import Pod
    from tuneyard.jobs.remote.attendant import Attendant

MOST = 200  # lines of one look; of more, the newest
ENOUGH = 5000  # lines of a pod; from then on, the newest of each look

_LONGEST = 500  # characters of one line
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def listen(here: Attendant, client: RunPod, pod: Pod) -> None:
    """Passes on what is new: how far the image is, and then what the container says.

    The last line's id stands in the same event as the lines: there the next look goes on.
    """
    source: Source = "system" if pod.uptime is None else "container"
    told, after = _heard(here, source)
    count, lines = 0, deque["LogLine"](maxlen=MOST if told < ENOUGH else 1)
    try:
        for line in client.logs(pod.id, source, after=after, tail=MOST, idle=1.0, whole=3.0):
            lines.append(line)
            count += 1
    except RunPodError as problem:
        here.say(problem.problem.sentence)
        return
    if lines:
        texts = [here.masked(_COLOURS.sub("", line.line))[:_LONGEST] for line in lines]
        place = {"pod": pod.id, "stream": source, "after": lines[-1].id}
        here.hear(texts, left_out=count - len(texts), **place)
    elif not here.handle.said:
        here.say("The pod is there, and has said nothing yet.")


def _heard(here: Attendant, source: Source) -> tuple[int, str]:
    """How many lines were passed on, and the id of the last one, "" before the first."""
    place, count, last = (here.handle.pod, source), 0, ""
    for event in read_lines(here.folder.events):
        if (event.get("pod"), event.get("stream")) == place:
            count, last = count + len(event["lines"]), str(event["after"])
    return count, last
