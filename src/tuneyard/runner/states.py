"""The states of a job: one table of allowed moves.

    queued → provisioning → preparing → training → finishing → succeeded
                                                             → failed | stopped | lost

Every unfinished state may also end as failed, stopped or lost. A new attempt
starts again at `queued` from whichever end the one before it came to.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(str, Enum):
    QUEUED = "queued"
    PROVISIONING = "provisioning"
    PREPARING = "preparing"
    TRAINING = "training"
    FINISHING = "finishing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        return self in ENDS


ENDS = frozenset({State.SUCCEEDED, State.FAILED, State.STOPPED, State.LOST})

# A local job goes from `queued` straight to the phase of its first step; steps
# that were finished by an earlier attempt are passed over, phase and all.
MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset(
        {State.PROVISIONING, State.PREPARING, State.TRAINING, State.FINISHING, *ENDS}
    ),
    # Home may have slept until a pod's job trained, or was over.
    State.PROVISIONING: frozenset({State.PREPARING, State.TRAINING, State.FINISHING, *ENDS}),
    State.PREPARING: frozenset({State.TRAINING, State.FINISHING, *ENDS}),
    State.TRAINING: frozenset({State.FINISHING, *ENDS}),
    State.FINISHING: ENDS,
    **{end: frozenset({State.QUEUED}) for end in ENDS},
}

PHASE_STATES = {
    "prepare": State.PREPARING,
    "train": State.TRAINING,
    "finish": State.FINISHING,
}


class WrongMove(RuntimeError):
    def __init__(self, now: State, wanted: State) -> None:
        allowed = ", ".join(sorted(state.value for state in MOVES[now]))
        super().__init__(f"a job that is {now.value} can become {allowed}; not {wanted.value}")


def can_save(state: Mapping[str, Any]) -> bool:
    """Whether what a state.json tells of can be asked now for a checkpoint, and go on."""
    saves = bool((state.get("step") or {}).get("saves"))
    return saves and state["state"] == State.TRAINING and not state.get("stopping")


def move(now: State, wanted: State) -> State:
    """The wanted state, if the table allows it. Raises `WrongMove`."""
    if wanted not in MOVES[now]:
        raise WrongMove(now, wanted)
    return wanted
