import json
from typing import Any

from tuneyard.runner.step import Plan, Secret, Step, Stop, fingerprint


def a_plan(*steps: Step) -> dict[str, Any]:
    """As it lies in a job's folder."""
    data: dict[str, Any] = json.loads(json.dumps(Plan("by-hand", "", steps).as_json()))
    return data


def test_a_plan_is_read_as_it_was_written() -> None:
    step = Step(
        "give",
        "Give",
        "finish",
        ("true",),
        secrets=(Secret("HF_WRITE_TOKEN", required=True),),
        stop=Stop(file="please"),
        pushes="itself",
    )
    assert Plan.from_json(a_plan(step)) == Plan("by-hand", "", (step,))


def test_a_plan_of_before_pushes_by_the_name_of_its_step() -> None:
    named = [Step(name, name, "finish", ("true",)) for name in ("card", "push")]
    data = a_plan(*named)
    assert [step.pushes for step in Plan.from_json(data).steps] == ["", ""]
    for step in data["steps"]:
        del step["pushes"]
    assert [step.pushes for step in Plan.from_json(data).steps] == ["", "itself"]


def test_what_a_step_has_to_do_with_pushing_doesnt_make_it_another() -> None:
    steps = (Step("push", "Push", "finish", ("true",), pushes=p) for p in ("", "before", "itself"))
    assert len({fingerprint(step) for step in steps}) == 1
