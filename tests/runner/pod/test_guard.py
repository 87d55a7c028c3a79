from pathlib import Path

import pods_by_hand
from pods_by_hand import Answers, pod
from waiting import wait_for


def test_a_job_goes_its_way_and_the_pod_ends_itself(tmp_path: Path) -> None:
    answers = Answers()
    with pod(tmp_path, {"train": "echo training"}, answers=answers) as here:
        here.boot()
        here.reaches("succeeded")
        here.says("Waits for its results to be collected")
        assert not answers.asked
        here.collected()
        wait_for(lambda: answers.asked)
        print(here.output)
    assert answers.named()[0] == "action"
