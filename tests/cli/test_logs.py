from pathlib import Path

import pytest

from cli.calling import WAITS, Tuneyard, only_job, process, wait_for_state, write_job
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from waiting import wait_for


def waits(code: int = 0) -> str:
    return f"echo begun; {WAITS}; echo over; exit {code}"


def test_a_log_is_printed_byte_for_byte(tuneyard: Tuneyard, job_file: Path) -> None:
    tuneyard("run", write_job(job_file, r"printf 'half\r\033[31mline\nno end'"))
    ran = tuneyard("logs", "job")
    assert ran.code == 0
    assert ran.out == "getting ready\nhalf\r\x1b[31mline\nno end"


@pytest.mark.parametrize(("offset", "rest"), [("8", "ready\n"), ("-3", "dy\n"), ("14", "")])
def test_a_log_is_printed_from_an_offset(
    offset: str, rest: str, tuneyard: Tuneyard, job_file: Path
) -> None:
    tuneyard("run", write_job(job_file, "true"))
    assert tuneyard("logs", "job", "--from", offset).out == rest


def test_an_offset_behind_the_end_means_that_the_log_began_again(
    tuneyard: Tuneyard, job_file: Path
) -> None:
    tuneyard("run", write_job(job_file, "true"))
    ran = tuneyard("logs", "job", "--from", "1000")
    assert ran.out == "getting ready\n"
    assert ran.err == "The log began again.\n"


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1)])
def test_following_ends_with_the_job_and_its_code(
    code: int, ends: int, job_file: Path, home: Path
) -> None:
    manager = Manager(home)
    folder = manager.start(jobs.read(write_job(job_file, waits(code))))
    command = process("logs", "-f", folder.id)
    assert command.stdout
    assert command.stdout.readline() == b"getting ready\n"
    assert command.stdout.readline() == b"begun\n"
    (folder.path / "go").touch()
    assert command.stdout.read() == b"over\n"
    assert command.wait() == ends


def test_a_log_that_is_cut_while_it_is_followed_is_read_again(job_file: Path, home: Path) -> None:
    manager = Manager(home)
    folder = manager.start(jobs.read(write_job(job_file, waits())))
    command = process("logs", "-f", folder.id)
    assert command.stdout
    assert command.stdout.readline() == b"getting ready\n"
    assert command.stdout.readline() == b"begun\n"
    folder.log.write_bytes(b"anew\n")
    assert command.stdout.readline() == b"anew\n"
    (folder.path / "go").touch()
    _, err = command.communicate()
    assert err == b"The log began again.\n"


def test_ctrl_c_ends_following_and_not_the_job(job_file: Path, home: Path) -> None:
    manager = Manager(home)
    folder = manager.start(jobs.read(write_job(job_file, waits())))
    command = process("logs", "-f", folder.id)
    assert command.stdout
    command.stdout.readline()
    command.send_signal(2)
    assert command.wait() == 130
    assert only_job(home).id == folder.id
    (folder.path / "go").touch()
    wait_for_state(home, folder, "succeeded")


def test_a_reader_that_goes_ends_it_quietly(job_file: Path, home: Path) -> None:
    manager = Manager(home)
    folder = manager.start(jobs.read(write_job(job_file, "seq 1 100000")))
    wait_for_state(home, folder, "succeeded")
    command = process("logs", folder.id)
    assert command.stdout
    command.stdout.readline()
    command.stdout.close()
    assert command.stderr
    assert command.stderr.read() == b""
    wait_for(lambda: command.poll() is not None)
