"""How large the files may be that come home while a pod trains."""

from pathlib import Path
from typing import Any

import pytest

from tuneyard.jobs.job import build
from tuneyard.jobs.manager import Manager
from tuneyard.jobs.remote.attendant import Attendant
from tuneyard.jobs.remote.following.bringing import Bringing
from waiting import wait_for


@pytest.mark.parametrize(
    ("gb", "repository", "checkpoint", "result"),
    [(3, "", 3e9, 3e9), (0, "", 0.0, 0.0), (3, "me/model", 0.0, 3e9)],
    ids=["as set", "none", "checkpoints are pushed instead"],
)
def test_as_the_job_allows(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    gb: float,
    repository: str,
    checkpoint: float,
    result: float,
) -> None:
    job = {
        "recipe": "script",
        "settings": {"script": "#!/bin/bash\n"},
        "compute": {"name": "runpod", "checkpoint_gb": gb},
        "results": {"repository": repository},
    }
    here = Attendant(Manager(home).create(build(job)))
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(here.mirror, "files", lambda *_, **how: asked.append(how))
    with Bringing(here, "http://127.0.0.1:1") as bringing:
        wait_for(lambda: bringing.pump(results=False) or asked, what="a look at the pod's files")
    assert asked == [{"ended": False, "checkpoint_bytes": checkpoint, "result_bytes": result}]
