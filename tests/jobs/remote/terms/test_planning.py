"""What renting would mean: said without a key, without RunPod, and without any secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from tuneyard.jobs.inputs import recipe
from tuneyard.jobs.job import Job, build
from tuneyard.jobs.preview import described
from tuneyard.jobs.remote.terms.rental import SPARE_GB
from tuneyard.jobs.store import Store
from tuneyard.secrets import Secrets

TOKEN = "hf_canary0123456789abcdefghij"


def job(compute: dict[str, Any] | None = None, **more: Any) -> Job:
    settings = {"script": "#!/bin/bash\ntrue\n", **more.pop("settings", {})}
    return build(
        {
            "recipe": "script",
            "settings": settings,
            "compute": {"name": "runpod", **(compute or {})},
            **more,
        }
    )


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home, Secrets(home, {"HF_TOKEN": TOKEN}))


def remote(asked: Job, store: Store) -> dict[str, Any]:
    found: dict[str, Any] = described(asked, store)["remote"]
    return found


def test_a_job_here_rents_nothing(store: Store) -> None:
    assert described(job({"name": "local"}), store)["remote"] is None


def test_without_a_key_prices_come_from_a_table_that_says_its_day(store: Store) -> None:
    found = remote(job(), store)
    assert found["source"] == "table"
    assert found["date"].startswith("20")
    assert found["problem"] is None
    assert any(offer["fits"] for offer in found["offers"])
    assert found["limits"].startswith("Ends itself after 6 h or $5.00, whichever comes first")


def test_the_request_is_shown_to_the_last_line_with_stars(store: Store) -> None:
    found = remote(job(settings={"secrets": ["HF_TOKEN"]}), store)
    text = json.dumps(found)
    assert TOKEN not in text
    assert found["request"]["env"]["HF_TOKEN"] == "*" * 8
    assert found["request"]["gpu"]["count"] == 1
    assert found["request"]["ports"] == ["8471/http"]
    assert found["curl"].startswith("curl ")
    assert '"${HF_TOKEN}"' in found["curl"]


def test_a_token_that_no_step_names_is_not_sent(store: Store) -> None:
    assert "HF_TOKEN" not in remote(job(), store)["request"]["env"]


def test_what_lies_here_alone_is_said_to_travel(store: Store, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.txt").write_text("1234")
    (data / "b.txt").write_text("12345")
    told = remote(job(settings={"files": str(data)}), store)
    (found,) = told["inputs"]
    assert str(data) not in json.dumps(told["request"])
    assert (found["setting"], found["path"]) == ("files", str(data))
    assert (found["bytes"], found["files"]) == (9, 2)


def test_results_that_would_only_wait_are_to_be_confirmed(store: Store) -> None:
    waiting = remote(job({"collect_hours": 2}), store)
    assert "for 2 h at most" in waiting["results"]
    assert waiting["confirm"]
    pushed = remote(job(results={"repository": "me/model"}), store)
    assert "me/model" in pushed["results"]
    assert pushed["confirm"] == ""


def test_no_gpu_that_fits_is_no_request(store: Store) -> None:
    found = remote(job({"gpus": ["NVIDIA L4"]}, settings={"gpu_memory_gb": 900.0}), store)
    assert not any(offer["fits"] for offer in found["offers"])
    assert (found["request"], found["curl"]) == (None, "")


def test_a_script_of_ones_own_travels_and_an_interpreter_does_not(
    store: Store, tmp_path: Path
) -> None:
    script = tmp_path / "train.sh"
    script.write_text("#!/bin/sh\ntrue\n")
    script.chmod(0o755)
    asked = job(settings={"source": "file", "script": "", "file": str(script)})
    assert [each["setting"] for each in remote(asked, store)["inputs"]] == ["file"]
    voice = {"dataset": "hf:me/clips", "language": "en-us", "trainer_python": str(script)}
    asked = build({"recipe": "piper", "settings": voice, "compute": {"name": "runpod"}})
    assert remote(asked, store)["inputs"] == []


SENTENCE = "The recipe itself travels after the pod has started: keep this computer on until then."


@pytest.mark.usefixtures("large")
def test_a_recipe_that_travels_alone_is_said_and_in_the_request(store: Store) -> None:
    asked = job(recipe="large")
    found = remote(asked, store)
    assert found["limits"].endswith(f". {SENTENCE}")
    (entry,) = json.loads(found["request"]["env"]["TUNEYARD_JOB"])["inputs"]
    (packed,) = recipe.of(asked, store.home)
    assert entry["sha256"] == packed.sha256
    assert entry["kind"] == "program"
    assert packed.sha256[:8] in json.dumps(found["request"])
    assert found["inputs"] == []
    assert found["request"]["disk"] == 1 + SPARE_GB, "it is no data that would need room"


def test_of_one_that_travels_whole_nothing_is_said(store: Store) -> None:
    assert "recipe itself" not in json.dumps(remote(job(), store))


@pytest.mark.usefixtures("large")
def test_by_the_hub_this_computer_may_be_off_but_a_token_is_needed(
    store: Store,
) -> None:
    found = remote(job({"inputs": "hub"}, recipe="large"), store)
    assert "recipe itself" not in found["limits"]
    assert [secret["name"] for secret in found["secrets"]] == ["HF_WRITE_TOKEN"]
