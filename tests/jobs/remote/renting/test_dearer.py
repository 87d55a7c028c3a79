"""A pod that costs more than was offered."""

import time
from pathlib import Path
from typing import Any

import pytest

from rented import events
from tuneyard.compute.runpod.limits import full_price
from tuneyard.compute.runpod.pods import read
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.renting import offering

SETTINGS = RunPodSettings(disk_gb=20)


@pytest.mark.parametrize(("gpu", "told"), [(0.44, False), (0.40, False), (0.69, True)])
def test_it_is_told(home: Path, gpu: float, told: bool) -> None:
    job: dict[str, Any] = {"recipe": "script", "settings": {"script": "#!/bin/sh\n"}}
    here = Attendant(Manager(home).create(build({**job, "compute": {"name": "runpod"}})))
    here.to(
        "creating",
        asked=time.time(),
        deadline=time.time() + 7200,
        dollars_an_hour=full_price(SETTINGS, 0.44),
    )
    offering._have(here, read({"id": "p1", "name": here.handle.name, "cost": gpu}), SETTINGS)
    assert here.handle.phase == "waiting"
    warned = [line["cause"]["sentence"] for line in events(here.folder, "warning")]
    assert [("$0.69" in said, "$0.44" in said, "$1.39" in said) for said in warned] == (
        [(True, True, True)] if told else []
    )
