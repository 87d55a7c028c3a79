"""How trainings are stopped, fail, are killed, and go on."""

import os
import signal
from pathlib import Path

import pytest

from recipes.diffusion_pipe.trainings import LONG, Lora, Make
from tuneyard.runner.folder import held, read_json, write_json


def test_a_stop_that_saves_leaves_the_model_of_that_step_and_a_resume_goes_on(lora: Make) -> None:
    job = in_training(lora)
    assert job.stop("save")["state"] == "stopped"
    at, after = [event["step"] for event in job.events("checkpoint")]
    assert after == at + 1
    (model,) = job.events("saved")
    assert (model["name"], model["step"]) == (f"step{after}", after)
    assert job.outputs()["adapter.safetensors"] == f"weights of step{after}"
    (interrupted,) = job.events("interrupted")
    assert (interrupted["step"], job.progress()["steps"]) == (after, 40)
    job.steer()
    assert job.resume()["state"] == "succeeded", job.log()[-3000:]
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))
    assert f"--resume_from_checkpoint {job.run_folder.name}" in job.log()
    assert job.outputs()["adapter.safetensors"] == "weights of epoch1"


def test_a_stop_leaves_no_model_where_nobody_wants_one(lora: Make) -> None:
    job = in_training(lora, lora_at_stop=False)
    assert job.stop("save")["state"] == "stopped"
    assert len(job.events("checkpoint")) == 1
    assert not job.events("saved")
    assert job.log().count("fetch_hostfile") == 1  # the trainer was started once


def test_a_stop_makes_no_model_of_a_step_that_has_one(lora: Make) -> None:
    job = in_training(lora, save_every_n_steps=1)
    assert job.stop("save")["state"] == "stopped"
    assert job.log().count("fetch_hostfile") == 1
    (interrupted,) = job.events("interrupted")
    assert job.outputs()["adapter.safetensors"] == f"weights of step{interrupted['step']}"


