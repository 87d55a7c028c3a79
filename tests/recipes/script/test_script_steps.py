import json
from typing import Any

from recipes.script.scripts import complete
from tuneyard.recipes.script import steps
from tuneyard.runner.step import Plan

GPU = {"gpus": 2, "python": "/usr/bin/python3"}


def a_job(repository: str = "", **settings: Any) -> dict[str, Any]:
    results = {"repository": repository, "folder": "", "private": True}
    chosen = complete(script="#!/bin/bash\n", **settings)
    return {"id": "20261122-120000-s", "name": "s", "settings": chosen, "results": results}


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def test_only_the_steps_that_are_needed_are_taken() -> None:
    assert names(steps.plan(a_job(), GPU)) == ["script", "train", "collect"]
    everything = steps.plan(a_job("me/model", requirements=["torch"]), GPU)
    assert names(everything) == ["environment", "tools", "script", "train", "collect", "push"]
    assert [step.name for step in everything.steps if step.optional] == ["collect", "push"]
    assert [step.name for step in everything.steps if step.pushes] == ["push"]


def test_it_takes_a_gpu_if_there_is_one_and_as_many_as_it_asks_for() -> None:
    def taken(gpus: int | None, here: int, **place: bool) -> tuple[int, bool, dict[str, str]]:
        plan = steps.plan(a_job(gpus=gpus), {"gpus": here, **place})
        (train,) = (step for step in plan.steps if step.name == "train")
        return plan.needs.gpus, train.gpu, dict(train.env)

    hidden = {"CUDA_VISIBLE_DEVICES": ""}
    assert taken(None, 0) == (0, False, hidden)
    assert taken(None, 2) == (1, True, {})
    assert taken(0, 2) == (0, False, hidden)
    assert taken(4, 2) == (4, True, {})
    assert taken(None, 4, pod=True) == (4, True, {})
    assert taken(2, 4, pod=True) == (2, True, {})


def test_what_it_needs_is_what_the_job_says() -> None:
    needs = steps.plan(a_job(disk_gb=40, gpu_memory_gb=24), GPU).needs
    assert (needs.disk_gb, needs.gpus, needs.gpu_memory_gb) == (40, 1, 24)
    assert steps.plan(a_job(gpu_memory_gb=24), {"gpus": 0}).needs.gpu_memory_gb is None


def test_only_the_script_is_given_its_secrets_and_only_pushes_write() -> None:
    job = a_job("me/model", secrets=["A=HF_READ_TOKEN", "B=HF_READ_TOKEN", "WANDB_API_KEY"])
    named = {step.name: step.secrets for step in steps.plan(job, GPU).steps if step.secrets}
    assert {name: [secret.name for secret in secrets] for name, secrets in named.items()} == {
        "train": ["HF_READ_TOKEN", "WANDB_API_KEY"],
        "push": ["HF_WRITE_TOKEN"],
    }
    assert [(s.fallback, s.required) for s in named["train"]] == [("HF_TOKEN", True), ("", True)]


def test_it_is_stopped_as_it_says() -> None:
    job = a_job(stop_signal="SIGINT", stop_file="please", grace=5)
    (train,) = (step for step in steps.plan(job, GPU).steps if step.name == "train")
    assert (train.stop.signal, train.stop.file, train.stop.grace) == ("SIGINT", "please", 5)


def test_a_change_concerns_the_steps_that_depend_on_it() -> None:
    before = {step.name: step for step in steps.plan(a_job(), GPU).steps}
    for change, concerned in (
        ({"arguments": "--epochs 2"}, {"train"}),
        ({"environment": {"EPOCHS": "2"}}, {"train"}),
        ({"interpreter": "bash -x"}, {"script", "train"}),
        ({"outputs": ["x"]}, {"collect"}),
        ({"patterns": ["(?P<x>1)"]}, set()),
        ({"grace": 5}, set()),
    ):
        after = {step.name: step for step in steps.plan(a_job(**change), GPU).steps}
        assert {n for n in before if before[n].reads != after[n].reads} == concerned, change


def test_what_lies_here_is_an_input_of_the_step_that_takes_it() -> None:
    def inputs(**settings: Any) -> tuple[str, ...]:
        plan = steps.plan(a_job(**settings), GPU)
        return next(step.inputs for step in plan.steps if step.name == "script")

    assert inputs(source="file", file="/a.py", files="/data") == ("/a.py", "/data")
    assert inputs(source="folder", files="/data", file="/unused.py") == ("/data",)
    assert inputs(source="inline", file="/unused.py") == ()


def test_the_files_hold_what_the_steps_read() -> None:
    job = a_job(requirements=["torch==2.8.0"], python_versions=">=3.11,<3.13")
    files = {name: json.loads(text) for name, text in steps.plan(job, GPU).files.items()}
    assert files["work/.tuneyard/job.json"]["settings"] == job["settings"]
    assert files["work/.tuneyard/environment.json"] == {
        "requirements": ["torch==2.8.0"],
        "python": ">=3.11,<3.13",
        "preferred": "/usr/bin/python3",
        "imports": ["sys"],
    }


def test_lines_of_the_watcher_are_understood_and_others_left() -> None:
    line = {"metrics": {"t": 1, "step": 2, "loss": 3.0}, "progress": {"step": 2}}
    found = steps.seen(json.dumps(line).encode())
    assert found is not None
    assert (found.metrics, found.progress, found.event) == (
        line["metrics"],
        line["progress"],
        None,
    )
    assert steps.seen(b"{") is None
    assert steps.seen(b"[1]") is None


def test_each_version_of_a_checkpoint_is_pushed_if_there_is_where_to() -> None:
    event = {"event": "checkpoint", "path": "ckpt/last.pt", "modified": 1}
    job = a_job("me/model")
    first, *none = steps.side_tasks(event, job)
    (again,) = steps.side_tasks({**event, "modified": 2}, job)
    assert none == []
    assert first.command[-2:] == ("--checkpoint", "ckpt/last.pt")
    assert first.name != again.name
    assert first.pushes == again.pushes == "itself"
    assert list(steps.side_tasks(event, a_job())) == []
    assert list(steps.side_tasks({"event": "state"}, job)) == []


def test_notes_say_what_would_surprise() -> None:
    notes = " ".join(steps.plan(a_job(files="/code"), GPU).notes)
    assert "copied to where the script runs" in notes
    assert "$TUNEYARD_OUTPUTS" in notes
    assert "starts the script again" in notes
    assert steps.plan(a_job(outputs=["x"], checkpoints=["y"]), GPU).notes == ()
