"""What the guard has to say of a job, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneyard.runner.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def end(state: Mapping[str, Any]) -> str:
    told = {"succeeded": "The job has succeeded.", "lost": "Nobody knows how the job ended."}
    cause = state.get("cause") or {}
    parts = (
        told.get(state["state"], f"The job has {state['state']}."),
        cause.get("sentence"),
        cause.get("next_step"),
    )
    return " ".join(part for part in parts if part)


def event(data: Mapping[str, Any]) -> str | None:
    """A line for the container's log, of what is worth one."""
    kind = data.get("event")
    if kind == "attempt":
        return f"Attempt {data['attempt']}."
    if kind == "step":
        return f"Step {data['n']}: {data['step']}."
    if kind in {"checkpoint", "interrupted"}:
        return f"A checkpoint at step {data.get('step', '?')}."
    if kind == "warning":
        cause = data.get("cause") or {}
        return f"Warning: {cause.get('sentence') or data.get('step')}"
    return None


def minutes(seconds: float) -> str:
    return f"{max(0, round(seconds))} s" if seconds < 100 else f"{seconds / 60:,.0f} min"


FULL = Cause(
    code="disk-full",
    sentence="The pod's disk is full.",
    next_step="Start the job again with a larger disk, or keep fewer checkpoints.",
)


NO_RECORD = Cause(
    code="hub-unreached",
    sentence="The Hub could not be asked for a checkpoint that this job pushed before.",
    next_step="The job begins without. If it had one, stop it and resume it later.",
)


def boot_loop(times: int, seconds: float) -> Cause:
    return Cause(
        code="boot-loop",
        sentence=f"The pod's container was started {times} times within {minutes(seconds)}, "
        "and the job got no further in between.",
        next_step="Resume it on another GPU or in another data center, with more disk, "
        "or with settings that need less memory.",
    )


def unplanned(error: Exception) -> Cause:
    return Cause(
        code="no-plan",
        sentence=f"The job could not be planned in the pod: {type(error).__name__}: {error}",
        next_step="Run `tuneyard plan` on the job at home. If that works, please report this.",
    )


def lacks(names: Iterable[str], unknown: Iterable[str] = ()) -> Cause:
    """Secrets that the job needs; `unknown` are those that RunPod was to fill in."""
    if told := ", ".join(sorted(unknown)):
        return Cause(
            code="secret-missing",
            sentence=f"RunPod has no such secret as {told} was to be taken from.",
            next_step="Make the secret in RunPod's console, or let Tuneyard send the key itself.",
        )
    return Cause(
        code="secret-missing",
        sentence=f"The job needs {', '.join(names)}, which the pod was not given.",
        next_step="Give it at home with `tuneyard secrets set`, and start the job again.",
    )


def no_gpu(wanted: int, found: int) -> Cause:
    return Cause(
        code="no-gpu",
        sentence=f"The job needs GPUs: {wanted}. In this pod there answer: {found}.",
        next_step="Start the job again, which brings it to another host; "
        "if that doesn't help, choose another GPU or data center.",
    )


def no_inputs(names: Iterable[str], seconds: float, trouble: str = "") -> Cause:
    """`trouble` is the Hub's, if all of them come from there."""
    if trouble:
        return Cause(
            code="hub-unreached",
            sentence=f"The Hub gave nothing of {', '.join(names)} for {minutes(seconds)}: {trouble}.",
            next_step="Resume the job later: what has arrived may have to come again.",
        )
    return Cause(
        code="no-inputs",
        sentence=f"Nothing of {', '.join(names)} has come from home for {minutes(seconds)}.",
        next_step="Start the job again while this computer is on, "
        "or let the data come from the Hugging Face Hub.",
    )


def runner_ends(times: int) -> Cause:
    return Cause(
        code="runner-ends",
        sentence=f"The job's runner was started {times} times and ended each time.",
        next_step="Look into the job's runner.log, and for a full disk; then resume the job.",
    )


def not_from_hub(code: str, source: Mapping[str, str], why: str) -> Cause:
    """Of an input that the pod was to fetch itself."""
    return Cause(
        code=code,
        sentence=f"The pod can't have {source['path']} of {source['repository']} "
        f"from the Hub: {why}.",
        next_step="Look there whether it is as it was, and whether HF_READ_TOKEN may read it; "
        "then resume the job.",
    )