def test_a_stop_that_reaches_the_end_is_not_trained_beyond_it(lora: Make) -> None:
    """The step that a stop takes may be the last one: the trainer would go on for an epoch."""
    job = lora(**LONG)
    job.steer(hang_at=40)
    job.start()
    job.until_step(39)
    job.folder.stop.write_text("save\n")
    job.until((job.run_folder / "save_quit").exists)
    job.steer()
    assert job.ended()["state"] == "stopped"
    assert job.resume()["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))


def test_a_stop_now_leaves_nothing_running(lora: Make) -> None:
    job = in_training(lora)
    assert len(job.processes()) > 3
    assert job.stop("now")["state"] == "stopped"
    assert not job.events("checkpoint")


def test_a_training_that_is_over_is_not_trained_again_but_on_to_a_further_goal(lora: Make) -> None:
    job = lora()
    assert job.run()["state"] == "succeeded"
    job.folder.finished("1").unlink()  # as when a setting that it reads changed
    assert job.resume()["state"] == "succeeded"
    assert "The training already has all its steps, 24 of them." in job.log()
    assert len(job.metrics()) == 24
    job.folder.finished("1").unlink()
    assert job.resume(epochs=4)["state"] == "succeeded", job.log()[-3000:]
    # The trainer forgets at an epoch's end where it is, and makes one step more in the next.
    assert [line["step"] for line in job.metrics()] == list(range(1, 34))
    assert job.outputs()["adapter.safetensors"] == "weights of epoch4"


def test_a_goal_that_is_set_back_ends_it_with_a_model(lora: Make) -> None:
    """The trainer itself would train for the rest of the epoch that it is in."""
    job = lora(settings={"checkpoint_every_n_epochs": 1, "save_every_n_epochs": 3})
    job.steer(step_seconds=1, slow_from=9)
    job.start()
    job.until(lambda: job.events("checkpoint"))  # at the end of the first epoch, by what it says
    job.stop("now")
    assert job.resume(epochs=1)["state"] == "succeeded", job.log()[-3000:]
    assert "The training already has all its steps, 8 of them." in job.log()
    assert job.outputs()["adapter.safetensors"] == "weights of step9"
    assert (job.progress()["epochs"], job.progress()["steps"]) == (1, 9)
    assert job.log().count("fetch_hostfile") == 3  # once to learn where it is, once for the model
    job.folder.finished("1").unlink()
    assert job.resume()["state"] == "succeeded"
    assert "The training already has all its steps, 9 of them." in job.log()
    assert job.log().count("fetch_hostfile") == 3


def test_processes_that_collide_are_started_once_more(lora: Make) -> None:
    job = lora(settings={"epochs": 1})
    job.steer(collides=1)
    assert job.run()["state"] == "succeeded", job.log()[-3000:]
    assert job.log().count("it is started once more") == 1
    assert job.log().count("fetch_hostfile") == 2
    assert [line["step"] for line in job.metrics()] == list(range(1, 9))


def test_max_steps_end_it_too(lora: Make) -> None:
    job = lora(settings={"max_steps": 5})
    assert job.run()["state"] == "succeeded"
    assert job.progress()["steps"] == 5
    assert job.outputs()["adapter.safetensors"] == "weights of step5"
    job.folder.finished("1").unlink()
    assert job.resume(max_steps=7)["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 8))


def test_a_damaged_checkpoint_is_put_aside_and_an_older_one_used(lora: Make) -> None:
    job = in_training(lora, checkpoint_every_n_minutes=0.001, keep_last=0)
    job.until(lambda: len(job.events("checkpoint")) > 2)
    job.stop("now")
    newest = job.run_folder / (job.run_folder / "latest").read_text()
    (newest / "mp_rank_00_model_states.pt").write_bytes(b"half of it")
    job.steer()
    assert job.resume()["state"] == "succeeded", job.log()[-3000:]
    assert f"{newest.name} is damaged; an older one is used." in job.log()
    assert newest.with_name(f"{newest.name}.damaged").is_dir()
    assert [line["step"] for line in job.metrics()][-1] == 40


def test_a_model_that_was_cut_short_is_cleared_away(lora: Make) -> None:
    """The trainer fails over what it left itself."""
    job = lora()
    job.steer(step_seconds=0.5, slow_from=2)
    job.start()
    job.until_step(1)
    (job.folder.work / "train/save").touch()
    job.until(lambda: job.events("checkpoint"))
    job.steer(save_seconds=60)
    job.until_said("Saving model to directory epoch1")
    job.until((job.run_folder / "epoch1/tmp").is_dir)
    job.stop("now")
    assert not job.outputs()
    job.steer()
    assert job.resume()["state"] == "succeeded", job.log()[-3000:]
    assert job.outputs()["First-LoRA-epoch1.safetensors"] == "weights of epoch1"
    assert not list(job.run_folder.glob("*/tmp"))


def test_other_data_is_begun_anew_and_said(lora: Make, tmp_path: Path) -> None:
    job = in_training(lora, until=20)
    job.stop("save")
    for picture in list((tmp_path / "data").glob("*.png"))[12:]:
        picture.unlink()
    job.steps_per_epoch = 12
    job.steer()
    assert job.resume(epochs=2)["state"] == "succeeded", job.log()[-3000:]
    assert "--reset_dataloader" in job.log()
    (warning,) = job.events("warning")
    assert warning["cause"]["code"] == "data-changed"
    begun = job.events("interrupted")[0]["step"]
    assert job.metrics()[-1]["step"] == begun + 24
    assert job.progress()["steps"] == begun + 24
    # Those steps are of the new data: another resume leaves it at that.
    job.folder.finished("1").unlink()
    job.resume(epochs=3)
    assert len(job.events("warning")) == 1


def test_another_learning_rate_takes_effect(lora: Make) -> None:
    job = in_training(lora)
    job.stop("save")
    job.steer()
    assert job.resume(learning_rate=5e-5)["state"] == "succeeded"
    assert "--reset_optimizer_params" in job.log()
    assert job.metrics()[-1]["lr"] == pytest.approx(5e-5)
    assert not job.events("warning")


def test_a_checkpoint_that_travelled_here_alone_is_gone_on_with(lora: Make) -> None:
    job = in_training(lora)
    job.stop("save")
    (job.run_folder / "latest").unlink()
    (job.folder.work / "train/events.jsonl").unlink()
    (job.folder.path / "metrics.cursor").unlink()
    step = job.events("interrupted")[0]["step"]
    job.steer()
    assert job.resume()["state"] == "succeeded", job.log()[-3000:]
    assert f"Resuming at epoch: 1, step: {step + 1}" in job.log()


# -- kills ---------------------------------------------------------------------------------


def test_without_its_runner_it_goes_on(lora: Make) -> None:
    job = in_training(lora)
    os.kill(read_json(job.folder.state)["runner"]["pid"], signal.SIGKILL)
    job.until(lambda: held(job.folder.runner_lock))
    job.steer()
    assert job.ended()["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))


def test_without_its_wrapper_it_goes_on_and_its_end_is_known(lora: Make) -> None:
    job = in_training(lora)
    os.kill(read_json(job.folder.started("1"))["wrapper"]["pid"], signal.SIGKILL)
    job.until(lambda: job.events("unwatched"))
    job.steer()
    assert job.ended()["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("deepspeed.launcher.runner", "launcher-killed"),
        ("deepspeed.launcher.launch", "ended-early"),
        ("train.py --local_rank=0", "rank-killed"),
    ],
)
def test_a_trainer_that_is_killed_has_failed_and_nothing_of_it_is_left(
    lora: Make, words: str, code: str
) -> None:
    job = in_training(lora, checkpoint_every_n_minutes=0.001)
    job.until(lambda: job.events("checkpoint"))
    job.kill(words)
    state = job.ended()
    assert (state["state"], state["cause"]["code"]) == ("failed", code), job.log()[-2000:]
    job.steer()
    assert job.resume()["state"] == "succeeded", job.log()[-3000:]
    assert {line["step"] for line in job.metrics()} == set(range(1, 41))


def test_steps_that_nobody_read_are_read_by_the_next(lora: Make) -> None:
    job = in_training(lora)
    job.steer(hang_at=20)
    command = read_json(job.folder.started("1"))["command"]["pid"]
    os.kill(command, signal.SIGSTOP)
    job.until_said("steps: 19 ")
    os.kill(command, signal.SIGKILL)
    assert job.ended()["cause"]["code"] == "killed"
    job.steer()
    assert job.resume()["state"] == "succeeded"
    steps = [line["step"] for line in job.metrics()]
    assert steps == [*range(1, 20), *range(1, 41)]  # nothing was kept: it began anew


def test_an_end_that_nobody_saw_is_seen_by_the_next(lora: Make) -> None:
    job = in_training(lora)
    command = read_json(job.folder.started("1"))["command"]["pid"]
    os.kill(command, signal.SIGSTOP)
    job.steer()
    job.until_said("TRAINING COMPLETE!")
    os.kill(command, signal.SIGKILL)
    assert job.ended()["cause"]["code"] == "killed"
    assert job.resume()["state"] == "succeeded"
    assert [line["step"] for line in job.metrics()] == list(range(1, 41))
    assert job.outputs()["adapter.safetensors"] == "weights of epoch1"


# -- what goes wrong in the trainer ------------------------------------------------------------


def test_a_caching_that_died_does_not_wait_for_ever(lora: Make) -> None:
    job = lora(settings={"hang_seconds": 1})
    job.steer(caching="dies")
    state = job.run()
    assert state["state"] == "failed"
    assert "pyarrow.lib.ArrowIndexError: Negative buffer slice length" in state["cause"]["sentence"]
    assert "the trainer waits for it for ever" in state["cause"]["sentence"]
    job.steer()
    assert job.resume()["state"] == "succeeded"


def test_a_caching_that_was_killed_does_not_wait_for_ever(lora: Make) -> None:
    job = lora(settings={"hang_seconds": 1})
    job.steer(caching="killed")
    state = job.run()
    assert state["state"] == "failed"
    assert "memory ran out" in state["cause"]["next_step"]


def test_silence_is_said_and_left_alone_or_ended_as_was_chosen(lora: Make) -> None:
    job = lora(settings={"stall_seconds": 1, **LONG["settings"]})
    job.steer(hang_at=4)
    job.start()
    (warning,) = job.until(lambda: job.events("warning"))
    assert warning["cause"]["code"] == "stalled"
    job.steer()
    assert job.ended()["state"] == "succeeded"
    job = lora(id=f"{job.id}2", settings={"stall_seconds": 1, "stall_action": "end"})
    job.steer(hang_at=4)
    state = job.run()
    assert state["state"] == "failed"
    assert "Nothing was printed or written for" in state["cause"]["sentence"]


def test_a_loss_that_is_no_number_is_said_at_once_and_ended_if_it_stays(lora: Make) -> None:
    job = lora(settings={"nan_steps": 6})
    job.steer(nan_from=4, step_seconds=0.3, slow_from=10)
    state = job.run()
    assert state["state"] == "failed"
    assert "The loss is not a number (nan) since step 4" in state["cause"]["sentence"]
    (warning,) = job.events("warning")
    assert warning["cause"]["code"] == "loss-nan"
    assert "step 4" in warning["cause"]["sentence"]
    strange = [line for line in job.metrics() if "nan" in line]
    assert strange[0]["step"] == 4
    assert strange[0]["nan"] == ["loss"]
    assert "loss" not in strange[0]


def test_a_loss_that_is_no_number_may_be_left_alone(lora: Make) -> None:
    job = lora(settings={"nan_steps": 0, "checkpoint_every_n_epochs": 1, "keep_last": 1})
    job.steer(nan_from=10, step_seconds=0.1)
    assert job.run()["state"] == "succeeded"
    assert len(job.events("warning")) == 1
    # The older one is the good one.
    kept = {path.name for path in job.run_folder.glob("global_step*")}
    assert kept == {"global_step8", "global_step16", "global_step24"}


def test_a_wrong_optimizer_shows_after_the_data_is_prepared(lora: Make) -> None:
    job = lora()
    write_json(job.folder.work / "settings.json", {**job.settings, "optimizer": "prodigyy"})
    state = job.run()
    assert (state["state"], state["cause"]["code"]) == ("failed", "optimizer-unknown")
    assert "prodigyy" in state["cause"]["sentence"]
    assert job.resume(optimizer="AdamW")["state"] == "succeeded"


def test_gpu_memory_that_ran_out_is_said(lora: Make) -> None:
    job = lora()
    job.steer(memory_at=3)
    state = job.run()
    assert state["cause"]["code"] == "gpu-memory"
    assert "2.00 GiB" in state["cause"]["sentence"]


@pytest.mark.parametrize(("signal_number", "code"), [(9, "rank-killed"), (11, "rank-crashed")])
def test_codes_of_signals_are_decoded(lora: Make, signal_number: int, code: str) -> None:
    job = lora()
    job.steer(kill_at=3, kill_by=signal_number)
    state = job.run()
    assert (state["state"], state["cause"]["code"]) == ("failed", code)


def test_a_trainer_that_leaves_before_its_goal_has_failed(lora: Make) -> None:
    job = lora(settings={"resolutions": ["64", "128", "192", "256"]})
    state = job.run()
    assert (state["state"], state["cause"]["code"]) == ("failed", "many-resolutions")


def test_a_file_that_asks_it_to_leave_is_somebody_s(lora: Make) -> None:
    job = in_training(lora)
    (job.run_folder / "save_quit").touch()
    state = job.ended()
    assert (state["state"], state["cause"]["code"]) == ("failed", "ended-early")
    assert len(job.events("checkpoint")) == 1


def test_outputs_stay_whole_while_a_model_is_saved_once_more(lora: Make) -> None:
    job = lora(settings={"epochs": 2})
    job.steer(step_seconds=0.3, slow_from=9)
    job.start()
    job.until(lambda: job.events("saved"))
    (job.folder.work / "train/save").touch()  # after the first epoch, in the second
    job.until(lambda: job.events("checkpoint"))
    first = job.folder.outputs / "First-LoRA-epoch1.safetensors"
    there = first.stat().st_ino
    job.stop("now")
    assert job.resume()["state"] == "succeeded"
    assert first.stat().st_ino == there  # it was not trained again, nor written to


def in_training(lora: Make, *, until: int = 3, **settings: object) -> Lora:
    """A job of 40 steps that has made some of them, and makes the others slowly."""
    job: Lora = lora(**{**LONG, "settings": {**LONG["settings"], **settings}})
    job.steer(step_seconds=0.3, slow_from=until + 1)
    job.start()
    job.until_step(until)
    return job
