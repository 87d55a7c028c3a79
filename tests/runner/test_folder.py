import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from tuneyard.runner import folder as folders
from tuneyard.runner.folder import FolderError, JobFolder
from waiting import wait_for


def test_json_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    folders.write_json(path, {"state": "queued"})
    folders.write_json(path, {"state": "training"}, durable=False)
    assert folders.read_json(path) == {"format": 1, "state": "training"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


def test_a_reader_never_sees_half_a_file_while_a_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    folders.write_json(path, {"n": 0, "filling": "x" * 100_000})
    code = textwrap.dedent(f"""
        from pathlib import Path
        from tuneyard.runner.folder import write_json
        n = 0
        while True:
            n += 1
            write_json(Path({str(path)!r}), {{"n": n, "filling": "x" * 100_000}}, durable=False)
    """)
    for _ in range(5):
        before = folders.read_json(path)["n"]
        writer = subprocess.Popen([sys.executable, "-c", code])
        try:
            wait_for(partial(_has_moved_on, path, before))
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        assert len(folders.read_json(path)["filling"]) == 100_000


def test_threads_that_write_one_file_leave_the_whole_one_of_one_of_them(tmp_path: Path) -> None:
    path, together = tmp_path / "stop", Barrier(8)

    def write(number: int) -> None:
        together.wait()
        for _ in range(20):
            folders.write_json(path, {"n": number, "filling": "x" * 10_000}, durable=False)

    with ThreadPoolExecutor(8) as threads:
        assert [*threads.map(write, range(8))] == [None] * 8
    assert len(folders.read_json(path)["filling"]) == 10_000
    assert [p.name for p in tmp_path.iterdir()] == ["stop"]


def _has_moved_on(path: Path, before: int) -> bool:
    return bool(folders.read_json(path)["n"] != before)


@pytest.mark.parametrize("text", ["{", "[]", "\x00", '{"format": 2}'])
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(FolderError, match=r"job\.json"):
        folders.read_json(path)


def test_a_line_that_a_kill_cut_off_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    folders.append_line(path, {"n": 1})
    with open(path, "ab") as file:
        file.write(b'{"n": 2, "te')
    folders.append_line(path, {"n": 3})
    assert [line["n"] for line in folders.read_lines(path)] == [1, 3]


def test_lines_are_read_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    folders.append_line(path, {"n": 1})
    size = path.stat().st_size
    folders.append_line(path, {"n": 2})
    assert [line["n"] for line in folders.read_lines(path, size)] == [2]
    assert list(folders.read_lines(tmp_path / "none.jsonl")) == []


def test_bytes_are_read_by_offset(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"0123456789")
    assert folders.read(path, 0, 4) == (b"0123", 4, False)
    assert folders.read(path, 4) == (b"456789", 10, False)
    assert folders.read(path, 10) == (b"", 10, False)
    assert folders.read(path, -3) == (b"789", 10, False)
    assert folders.read(path, -99) == (b"0123456789", 10, False)


def test_a_file_that_began_again_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"new")
    assert folders.read(path, 500) == (b"new", 3, True)
    assert folders.read(tmp_path / "none", 5) == (b"", 0, True)
    assert folders.read(tmp_path / "none", 0) == (b"", 0, False)


def test_a_lock_has_one_holder_and_probes_disturb_nobody(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    assert not folders.held(path)
    first = folders.acquire(path)
    assert first is not None
    assert folders.held(path)
    assert folders.held(path)
    assert folders.acquire(path) is None
    os.close(first)
    assert not folders.held(path)
    second = folders.acquire(path)
    assert second is not None
    os.close(second)


def test_a_lock_is_free_once_its_holder_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    code = (
        "import sys, time; from pathlib import Path; from tuneyard.runner.folder import acquire;"
        "acquire(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert folders.held(path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not folders.held(path)


def test_the_folder_knows_its_id_home_and_attempts(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "jobs" / "20261122-120000-voice")
    folder.make()
    assert folder.id == "20261122-120000-voice"
    assert folder.home == tmp_path
    assert folder.path.stat().st_mode & 0o777 == 0o700
    for number in (2, 10, 1):
        folder.attempt(number).write_text(json.dumps({}))
    assert folder.attempts() == [1, 2, 10]
