"""Jobs over HTTP: the same functions as the command line's, in the API's own shapes."""

import io
import json
import math
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jobs_by_hand import ended
from server.calling import Api
from tuneyard.runner.folder import JobFolder, append_line, held, write_json
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("toy")


def draft(script: str = "echo hello", **more: Any) -> dict[str, Any]:
    settings = {"script": script, **more.pop("settings", {})}
    return {"recipe": "toy", "name": "my toy", "settings": settings, **more}


@pytest.fixture
def server(home: Path) -> Iterator[Api]:
    api = Api.of(home)
    with api.client:
        yield api


@pytest.fixture
def make(server: Api) -> Callable[..., JobFolder]:
    def make(script: str = "echo hello", **more: Any) -> JobFolder:
        answer = server.post("/jobs", {"job": draft(script, **more)})
        assert answer.status_code == 201, answer.text
        return server.folder(answer.json()["id"])

    return make


def wrong(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer tells of."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    return found


def test_a_job_is_made_started_listed_and_shown(
    server: Api, make: Callable[..., JobFolder]
) -> None:
    folder = make()
    assert ended(folder)["state"] == "succeeded"
    shown = server.get(f"/jobs/{folder.id}").json()
    assert (shown["name"], shown["state"], shown["compute"]) == ("my toy", "succeeded", "local")
    assert [step["state"] for step in shown["steps"]] == ["done"] * len(shown["steps"])

    def listed() -> bool:
        page = server.get("/jobs", params={"state": "succeeded"}).json()
        return [job["id"] for job in page["jobs"]] == [folder.id] and page["total"] == 1

    wait_for(listed, what="the list to know the end")
    assert server.get("/jobs", params={"state": "failed"}).json()["jobs"] == []


def test_what_would_fail_is_refused_with_each_problem_at_its_field(server: Api) -> None:
    answer = server.post("/jobs", {"job": draft("forbidden", settings={"epochs": 0})})
    found = wrong(answer, 422, "greater_than_equal")
    assert [problem["field"] for problem in found["problems"]] == ["settings.epochs"]
    answer = server.post("/jobs", {"job": draft("forbidden")})
    assert wrong(answer, 422, "forbidden")["next_step"] == "Write another."
    assert server.get("/jobs").json()["total"] == 0


def test_a_check_tells_errors_and_warnings_and_starts_nothing(server: Api, home: Path) -> None:
    asked = {"job": draft("forbidden", settings={"size": "large"}), "data": True}
    report = server.post("/jobs/check", asked).json()
    assert not report["ok"]
    assert {(p["field"], p["severity"]) for p in report["problems"]} == {
        ("script", "error"),
        ("size", "warning"),
    }
    assert server.post("/jobs/check", {"job": draft()}).json()["ok"]
    assert not (home / "jobs").exists()


def test_a_plan_says_steps_needs_job_file_and_command(server: Api) -> None:
    job = draft("echo 'it is me'", results={"repository": "me/toy"})
    planned = server.post("/jobs/plan", {"job": job}).json()
    assert [step["name"] for step in planned["steps"]] == [
        "ready",
        "train",
        "export",
        "card",
        "push",
    ]
    (secret,) = planned["steps"][-1]["secrets"]
    assert secret == {"name": "HF_WRITE_TOKEN", "required": True, "held": False}
    assert planned["needs"]["disk_gb"] == 0.001
    assert planned["disk_free_gb"] > 0
    assert planned["command"] == "tuneyard run 'my toy.toml'"
    assert tomllib.loads(planned["toml"])["settings"]["script"] == "echo 'it is me'"
    assert planned["job"]["settings"]["epochs"] == 1


def test_a_job_file_is_read_and_a_job_written_as_one(
    server: Api, make: Callable[..., JobFolder]
) -> None:
    folder = make("echo again")
    ended(folder)
    text = server.get(f"/jobs/{folder.id}/file").text
    assert server.post("/jobs/read", {"text": text}).json()["settings"]["script"] == "echo again"
    found = wrong(server.post("/jobs/read", {"text": "recipe = "}), 422, "toml")
    assert found["problems"][0]["place"].endswith("job.toml:1")


def test_a_checkpoint_is_asked_for_while_it_trains(
    server: Api, make: Callable[..., JobFolder]
) -> None:
    folder = make("until [ -e train/save ]; do sleep 0.05; done; sleep 600")
    wait_for(lambda: server.get(f"/jobs/{folder.id}").json()["can_save"], what="it to train")
    shown = server.post(f"/jobs/{folder.id}/save").json()
    assert shown["saving"] > 0
    assert (shown["state"], shown["stopping"]) == ("training", None)
    server.post(f"/jobs/{folder.id}/stop", {"how": "now"})
    assert ended(folder)["state"] == "stopped"
    wrong(server.post(f"/jobs/{folder.id}/save"), 409, "already-ended")


def test_stop_resume_and_copy(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make("while [ ! -e ../go ]; do sleep 0.05; done")
    wrong(server.post(f"/jobs/{folder.id}/resume", {}), 409, "still-running")
    wrong(server.delete(f"/jobs/{folder.id}"), 409, "still-running")
    shown = server.post(f"/jobs/{folder.id}/stop", {"how": "now"}).json()
    assert shown["stopping"] == "now"
    assert ended(folder)["state"] == "stopped"
    wrong(server.post(f"/jobs/{folder.id}/stop", {}), 409, "already-ended")

    answer = server.post(f"/jobs/{folder.id}/resume", {"overrides": {"size": "large"}})
    assert wrong(answer, 422, "fixed")["problems"][0]["field"] == "size"
    overrides = {"script": "echo resumed", "epochs": 3}
    assert server.post(f"/jobs/{folder.id}/resume", {"overrides": overrides}).status_code == 200
    assert ended(folder)["state"] == "succeeded"
    copy = server.get(f"/jobs/{folder.id}/copy").json()
    assert (copy["settings"]["script"], copy["settings"]["epochs"]) == ("echo resumed", 3)
    assert "id" not in copy

    assert server.delete(f"/jobs/{folder.id}").status_code == 204
    wrong(server.get(f"/jobs/{folder.id}"), 404, "no-job")
    wait_for(lambda: server.get("/jobs").json()["total"] == 0, what="the list without it")


def test_a_job_that_waits_for_a_secret_says_so_and_can_be_stopped(
    server: Api, make: Callable[..., JobFolder]
) -> None:
    folder = make(results={"repository": "me/toy"})
    wait_for(lambda: server.get(f"/jobs/{folder.id}").json()["needs"] == ["HF_WRITE_TOKEN"])
    wait_for(lambda: not held(folder.runner_lock), what="its runner to leave")
    assert server.post(f"/jobs/{folder.id}/start", None).json()["needs"] == ["HF_WRITE_TOKEN"]
    server.post(f"/jobs/{folder.id}/stop", {"how": "now"})
    assert ended(folder)["state"] == "stopped"


def test_a_push_needs_a_repository(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make()
    ended(folder)
    wrong(server.post(f"/jobs/{folder.id}/push", {}), 409, "no-repository")


def test_the_log_is_read_by_offset(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make("echo one; echo two")
    ended(folder)
    whole = folder.log.read_bytes()
    part = server.get(f"/jobs/{folder.id}/log", params={"offset": 3, "limit": 5})
    assert part.content == whole[3:8]
    assert part.headers["tuneyard-start"] == "3"
    assert part.headers["tuneyard-next"] == "8"
    assert part.headers["tuneyard-size"] == str(len(whole))
    tail = server.get(f"/jobs/{folder.id}/log", params={"offset": -4})
    assert (tail.content, tail.headers["tuneyard-start"]) == (whole[-4:], str(len(whole) - 4))
    beyond = server.get(f"/jobs/{folder.id}/log", params={"offset": 10**9})
    assert beyond.headers["tuneyard-reset"] == "true"
    kept = server.get(f"/jobs/{folder.id}/log", params={"download": True})
    assert kept.content == whole
    assert "attachment" in kept.headers["content-disposition"]


def test_files_are_listed_read_in_ranges_and_zipped(
    server: Api, make: Callable[..., JobFolder]
) -> None:
    folder = make(settings={"finish": "printf 0123456789 > ../outputs/voice"})
    ended(folder)
    files = {each["path"]: each for each in server.get(f"/jobs/{folder.id}/files").json()}
    assert files["outputs/voice"]["bytes"] == 10
    address = f"/jobs/{folder.id}/files/outputs/voice"
    whole = server.get(address)
    assert whole.content == b"0123456789"
    assert whole.headers["content-type"] == "application/octet-stream"
    assert "attachment" in whole.headers["content-disposition"]
    part = server.get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    wrong(server.get(f"/jobs/{folder.id}/files/masks.json"), 404, "no-file")

    chosen = {"path": ["outputs/voice", "output.log"]}
    packed = server.get(f"/jobs/{folder.id}/zip", params=chosen)
    assert int(packed.headers["content-length"]) == len(packed.content)
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        assert archive.read("outputs/voice") == b"0123456789"
        assert archive.read("output.log") == folder.log.read_bytes()
    wrong(server.get(f"/jobs/{folder.id}/zip", params={"path": "../job.json"}), 404, "no-file")


def test_a_loss_that_is_no_number_is_null(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make()
    state = {**ended(folder), "figure": {"loss": math.nan}}
    write_json(folder.state, state)
    append_line(folder.metrics, {"t": 1.0, "step": 1, "loss": math.inf})
    assert server.get(f"/jobs/{folder.id}").json()["figure"] == {"loss": None}
    series = server.get(f"/jobs/{folder.id}/series").json()
    assert series["columns"] == [[None]]


def test_series_and_table_have_every_metric(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make()
    ended(folder)
    for step in range(5):
        append_line(folder.metrics, {"t": 100.0 + step, "step": step, "loss": 5.0 - step})
    series = server.get(f"/jobs/{folder.id}/series").json()
    assert (series["x"], series["names"]) == ([0, 1, 2, 3, 4], ["loss"])
    assert series["columns"] == [[5, 4, 3, 2, 1]]
    assert series["next"] == folder.metrics.stat().st_size
    table = server.get(f"/jobs/{folder.id}/metrics.csv").text.splitlines()
    assert table[0].split(",")[-1] == "loss"
    assert len(table) == 6


def test_events_and_samples(server: Api, make: Callable[..., JobFolder]) -> None:
    folder = make()
    ended(folder)
    kinds = [event["event"] for event in server.get(f"/jobs/{folder.id}/events").json()]
    assert kinds[0] == "attempt"
    assert server.get(f"/jobs/{folder.id}/samples").json() == []


def test_the_queue_can_be_reordered(server: Api, home: Path) -> None:
    home.mkdir(exist_ok=True)
    write_json(home / "queue.json", {"order": ["a", "b"]})
    assert server.get("/queue").json()["order"] == ["a", "b"]
    assert server.put("/queue", {"order": ["b"]}).json()["order"] == ["b", "a"]
    assert json.loads((home / "queue.json").read_text())["order"] == ["b", "a"]


def test_recipes_with_schema_presets_and_choices(server: Api) -> None:
    names = [recipe["name"] for recipe in server.get("/recipes").json()]
    assert names == ["diffusion-pipe", "piper", "script", "toy"]
    piper = server.get("/recipes/piper").json()
    assert piper["schema"]["properties"]["epochs"]["importance"] == "basic"
    assert {preset["name"] for preset in piper["presets"]} >= {"first-voice"}
    assert all(preset["job"]["recipe"] == "piper" for preset in piper["presets"])
    found = server.get("/recipes/piper/choices/language", params={"find": "german"}).json()
    assert "de" in [choice["value"] for choice in found]
    wrong(server.get("/recipes/none"), 404, "no-recipe")
    wrong(server.get("/recipes/piper/choices/epochs"), 404, "no-choices")
    assert [each["name"] for each in server.get("/computes").json()] == ["local", "runpod"]


def test_a_recipe_without_an_example_has_no_demo(server: Api) -> None:
    assert server.get("/recipes/piper").json()["demo"]
    wrong(server.post("/jobs/demo", None, params={"recipe": "toy"}), 404, "no-demo")


def test_a_job_that_the_command_line_starts_is_seen(server: Api, home: Path) -> None:
    from tuneyard.jobs.job import build
    from tuneyard.jobs.manager import Manager

    folder = Manager(home).start(build(draft()))
    wait_for(lambda: server.get("/jobs").json()["total"] == 1, what="the new job in the list")
    ended(folder)
