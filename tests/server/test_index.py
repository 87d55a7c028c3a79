"""The list in memory against what lies on the disk."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs_by_hand import ended, launch, make, shell
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, append_line, held, write_json
from tuneyard.server.index import Index
from waiting import wait_for


def put(home: Path, job_id: str, state: str = "succeeded", **more: Any) -> JobFolder:
    folder = JobFolder(home / "jobs" / job_id)
    folder.make()
    about = {"recipe": more.pop("recipe", "piper"), "name": more.pop("name", job_id[16:])}
    write_json(folder.job, {"id": job_id, "compute": {"name": "local"}, **about})
    write_json(folder.state, {"state": state, "attempt": 1, **more})
    write_json(folder.attempt(1), {})
    return folder


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Index:
    """No runner is started: what an unfinished job gets is tested on its own."""
    monkeypatch.setattr(Manager, "tend", lambda *_: False)
    return Index(Manager(home), clock)


def look(index: Index, do: Callable[[], object] = lambda: None) -> tuple[list[str], list[str]]:
    """What a reader is told of one look after `do`: ids of rows, and of removed jobs."""

    async def one() -> tuple[list[str], list[str]]:
        with index.subscribe() as changes:
            do()
            await index.look()
            if not changes.pending:
                return [], []
            change = await changes.next()
            return [row["id"] for row in change.rows], change.removed

    return asyncio.run(one())


def listed(index: Index, **filters: Any) -> list[str]:
    rows, _ = index.page(**{"offset": 0, "limit": 100, **filters})
    return [row["id"] for row in rows]


def test_unfinished_jobs_come_first_and_then_the_newest(home: Path, index: Index) -> None:
    put(home, "20261101-000000-old", "training")
    put(home, "20261102-000000-newer")
    put(home, "20261103-000000-newest", "failed")
    look(index)
    assert listed(index) == [
        "20261101-000000-old",
        "20261103-000000-newest",
        "20261102-000000-newer",
    ]
    assert index.counts() == {"training": 1, "succeeded": 1, "failed": 1}


def test_running_jobs_come_before_those_that_wait(home: Path, index: Index) -> None:
    put(home, "20261101-000000-runs", "training")
    put(home, "20261102-000000-waits", "queued")
    put(home, "20261103-000000-ended")
    look(index)
    assert listed(index) == [
        "20261101-000000-runs",
        "20261102-000000-waits",
        "20261103-000000-ended",
    ]


def test_pages_and_filters(home: Path, index: Index) -> None:
    for number in range(10):
        put(home, f"202611{number + 10}-000000-voice-{number}", "stopped" if number % 2 else "lost")
    put(home, "20261101-000000-other", recipe="toy", name="Ünlike the rest")
    look(index)
    rows, total = index.page(offset=3, limit=2)
    assert ([row["id"][-1] for row in rows], total) == (["6", "5"], 11)
    assert len(listed(index, states=["stopped"])) == 5
    assert listed(index, recipe="toy") == ["20261101-000000-other"]
    assert listed(index, text="rest ünlike") == ["20261101-000000-other"]
    assert listed(index, text="voice 7x") == []
    assert listed(index, text="voice-7") == ["20261117-000000-voice-7"]


def test_a_change_of_an_unfinished_job_is_told_once(home: Path, index: Index) -> None:
    folder = put(home, "20261101-000000-a", "training")
    assert look(index) == ([folder.id], [])
    assert look(index) == ([], [])
    write_json(folder.state, {"state": "training", "attempt": 1, "progress": {"step": 5}})
    assert look(index) == ([folder.id], [])
    (row,) = index.page(offset=0, limit=1)[0]
    assert row["progress"] == {"step": 5}


def test_new_and_removed_jobs_are_told(home: Path, index: Index) -> None:
    manager = Manager(home)
    folder = put(home, "20261101-000000-a")
    look(index)
    assert look(index, lambda: manager.remove(folder)) == ([], [folder.id])
    assert look(index, lambda: put(home, folder.id)) == ([folder.id], [])


def test_a_resume_of_an_ended_job_is_seen_at_once(home: Path, index: Index) -> None:
    folder = put(home, "20261101-000000-a", "stopped", ended=5.0)
    for number in range(2000):
        put(home, f"20261001-{number:06}-b")
    look(index)

    def resume() -> None:
        write_json(folder.attempt(2), {})
        os.utime(folder.path.parent)

    assert look(index, resume) == ([folder.id], [])
    assert listed(index)[0] == folder.id


def test_whatever_else_changes_an_ended_job_is_seen_within_a_minute(
    home: Path, index: Index
) -> None:
    for number in range(1000):
        put(home, f"20261001-{number:06}-b")
    look(index)
    write_json(
        JobFolder(home / "jobs" / "20261001-000500-b").state, {"state": "lost", "attempt": 1}
    )
    told = [job for _ in range(241) for job in look(index)[0]]  # 60 s, four looks a second
    assert told == ["20261001-000500-b"]


def test_a_job_that_cannot_be_read_is_listed_as_such(home: Path, index: Index) -> None:
    folder = put(home, "20261101-000000-a")
    folder.state.write_text("{")
    folder.job.write_text("[]")
    look(index)
    (row,) = index.page(offset=0, limit=1)[0]
    assert row["state"] is None
    assert index.counts() == {"unreadable": 1}


def test_what_a_reader_has_not_taken_is_merged(home: Path, index: Index) -> None:
    async def slow() -> tuple[int, list[str]]:
        with index.subscribe() as changes:
            folder = put(home, "20261101-000000-a", "training")
            gone = put(home, "20261102-000000-b")
            for step in range(20):
                write_json(
                    folder.state, {"state": "training", "attempt": 1, "progress": {"step": step}}
                )
                await index.look()
            Manager(home).remove(gone)
            await index.look()
            change = await changes.next()
            assert not changes.pending
            return change.rows[0]["progress"]["step"], change.removed

    assert asyncio.run(slow()) == (19, ["20261102-000000-b"])


def test_the_trend_is_the_main_figure_from_first_to_last(home: Path, index: Index) -> None:
    folder = put(home, "20261101-000000-a", "training", figure={"loss": 1.0})
    for step in range(100):
        append_line(folder.metrics, {"step": step, "loss": 100 - step, "other": 7})
    look(index)
    (row,) = index.page(offset=0, limit=1)[0]
    assert 20 < len(row["trend"]) <= 40
    assert row["trend"] == sorted(row["trend"], reverse=True)
    assert row["trend"][-1] == 1


def test_an_unfinished_job_gets_its_runner_again(home: Path, clock: Clock) -> None:
    folder = make(home, [shell("train", "while [ ! -e ../go ]; do sleep 0.05; done")])
    index = Index(Manager(home), clock)
    asyncio.run(index.look())
    wait_for(lambda: held(folder.runner_lock), what="a runner")
    (folder.path / "go").touch()
    assert ended(folder)["state"] == "succeeded"


def test_a_job_removed_while_it_is_looked_at_does_no_harm(home: Path, index: Index) -> None:
    folder = put(home, "20261101-000000-a", "training")
    look(index)
    launched = make(home, [shell("train", "true")], job_id="20261104-000000-c")
    launch(launched)
    ended(launched)
    for path in (folder.state, folder.job):
        path.unlink()
    look(index)
    assert folder.id in listed(index)
