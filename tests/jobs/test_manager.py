"""Jobs of the real recipe, with a plan that needs no trainer where something has to run."""

import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

import jobs_by_hand
from jobs_by_hand import shell
from tuneyard.compute.base import computes
from tuneyard.compute.local import Local
from tuneyard.errors import NotFound, NotPossible, WrongInput
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.recipes.base import recipes
from tuneyard.runner.folder import JobFolder, read_json, write_json
from tuneyard.runner.step import Needs, Plan, Secret, Step
from tuneyard.secrets import Secrets
from waiting import wait_for

STEPS: list[Step] = []


@pytest.fixture
def manager(home: Path) -> Manager:
    return Manager(home)


@pytest.fixture(autouse=True)
def _short_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Piper's plan becomes whatever a test puts into STEPS; all else is the recipe's own."""

    def plan(job: dict[str, Any], _place: dict[str, Any]) -> Plan:
        settings = {name: job["settings"][name] for name in ("epochs", "language")}
        steps = [
            Step(
                s.name,
                s.title,
                s.phase,
                s.command,
                secrets=s.secrets,
                reads=settings,
                pushes=s.pushes,
                save=s.save,
            )
            for s in STEPS
        ]
        return Plan("piper", "", tuple(steps), needs=Needs())

    monkeypatch.setattr(recipes()["piper"].steps, "plan", plan)
    STEPS[:] = [shell("train", "echo trained")]
    yield
    STEPS.clear()


def a_job(tmp_path: Path, **settings: Any) -> jobs.Job:
    (tmp_path / "data").mkdir(exist_ok=True)
    data = {
        "recipe": "piper",
        "name": "Première Voix",
        "settings": {"dataset": "data", "language": "fr", **settings},
    }
    return jobs.build(data, base=tmp_path)


def over(folder: JobFolder) -> dict[str, Any]:
    return jobs_by_hand.ended(folder)


def test_a_job_gets_a_readable_id_and_complete_settings(manager: Manager, tmp_path: Path) -> None:
    folder = manager.create(a_job(tmp_path))
    assert folder.id.endswith("-premiere-voix")
    assert len(folder.id.split("-")[0]) == 8
    asked = read_json(folder.job)
    assert asked["settings"]["dataset"] == str(tmp_path / "data")
    assert asked["settings"]["batch_size"] == 16
    other = manager.create(a_job(tmp_path))
    assert other.id != folder.id
    assert manager.ids() == sorted([folder.id, other.id], reverse=True)
    assert manager.state(folder)["state"] == "queued"


def test_a_job_that_could_not_succeed_is_not_made(manager: Manager, tmp_path: Path) -> None:
    with pytest.raises(WrongInput) as caught:
        manager.create(a_job(tmp_path, language="klingonese", accelerator="gpu"))
    assert {problem.field for problem in caught.value.problems} == {"language", "accelerator"}
    assert manager.ids() == []


@pytest.mark.parametrize("most", [100, 200_000], ids=["job.json", "plan.json"])
def test_a_disk_that_is_full_leaves_no_half_job(
    most: int, manager: Manager, tmp_path: Path
) -> None:
    """The limit on a file's size stands for the disk's: both are told by the write."""
    STEPS.append(shell("more", "#" * 300_000))
    job = a_job(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            manager.create(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(manager.states()) == []
    assert list(manager.folder.iterdir()) == []


def test_a_started_job_ends(manager: Manager, tmp_path: Path) -> None:
    folder = manager.start(a_job(tmp_path))
    assert over(folder)["state"] == "succeeded"
    assert folder.log.read_text() == "trained\n"


def test_the_runner_is_given_known_secrets_and_the_readers_their_marks(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_UPLOAD_TOKEN", "hf_from_the_older_script")
    monkeypatch.setenv("MY_SECRET", "not-for-the-job-at-all")
    manager.secrets.given["HF_READ_TOKEN"] = "hf_given_in_memory"
    write = Secret("HF_WRITE_TOKEN", "HF_TOKEN")
    STEPS[:] = [shell("push", "env | grep -E 'HF_.*TOKEN|SECRET' | sort", secrets=(write,))]
    folder = manager.start(a_job(tmp_path))
    assert over(folder)["state"] == "succeeded"
    assert folder.log.read_text() == "HF_WRITE_TOKEN=hf_from_the_older_script\n"
    assert len(read_json(folder.masks)["marks"]) == 3
    for path in folder.path.rglob("*"):
        if path.is_file() and path != folder.log:
            content = path.read_bytes()
            assert b"hf_from" not in content
            assert b"hf_given" not in content
            assert b"not-for-the-job" not in content


def test_a_job_is_found_by_a_part_of_its_id(manager: Manager, home: Path) -> None:
    for job_id in ("20261122-120000-voice", "20261122-120001-other"):
        jobs_by_hand.make(home, [shell("train", "true")], job_id=job_id)
    assert manager.find("20261122-120000").id == "20261122-120000-voice"
    assert manager.find("other").id == "20261122-120001-other"
    with pytest.raises(NotFound, match="short for 2 jobs"):
        manager.find("20261122")
    for name in ("", "nothing", "../jobs/20261122-120000-voice", "/"):
        with pytest.raises(NotFound):
            manager.find(name)


def test_a_resume_keeps_what_was_set_before(manager: Manager, tmp_path: Path) -> None:
    STEPS[:] = [shell("train", "echo again; exit 1")]
    folder = manager.start(a_job(tmp_path))
    over(folder)
    manager.resume(folder, {"epochs": 700})
    over(folder)
    manager.resume(folder, {"settings.batch_size": 4, "results.folder": "new"})
    over(folder)
    assert manager.job(folder).settings["epochs"] == 500
    asked = manager.asked(folder)
    assert (asked.settings["epochs"], asked.settings["batch_size"]) == (700, 4)
    assert asked.results.folder == "new"
    assert folder.log.read_text() == "again\n" * 3


def test_a_resume_refuses_what_would_make_another_voice(manager: Manager, tmp_path: Path) -> None:
    folder = manager.start(a_job(tmp_path))
    over(folder)
    with pytest.raises(WrongInput, match="“language” can't change"):
        manager.resume(folder, {"language": "de"})
    with pytest.raises(WrongInput):
        manager.resume(folder, {"epochs": 0})
    assert folder.attempts() == [1]


def test_a_checkpoint_is_asked_for_only_while_it_trains(manager: Manager, tmp_path: Path) -> None:
    asked = "until [ -e ask ]; do sleep 0.05; done; sleep 600"
    wait = "until [ -e ../go ]; do sleep 0.05; done"
    STEPS[:] = [shell("fetch", wait, "prepare"), shell("train", asked, save="ask")]
    folder = manager.start(a_job(tmp_path))
    wait_for(lambda: manager.state(folder)["state"] == "preparing")
    with pytest.raises(NotPossible, match="preparing: a checkpoint can be saved only while"):
        manager.save(folder)
    (folder.path / "go").touch()
    wait_for(lambda: manager.state(folder)["state"] == "training")
    manager.save(folder)
    wait_for(lambda: not folder.save.exists(), what="notice of the wish")
    assert manager.state(folder)["saving"]
    manager.save(folder)  # once more is no other wish
    assert not folder.save.exists()
    manager.stop(folder, "save")
    assert over(folder)["state"] == "stopped"
    with pytest.raises(NotPossible, match="already ended: stopped"):
        manager.save(folder)
    assert not folder.save.exists()


def test_what_cannot_save_without_stopping_says_how_else(manager: Manager, tmp_path: Path) -> None:
    STEPS[:] = [shell("train", "sleep 600")]
    folder = manager.start(a_job(tmp_path))
    wait_for(lambda: manager.state(folder)["state"] == "training")
    with pytest.raises(NotPossible, match="without stopping") as found:
        manager.save(folder)
    assert f"tuneyard stop {folder.id}" in found.value.next_step
    manager.stop(folder, "now")
    over(folder)


def test_a_running_job_is_neither_resumed_nor_removed(manager: Manager, tmp_path: Path) -> None:
    STEPS[:] = [shell("train", "sleep 600")]
    folder = manager.start(a_job(tmp_path))
    wait_for(lambda: manager.state(folder)["state"] == "training")
    with pytest.raises(NotPossible, match="training can't be resumed"):
        manager.resume(folder)
    with pytest.raises(NotPossible, match="training can't be removed"):
        manager.remove(folder)
    manager.stop(folder, "now")
    assert over(folder)["state"] == "stopped"
    with pytest.raises(NotPossible, match="already ended"):
        manager.stop(folder)
    manager.resume(folder)
    wait_for(lambda: manager.state(folder)["state"] == "training")
    manager.stop(folder, "now")
    over(folder)
    manager.remove(folder)
    assert manager.ids() == []
    assert list(manager.folder.iterdir()) == []


def test_of_two_resumes_at_once_one_is_refused(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    STEPS[:] = [shell("train", "echo trained; exit 1")]
    folder = manager.start(a_job(tmp_path))
    assert over(folder)["state"] == "failed"
    launched: list[JobFolder] = []
    monkeypatch.setattr(manager, "launch", launched.append)
    together, make = Barrier(2), manager._prepare

    def prepare(*given: Any) -> None:
        # Where one waits for the other, both are here: each took the job for one that has ended.
        with suppress(BrokenBarrierError):
            together.wait(0.5)
        make(*given)

    monkeypatch.setattr(manager, "_prepare", prepare)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(manager.resume, folder, {"settings.epochs": n}) for n in (7, 8)]
    refused = [error for each in both if (error := each.exception())]
    assert [type(error) for error in refused] == [NotPossible]
    assert launched == [folder]
    assert folder.attempts() == [1, 2]


def test_of_two_that_remove_a_job_at_once_the_second_is_told(
    manager: Manager, tmp_path: Path
) -> None:
    folder = manager.start(a_job(tmp_path))
    over(folder)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(manager.remove, folder) for _ in range(2)]
    refused = [error for each in both if (error := each.exception())]
    assert [type(error) for error in refused] == [NotFound]
    assert list(manager.folder.iterdir()) == []


def test_tending_gives_an_orphaned_job_a_runner(manager: Manager, home: Path) -> None:
    folder = jobs_by_hand.make(home, [shell("train", "echo trained")])
    manager.tend(folder)
    assert over(folder)["state"] == "succeeded"
    manager.tend(folder)
    assert folder.log.read_text() == "trained\n"


def test_a_job_that_waits_for_a_secret_is_left_until_it_is_known(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    STEPS[:] = [
        shell("push", "echo pushed", secrets=(Secret("HF_WRITE_TOKEN", "HF_TOKEN", required=True),))
    ]
    folder = manager.start(a_job(tmp_path))
    wait_for(lambda: manager.state(folder).get("needs") == ["HF_WRITE_TOKEN"])
    launched: list[str] = []
    monkeypatch.setattr(Local, "launch", lambda *_: launched.append("launched"))
    wait_for(lambda: computes()["local"].observe(folder) == "gone")
    manager.tend(folder)
    assert launched == []
    manager.secrets.given["HF_TOKEN"] = "hf_known_by_now"
    manager.tend(folder)
    assert launched == ["launched"]


def test_a_folder_that_cannot_be_read_is_shown_as_such(manager: Manager, home: Path) -> None:
    folder = jobs_by_hand.make(home, [shell("train", "true")])
    folder.state.write_text("{")
    (state,) = manager.states()
    assert state["id"] == folder.id
    assert state["state"] is None
    assert "can't be read" in state["error"]


def test_a_job_without_results_has_nothing_to_push(manager: Manager, tmp_path: Path) -> None:
    folder = manager.start(a_job(tmp_path))
    over(folder)
    with pytest.raises(NotPossible, match="names no repository"):
        manager.push(folder)
    with pytest.raises(NotPossible, match="nothing to push"):
        manager.push(folder, "me/voice")


def test_a_push_runs_the_last_steps_alone(manager: Manager, tmp_path: Path) -> None:
    STEPS[:] = [
        shell("train", "touch ../outputs/voice.onnx; exit 3"),
        shell("export", "echo exported", "finish"),
        shell("words", "echo words", "finish", pushes="before"),
        shell("give", "echo given", "finish", pushes="itself"),
    ]
    folder = manager.start(a_job(tmp_path))
    assert over(folder)["state"] == "failed"
    manager.push(folder, "me/voice")
    assert over(folder)["state"] == "failed"
    assert folder.log.read_text() == "words\ngiven\n"


def test_secrets_are_kept_where_one_chooses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = Secrets(home)
    assert secrets.get("HF_TOKEN") is None
    secrets.keep("HF_TOKEN", "hf_in_the_file", "file")
    assert secrets.path.stat().st_mode & 0o777 == 0o600
    assert (secrets.get("HF_TOKEN"), secrets.keeper("HF_TOKEN")) == ("hf_in_the_file", "file")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_from_outside")
    assert secrets.get("HF_TOKEN") == "hf_from_outside"
    assert secrets.keeper("HF_TOKEN") == "environment"
    assert secrets.all() == {"HF_TOKEN": "hf_from_outside"}
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN")
    secrets.forget("HF_TOKEN")
    assert secrets.get("HF_TOKEN") is None
    assert "hf_in_the_file" not in secrets.path.read_text()


def test_an_attempt_counts_only_when_all_of_it_is_written(manager: Manager, tmp_path: Path) -> None:
    """A home that was killed while it made a resume leaves the job as it was."""
    folder = manager.start(a_job(tmp_path))
    over(folder)
    write_json(folder.plan, read_json(folder.plan))
    (folder.path / "attempts" / ".2.json.99.tmp").write_text("{")
    manager.tend(folder)
    assert folder.attempts() == [1]
    assert json.loads(folder.state.read_text())["attempt"] == 1
    assert folder.runner.exists()
