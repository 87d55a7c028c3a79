"""How long an attendant waits for what. All in seconds, so that tests can be short."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields

_SETTING = "TUNEYARD_ATTENDANT_LIMITS"  # a JSON object


@dataclass(frozen=True)
class Limits:
    """poll: between two looks at a pod that answers. look: between two questions to RunPod.
    settle: until a pod that was asked for, and whose answer was lost, must be in the list.
    capacity: that an offer is waited for when none has room. start: until a new pod must
    answer. silence: that a pod which answered may not, before RunPod is asked. end: that a
    pod has to end itself, before it is ended from here. large: between two looks at
    samples and checkpoints. hub: that the Hub is asked again for what a pod pushed.
    """

    poll: float = 1.0
    look: float = 5.0
    settle: float = 60.0
    capacity: float = 1800.0
    start: float = 1800.0
    silence: float = 30.0
    end: float = 60.0
    large: float = 10.0
    hub: float = 600.0

    @classmethod
    def given(cls) -> Limits:
        """As the environment has them, for rehearsals and tests."""
        given = json.loads(os.environ.get(_SETTING) or "{}")
        return cls(**{each.name: given[each.name] for each in fields(cls) if each.name in given})
