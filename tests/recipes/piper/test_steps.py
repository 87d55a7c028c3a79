import json
from typing import Any

import pytest

from tuneyard.recipes.piper import steps
from tuneyard.recipes.piper.settings import Settings
from tuneyard.runner.step import Plan


def a_job(repository: str = "", **changes: Any) -> dict[str, Any]:
    settings = Settings(dataset="/data", **changes).model_dump()
    results = {"repository": repository, "folder": "", "private": True}
    return {"id": "20261122-120000-v", "name": "v", "settings": settings, "results": results}


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def test_the_steps_are_in_their_order() -> None:
    plan = steps.plan(a_job(), {"gpus": 0})
    assert names(plan) == [
        "environment",
        "fetch-data",
        "check-data",
        "fetch-base",
        "train",
        "export",
        "speak",
        "card",
    ]
    assert [step.phase for step in plan.steps] == ["prepare"] * 4 + ["train"] + ["finish"] * 3
    assert names(steps.plan(a_job("me/voice"), {"gpus": 0}))[-1] == "push"


def test_only_training_takes_a_gpu_and_only_if_there_is_one() -> None:
    plan = steps.plan(a_job(), {"gpus": 2})
    assert [step.name for step in plan.steps if step.gpu] == ["train"]
    assert plan.needs.gpus == 1
    for job, gpus in ((a_job(), 0), (a_job(accelerator="cpu"), 2)):
        plan = steps.plan(job, {"gpus": gpus})
        assert not any(step.gpu for step in plan.steps)
        assert plan.needs.gpus == 0


def test_each_step_names_only_the_secrets_it_needs() -> None:
    plan = steps.plan(a_job("me/voice"), {"gpus": 0})
    named = {step.name: [secret.name for secret in step.secrets] for step in plan.steps}
    assert {name: secrets for name, secrets in named.items() if secrets} == {
        "fetch-data": ["HF_READ_TOKEN"],
        "fetch-base": ["HF_BASE_TOKEN", "HF_READ_TOKEN"],
        "push": ["HF_WRITE_TOKEN"],
    }
    push = plan.steps[-1]
    assert push.optional
    assert push.secrets[0].required


def test_the_files_hold_what_the_steps_read() -> None:
    job = a_job(language="en-gb")
    plan = steps.plan(job, {"gpus": 0, "python": "/usr/bin/python3"})
    files = {name: json.loads(text) for name, text in plan.files.items()}
    assert files["work/settings.json"] == {**job["settings"], "language": "en"}
    assert files["work/results.json"] == job["results"]
    assert files["work/environment.json"]["preferred"] == "/usr/bin/python3"
    assert "torch==2.13.0" in files["work/environment.json"]["requirements"]


def test_a_changed_dataset_or_setting_changes_the_steps_it_concerns() -> None:
    before = steps.plan(a_job(), {"gpus": 0})
    for changes, changed in (
        ({"epochs": 7}, {"train"}),
        ({"sentences": ["Hello."]}, {"speak"}),
        ({"voice_name": "Ada"}, {"check-data", "fetch-base", "train", "export"}),
        ({"trainer_python": "/opt/python"}, {"environment"}),
    ):
        after = steps.plan(a_job(**changes), {"gpus": 0})
        pairs = zip(before.steps, after.steps, strict=True)
        differing = {a.name for a, b in pairs if a.reads != b.reads}
        assert differing - {"card"} == changed
    assert before.steps[1].inputs == ("/data",)
    assert (
        steps.plan(a_job() | {"settings": a_job()["settings"] | {"dataset": "hf:a/b"}}, {})
        .steps[1]
        .inputs
        == ()
    )


def test_disk_grows_with_what_is_kept() -> None:
    few = steps.plan(a_job(keep_last=1), {"gpus": 0}).needs.disk_gb
    many = steps.plan(a_job(keep_last=10), {"gpus": 0}).needs.disk_gb
    every = steps.plan(
        a_job(keep_last=0, epochs=500, checkpoint_epochs=25), {"gpus": 0}
    ).needs.disk_gb
    assert few is not None
    assert many is not None
    assert every is not None
    assert few < many < every
    assert "measured" in steps.plan(a_job(), {"gpus": 0}).needs.source


