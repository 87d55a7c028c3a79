"""Trains the voice: Piper's own training, with our ears and our order of things around it.

Run in the job's ``work/`` folder under the trainer's Python. Exit codes: 0 the goal
or the most hours are reached (or were already); 64 there is nothing to train;
65 the base can't be used; 66 the loss became no number; 143 stopped on request;
else Piper's own failure.

Whatever `rules.CHANGEABLE` lets a further attempt set anew takes effect: in Lightning a
checkpoint's own settings win over the ones asked for; here they don't. What can't change
are quality, sample rate and speakers, which shape the net that a checkpoint holds, and
seed and validation split, which decide the clips that are kept from training.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneyard.recipes.piper.trainer import arguments, cache, checkpoint, epochs, job, kept
from tuneyard.recipes.piper.trainer.events import Events
from tuneyard.recipes.piper.trainer.job import CHECKPOINTS, EVENTS, Refused, say
from tuneyard.recipes.piper.trainer.stopping import INTERRUPTED, Stopped, StopRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuneyard.recipes.piper.trainer.kept import Kept

NOTHING_TO_TRAIN = 64
_START = Path("train/start.json")
_PLAIN_BASE = Path("train/base.ckpt")


def main(_argv: list[str]) -> int:
    stop = StopRequest()
    stop.listen()
    with Events(EVENTS) as events:
        return _end_in_words(events, stop)


def _end_in_words(events: Events, stop: StopRequest) -> int:
    try:
        return _train(events, stop)
    except Stopped:
        return _interrupted(events)
    except Refused as refused:
        say(f"\n{refused}")  # below the progress bar
        return refused.code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except Exception:
        if stop.asked:  # it fell over while it was ending; what was kept is still good
            return _interrupted(events)
        raise


def _train(events: Events, stop: StopRequest) -> int:
    settings, data, base = job.read("settings.json"), job.read("data.json"), job.read("base.json")
    kept.clear_partial(CHECKPOINTS)
    own = _newest_that_loads()
    start = _start(base, resuming=own is not None)
    goal = epochs.target(start, settings)
    trained = own.epochs_trained if own else start.epoch
    verdict = epochs.verdict(trained, goal, own=own is not None)
    if verdict == "already done":
        say(f"The training already has its {goal} epochs.")
        return 0
    if verdict == "nothing to train":
        raise Refused(_nothing_to_train(trained, goal), NOTHING_TO_TRAIN)
    say(f"Training from epoch {trained} to {goal}{f', resumed from {own.path}' if own else ''}.")
    said = cache.prepare(Path(arguments.CACHE), cache.key(settings, data, _piper_version()))
    if said:
        say(said)
    return _fit(settings, data, base, events, stop, own=own, goal=goal)


def _fit(
    settings: Mapping[str, Any],
    data: Mapping[str, Any],
    base: Mapping[str, Any],
    events: Events,
    stop: StopRequest,
    *,
    own: Kept | None,
    goal: int,
) -> int:
    # the trainer's libraries take seconds to load; what is refused above is refused at once
    from tuneyard.recipes.piper.trainer import fit, watch  # noqa: PLC0415

    foundation = own.path if own else _plain(base)
    if own:
        _PLAIN_BASE.unlink(missing_ok=True)  # half a gigabyte that nobody needs any more
    warm = own is None and foundation is not None and base["use"] == "warm-start"
    resume = None if warm else foundation
    reporter = watch.Reporter(events, resumed=own or resume)
    keeper = watch.Keeper(
        events,
        reporter,
        stop,
        every=settings["checkpoint_epochs"],
        keep_last=settings["keep_last"],
        max_hours=settings["max_hours"],
        scale_rates=_scale_rates(settings, resume),
    )
    fits = [watch.BaseFits(checkpoint.shapes(foundation))] if warm and foundation else []
    command = arguments.fit(settings, data, epochs=goal, warm_start=str(foundation) if warm else "")
    try:
        fit.run(command, [*fits, reporter, keeper], resume)
    except watch.TimeIsUp:
        _write_end(events, "max_hours")
        say(f"\nThe training was ended after {settings['max_hours']} hours, as set.")
        return 0
    _check_reached(goal)
    _write_end(events, "epochs")
    return 0


def _newest_that_loads() -> Kept | None:
    """Puts damaged ones aside, newest first, so that nothing takes them for the newest again."""
    for one in reversed(kept.listed(CHECKPOINTS)):
        if job.is_whole(one.path):
            return one
        one.path.rename(one.path.with_name(f"{one.path.name}.damaged"))
        say(f"Warning: the checkpoint {one.path.name} is damaged; the one before it is used.")
    return None


def _start(base: Mapping[str, Any], *, resuming: bool) -> epochs.Start:
    """Where the count began: written down once, so that it stands when the base changes later."""
    if resuming and _START.exists():
        return epochs.Start.from_json(job.read(str(_START)))
    path = base.get("path")
    trained = checkpoint.inspect(Path(path))["epochs_trained"] if path else 0
    start = epochs.Start.of_base(base, trained)
    job.write(_START, start.as_json())
    return start


def _nothing_to_train(trained: int, goal: int) -> str:
    return (
        f"There is nothing to train: the checkpoint already has {trained} epochs, and the training "
        f"is to end at {goal}. Choose more epochs to add, or a later epoch to train until."
    )


def _plain(base: Mapping[str, Any]) -> Path | None:
    path = base.get("path")
    return checkpoint.plain(Path(path), _PLAIN_BASE) if path and base["use"] != "none" else None


def _scale_rates(settings: Mapping[str, Any], resume: Path | None) -> tuple[float, float]:
    """How far the learning rates differ from those that the checkpoint was made with."""
    if resume is None:
        return (1.0, 1.0)
    before = checkpoint.load(resume).get("hyper_parameters") or {}
    both = before.get("learning_rate")
    rate, rate_d = both, before.get("learning_rate_d", both)
    return (
        settings["learning_rate"] / rate if rate else 1.0,
        settings["learning_rate_d"] / rate_d if rate_d else 1.0,
    )


def _check_reached(goal: int) -> None:
    newest = _newest()
    if newest is None or newest.epochs_trained < goal:
        trained = newest.epochs_trained if newest else 0
        raise Refused(
            f"Piper ended without an error, but only {trained} of {goal} epochs are kept. "
            "Look at the end of the log, then resume."
        )


def _newest() -> Kept | None:
    return next(reversed(kept.listed(CHECKPOINTS)), None)


def _write_end(events: Events, reason: str) -> None:
    newest = _newest()
    place = {"epoch": newest.epoch, "step": newest.step} if newest else {}
    events.write("end", **place, reason=reason)


def _interrupted(events: Events) -> int:
    newest = _newest()
    if newest is None:
        events.write("interrupted", path=None)
        say("\nThe training was stopped before it had a checkpoint.")
    else:
        events.write("interrupted", epoch=newest.epoch, step=newest.step, path=str(newest.path))
        say(f"\nThe training was stopped. Its newest checkpoint is {newest.path}.")
    return INTERRUPTED


def _piper_version() -> str:
    return importlib.metadata.version("piper-tts")
