"""The trainer's environment is built once, whoever is killed, and told of in words."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.environment.conftest import make_wheel, set_gpu, spec, trainer
from tuneyard.runner import environment, uv
from tuneyard.runner.environment import build, main
from tuneyard.runner.environment import spec as specs
from waiting import wait_for

GATE = """\
#!/bin/sh
# uv, but installs wait until a file is there; what comes then is told to another file
if [ "$1" = pip ]; then
    echo $$ > {folder}/uv.pid
    until [ -e {folder}/open ]; do sleep 0.02; done
fi
exec {uv} "$@"
"""


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder: installs wait for the file `open` in it, and leave the pid of uv in `uv.pid`."""
    real = uv.find(tmp_path / "none")
    assert real, "these tests need uv, which the project depends on"
    folder = tmp_path / "gate"
    folder.mkdir()
    script = folder / "uv"
    script.write_text(GATE.format(folder=folder, uv=real))
    script.chmod(0o755)
    monkeypatch.setenv("TUNEYARD_UV", str(script))
    yield folder
    (folder / "open").touch()  # nobody waits on after a test that failed


def start(python: str = sys.executable) -> subprocess.Popen[str]:
    """The step as a runner starts it, in a process group of its own."""
    source = Path(environment.__file__).parents[3]
    return subprocess.Popen(
        [python, "-m", "tuneyard.runner.environment", spec()],
        env=os.environ | {"PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Everything a process prints up to a line with this text."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    pytest.fail(f"{text!r} was never printed, but:\n{said}")


def leftovers(home: Path) -> list[str]:
    return [path.name for path in (home / "envs").iterdir() if path.name.endswith(".building")]


@pytest.mark.usefixtures("notes")
def test_builds_what_is_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([spec()]) == 0
    said = capsys.readouterr().out
    assert "about 0.1 GB" in said
    assert "tiny-trainer==1.0" in said
    built = home / "envs" / trainer()["env"]
    assert trainer()["python"] == str(built / "bin/python")
    facts = json.loads((built / "tuneyard.json").read_text())
    assert facts["requirements"] == ["tiny-trainer==1.0"]
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", facts["created"])
    assert facts["bytes"] > 1000


@pytest.mark.usefixtures("notes")
def test_a_built_environment_works_where_it_ends_up(home: Path) -> None:
    assert main([spec()]) == 0
    built = home / "envs" / trainer()["env"]
    command = [built / "bin/tiny_trainer"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "tiny_trainer speaks\n"
    for text in (*built.glob("bin/[at]*"), built / "pyvenv.cfg"):
        assert ".building" not in text.read_text()
    assert not leftovers(home)


def test_a_second_job_reuses_it_without_loading_anything(
    notes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([spec()]) == 0
    first = trainer()
    Path("trainer.json").unlink()
    capsys.readouterr()
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")  # uv is not asked either
    assert main([spec()]) == 0
    assert trainer() == first
    assert notes.read_text() == "imported "
    assert "Building" not in capsys.readouterr().out


@pytest.mark.usefixtures("notes")
def test_the_runners_pythons_build_it_too(runner_python: str) -> None:
    with start(runner_python) as process:
        said = read_until(process, "is ready")
    assert process.returncode == 0, said
    assert os.access(trainer()["python"], os.X_OK)


def test_two_jobs_share_one_build(gate: Path, notes: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the first install")
        with start() as second:
            said = read_until(second, "Another job is building")
            (gate / "open").touch()
            said += second.communicate()[0]
        assert "Built in" in first.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert "Built in" not in said
    assert notes.read_text() == "imported "


@pytest.mark.usefixtures("notes")
def test_nobody_builds_beside_an_installer_that_outlived_its_job(gate: Path, home: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the first install")
        os.kill(first.pid, signal.SIGKILL)
    assert leftovers(home)
    with start() as second:
        read_until(second, "Another job is building")
        (gate / "open").touch()
        said = second.communicate()[0]
    assert second.returncode == 0, said
    assert "Built in" in said
    assert not leftovers(home)


@pytest.mark.usefixtures("notes")
def test_what_a_killed_build_left_is_removed_by_the_next(gate: Path, home: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the install")
        os.killpg(first.pid, signal.SIGKILL)
    assert leftovers(home)
    (gate / "open").touch()
    assert main([spec(requirements=["tiny-trainer>=1.0"])]) == 0  # another environment
    assert not leftovers(home)


@pytest.mark.usefixtures("notes")
def test_it_is_built_again_when_its_python_is_gone(home: Path) -> None:
    assert main([spec()]) == 0
    python = Path(trainer()["python"])
    python.unlink()
    python.symlink_to("/nothing/there")
    assert main([spec()]) == 0
    assert python.exists()
    assert [path.name for path in (home / "envs").glob("[!.]*")] == [trainer()["env"]]


def test_what_does_not_load_is_not_kept(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(tmp_path / "wheels", "broken", "raise ImportError('libnope.so is missing')\n")
    assert main([spec(requirements=["broken"], imports=["json", "broken"])]) == 1
    said = capsys.readouterr().out
    assert "can't load broken." in said
    assert "libnope.so is missing" in said
    assert not Path("trainer.json").exists()
    assert not list((home / "envs").glob("[!.]*"))


@pytest.mark.parametrize(
    ("changes", "said", "next_step"),
    [
        ({"requirements": ["not-there"]}, "not-there was not found", "The package index has no"),
        ({"preferred": "", "python": ">=3.98,<3.99"}, "", "Install a Python of these versions"),
        ({"preferred": "/nothing/there", "python": ">=3.98,<3.99"}, "", "Install a Python"),
    ],
)
def test_a_failure_shows_uvs_own_lines_and_what_to_do(
    changes: dict[str, object], said: str, next_step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([spec(**changes)]) == 1
    shown = capsys.readouterr().out
    assert said in shown
    assert (
        f"Problem: The trainer's environment could not be built.\nNext step: {next_step}" in shown
    )


def test_without_any_uv_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")
    assert main([spec()]) == 1
    assert "TUNEYARD_UV names /nothing/there" in capsys.readouterr().out


def test_no_password_of_an_index_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:1/simple")  # nobody listens
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    assert main([spec(requirements=["not-there"])]) == 1
    said = capsys.readouterr().out
    assert "127.0.0.1:1" in said
    assert "hunter2" not in said
    assert "Check the network" in said


def test_little_room_is_said_before(capsys: pytest.CaptureFixture[str]) -> None:
    huge = {"cpu": 1e9, "cuda": 1e9}
    main([spec(size_gb=huge, requirements=["not-there"])])
    said = capsys.readouterr().out
    assert 0 < said.index("GB are free there: it may not fit.") < said.index("not-there")


def test_a_named_python_is_used_as_it_is(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert main([spec(named=str(link), imports=["json"])]) == 0
    assert trainer()["python"] == str(link)
    assert not (home / "envs").exists()


@pytest.mark.parametrize(
    ("python", "imports", "said"),
    [
        (sys.executable, ["json", "no_trainer"], f"{sys.executable} can't load no_trainer."),
        ("/nothing/there", ["json"], "/nothing/there can't be run: No such file or directory."),
        ("/bin/true", [], "/bin/true is no Python."),
    ],
)
def test_a_named_python_without_the_trainer_is_refused(
    python: str, imports: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([spec(named=python, imports=imports)]) == 1
    assert f"Problem: {said}\nNext step: Install what is missing there" in capsys.readouterr().out
    assert not Path("trainer.json").exists()


def test_the_working_directory_proves_nothing() -> None:
    Path("no_trainer.py").touch()
    assert main([spec(named=sys.executable, imports=["no_trainer"])]) == 1


@pytest.mark.parametrize(
    ("automatic", "gpu", "words"),
    [
        (True, False, "about 1.4 GB"),
        (True, True, "about 7.0 GB"),
        (False, False, "about 1.4 GB, or 7.0 GB where pip finds torch for CUDA"),
    ],
)
def test_the_size_is_said_as_far_as_it_is_known(
    automatic: bool, gpu: bool, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_gpu(monkeypatch, gpu)
    choices = specs.Choices({"UV_TORCH_BACKEND": "auto"} if automatic else {}, ())
    asked = specs.Spec(("torch",), ">=3.10", size_gb={"cpu": 1.4, "cuda": 7.0})
    made = build.Build(asked, specs.Base(""), choices, tmp_path, -1)
    assert made._size()[1] == words