EVENTS: dict[str, dict[str, Any]] = {
    "start": {"step": 0, "steps": 36, "epoch": 0, "epochs": 12, "batches": 3, "resumed": None},
    "step": {"step": 5, "epoch": 1, "loss_g": 3.5},
    "val": {"step": 5, "epoch": 1, "val_loss": 2.5},
    "checkpoint": {
        "path": "train/checkpoints/epoch=3-step=12.ckpt",
        "epoch": 3,
        "step": 12,
        "epochs_trained": 4,
        "interrupted": False,
    },
    "interrupted": {"path": None},
    "end": {"epoch": 11, "step": 36, "reason": "epochs"},
}


def line(kind: str, **changes: Any) -> bytes:
    return json.dumps({"t": 1.0, "event": kind, **EVENTS[kind], **changes}).encode() + b"\n"


def test_each_line_of_the_trainer_is_understood() -> None:
    start, step, val = (steps.seen(line(kind)) for kind in ("start", "step", "val"))
    assert start is not None
    assert step is not None
    assert val is not None
    ends = {"steps": 36, "epochs": 12, "epoch_steps": 3}
    assert start.progress == {"step": 0, "epoch": 1, **ends}
    assert step.progress == {"step": 5, "epoch": 2}
    assert step.metrics == {"t": 1.0, "step": 5, "epoch": 1, "loss_g": 3.5}
    assert (val.progress, val.event) == (None, None)
    for kind in ("checkpoint", "interrupted", "end"):
        found = steps.seen(line(kind))
        assert found is not None
        assert found.event is not None
        assert found.event["event"] == kind
        assert found.metrics is None


@pytest.mark.parametrize("text", [b"{", b"\n", b'{"t": 1}\n', b'{"event": "later"}\n'])
def test_other_lines_mean_nothing(text: bytes) -> None:
    assert steps.seen(text) is None


def test_a_kept_checkpoint_is_spoken_and_pushed_beside_training() -> None:
    event = {"event": "checkpoint", **EVENTS["checkpoint"]}
    tasks = list(steps.side_tasks(event, a_job("me/voice")))
    assert [task.name for task in tasks] == ["preview-epoch-00004", "push-epoch-00004"]
    assert all(task.nice for task in tasks)
    assert tasks[0].env == {"CUDA_VISIBLE_DEVICES": ""}
    assert [secret.name for secret in tasks[1].secrets] == ["HF_WRITE_TOKEN"]
    assert list(steps.side_tasks(event, a_job(samples_while_training=False))) == []
    assert list(steps.side_tasks({"event": "step"}, a_job("me/voice"))) == []


def test_what_a_stop_saves_is_pushed_and_not_spoken() -> None:
    event = {"event": "checkpoint", **EVENTS["checkpoint"], "step": 14, "interrupted": True}
    (push,) = steps.side_tasks(event, a_job("me/voice"))
    assert push.name == "push-epoch-00004-step-14"  # another than that of the epoch before it
    assert push.command[-2:] == ("--checkpoint", event["path"])
    assert list(steps.side_tasks(event, a_job())) == []


def test_what_pushes_says_so() -> None:
    plan = steps.plan(a_job("me/voice"), {"gpus": 0})
    said = {step.name: step.pushes for step in plan.steps if step.pushes}
    assert said == {"card": "before", "push": "itself"}
    event = {"event": "checkpoint", **EVENTS["checkpoint"]}
    assert [task.pushes for task in steps.side_tasks(event, a_job("me/voice"))] == ["", "itself"]


def test_in_a_pod_the_images_torch_will_do() -> None:
    here, pod = steps.requirements({}), steps.requirements({"pod": True})
    assert [line for line in here if line.startswith("torch")] == ["torch==2.13.0"]
    assert [line for line in pod if line.startswith("torch")] == ["torch>=2.6,<3"]
    assert len(here) == len(pod)
