import pytest

from tuneyard.compute.runpod.client import Balance
from tuneyard.compute.runpod.credit import problems
from tuneyard.compute.runpod.settings import RunPodSettings

SETTINGS = RunPodSettings(max_hours=6, max_dollars=5, disk_gb=72)  # a cent an hour


@pytest.mark.parametrize(
    ("balance", "codes"),
    [
        (Balance(10, 0, 80), []),
        (Balance(10, 0, None), []),
        (Balance(0.49, 0, 80), [("runpod-balance", "error")]),
        (Balance(-1, 0, 80), [("runpod-balance", "error")]),
        (Balance(10, 79.6, 80), [("runpod-spend-limit", "error")]),
        (Balance(2.99, 0, 80), [("runpod-credit", "warning")]),
        (Balance(3.01, 0, 80), []),
        (Balance(10, 3.5, 80), [("runpod-credit", "warning")]),
    ],
)
def test_the_money_will_do_or_not(balance: Balance, codes: list[tuple[str, str]]) -> None:
    found = problems(balance, SETTINGS, 0.49)
    assert [(problem.code, problem.severity) for problem in found] == codes
    assert all(problem.next_step for problem in found)


def test_in_words() -> None:
    (little,) = problems(Balance(-0.5, 0), SETTINGS, 0.49)
    assert little.sentence == "The RunPod account has -$0.50, and an hour of this pod costs $0.50."
    (short,) = problems(Balance(2, 0.5), SETTINGS, 0.49)
    assert short.sentence == (
        "The RunPod account has $2.00, which lasts for 2 h, beside $0.50 an hour for other things: "
        "less than this job may take. When it is used up, RunPod ends the pod with all that lies on it."
    )
