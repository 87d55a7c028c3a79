import json

from tuneyard.recipes import usual
from tuneyard.runner.step import Secret

WRITE = Secret("HF_WRITE_TOKEN", "HF_TOKEN", required=True)


def test_a_python_is_noted_for_the_trainer_unless_another_file_is_named() -> None:
    step = usual.set_up("Set up", {"requirements": ["torch"]}, "jobs of a kind")
    assert step.command[-3:] == ("call", "tuneyard.runner.environment", "environment.json")
    assert step.shares == {"trainer.json:python": "finish"}
    assert step.note == "Built once, then shared by all jobs of a kind."
    names = (".own/tools.json", ".own/python.json")
    tools = usual.set_up("Set up tools", {}, "jobs", names, name="tools", until="train")
    assert tools.command[-2:] == names
    assert tools.shares == {".own/python.json:python": "train"}
    assert (step.name, tools.name) == ("environment", "tools")


def test_exact_versions_but_for_what_may_be_looser() -> None:
    exact = usual.requirements("tuneyard.recipes.piper", {})
    loose = usual.requirements("tuneyard.recipes.piper", {"torch": "torch>=2.6"})
    assert exact
    assert all("==" in line for line in exact)
    assert [line for line in loose if line not in exact] == ["torch>=2.6"]
    assert len(loose) == len(exact)


def test_what_steps_read_lies_in_work() -> None:
    job = {"id": "1-x", "name": "x", "results": {"repository": ""}, "format": 1}
    files = usual.in_work(job, {"rank": 8}, {"python": ">=3.10"})
    assert {name: json.loads(text) for name, text in files.items()} == {
        "work/environment.json": {"python": ">=3.10"},
        "work/settings.json": {"rank": 8},
        "work/results.json": {"repository": ""},
        "work/job.json": {"id": "1-x", "name": "x"},
    }


def test_only_what_has_a_repository_is_pushed_and_that_fails_no_job() -> None:
    assert not list(usual.push_at_end({"repository": ""}, ("push",)))
    (step,) = usual.push_at_end({"repository": "me/voice", "private": True}, ("push",))
    assert (step.name, step.title, step.phase) == ("push", "Push to me/voice", "finish")
    assert step.optional
    assert step.secrets == (WRITE,)
    assert step.reads == {"repository": "me/voice", "private": True}


def test_what_is_pushed_early_leaves_the_training_its_computer() -> None:
    step = usual.push_early("step-5", "the checkpoint of step 5", ("push", "--checkpoint", "c"))
    assert (step.name, step.title) == ("push-step-5", "Push the checkpoint of step 5")
    assert step.phase == "train"
    assert step.nice == 10
    assert step.secrets == (WRITE,)
    assert step.pushes == "itself"
