import ast
import os
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waiting import wait_for

ROOT = Path(__file__).parents[1]
PYTEST = "-m pytest -n 2 --dist loadfile --no-loadscope-reorder"

# It notes how it was called and makes what the real one would, as far as launch looks.
UV = """\
#!/bin/sh
[ "$1" = --version ] && echo uv 9.9.9 && exit
echo "$* (constraint $UV_CONSTRAINT, links $UV_FIND_LINKS)" >> uv.log
[ -e uv.broken ] && exit 7
for last; do :; done
if [ "$1" = venv ]; then
  rm -rf "$last"
  mkdir -p "$last/bin"
  cp python.fake "$last/bin/python"
  cp tuneyard.fake "$last/bin/tuneyard"
  cp watchfiles.fake "$last/bin/watchfiles"
fi
case "$*" in *--editable*) mkdir -p src/tuneyard/server/static src/tuneyard/site/static
  touch src/tuneyard/server/static/index.html src/tuneyard/site/static/index.html;; esac
exit 0
"""

TUNEYARD = """\
#!/bin/sh
[ "$1" = plan ] && echo '{"files": {"work/environment.json": "the spec"}}'
[ "$1" = serve ] && echo "served $*" && exit 4
exit 0
"""

# Starts its server twice, as after a change, and ends when it is told to.
WATCHFILES = """\
#!/bin/sh
trap 'echo watchfiles >> "$ROOT/ended.log"; exit 0' INT
echo "$*" >> "$ROOT/watchfiles.log"
port=${OTHER_PORT:-$(echo "$*" | sed 's/.*--port \\([0-9]*\\).*/\\1/')}
for start in 1 2; do
  echo "Tuneyard: http://127.0.0.1:$port/#open=secret-$start"
  echo "line $start"
done
while :; do sleep 0.02; done
"""

# The Python of .venv: notes what it was told, in which environment, and fails as told.
PYTHON = """\
#!/bin/sh
echo "$*" >> "$ROOT/python.log"
echo "trainer: $TUNEYARD_TEST_TRAINER" >> "$ROOT/python.log"
[ "$2" = tuneyard.runner.environment ] && echo '{"python": "/the/trainer"}' > trainer.json
for word; do [ "$word" = "$FAILS" ] && exit 5; done
[ "$3" = dev ] || exit 0
trap 'echo vite >> "$ROOT/ended.log"; exit 130' INT
echo "server: $TUNEYARD_SERVER" >> "$ROOT/python.log"
while :; do sleep 0.02; done
"""

Launch = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone, as far as launch needs it, on a machine whose uv is ours."""
    root = tmp_path / "clone"
    shutil.copytree(ROOT / "requirements", root / "requirements")
    shutil.copytree(ROOT / "src/tuneyard/runner", root / "src/tuneyard/runner")
    for name in (
        "launch",
        "pyproject.toml",
        "hatch_build.py",
        "web/npm.py",
        "web/package.json",
        "src/tuneyard/__init__.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    fakes = {"uv": UV, "python.fake": PYTHON, "tuneyard.fake": TUNEYARD}
    for name, text in {**fakes, "watchfiles.fake": WATCHFILES}.items():
        (root / name).write_text(text)
        (root / name).chmod(0o755)
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TUNEYARD_UV", str(root / "uv"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("ROOT", str(root))
    return root


@pytest.fixture
def launch(tree: Path) -> Launch:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(tree / "launch"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def inside() -> dict[str, Any]:
    """The names inside `launch`."""
    return runpy.run_path(str(ROOT / "launch"), run_name="launch")


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def lines(path: Path) -> list[str]:
    """What was noted in a file since the last look."""
    found = read(path).splitlines()
    path.unlink(missing_ok=True)
    return found


def test_any_python3_can_start_it() -> None:
    tree = ast.parse((ROOT / "launch").read_text(), feature_version=(3, 6))
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in imported  # 3.6 knows none of annotations
    assert os.access(ROOT / "launch", os.X_OK)


def test_it_goes_on_under_a_python_that_works(
    inside: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, text in {"shims": "exit 127", "old": "echo 7", "good": "echo 99"}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "python3.99").write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / folder / "python3.99").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / f) for f in ("shims", "old", "good")))
    assert inside["find_python"](99) == str(tmp_path / "good/python3.99")
    (tmp_path / "good/python3.99").unlink()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    (tmp_path / "pyenv/versions").mkdir(parents=True)
    (tmp_path / "good").rename(tmp_path / "pyenv/versions/3.99.1")
    assert inside["find_python"](99) is None


def test_it_knows_where_pyenv_keeps_its_pythons(
    inside: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "versions/3.99.1/bin/python3.99"
    kept.parent.mkdir(parents=True)
    kept.write_text("#!/bin/sh\necho 99\n")
    kept.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert inside["find_python"](99) == str(kept)


def test_without_a_newer_python_it_says_so(inside: dict[str, Any]) -> None:
    go_on = inside["go_on_under_newer_python"]
    go_on.__globals__["NEWEST"] = go_on.__globals__["OLDEST"] - 1  # nothing to look for
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is Python 3\."):
        go_on()


def test_help_and_wrong_words(launch: Launch, tree: Path) -> None:
    assert launch("help").returncode == 0
    assert "./launch demo" in launch("help").stdout
    assert launch("fly").returncode == 2
    assert launch("setup", "more").returncode == 2
    assert not lines(tree / "uv.log")


def test_setup_installs_once(launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONSTRAINT", "/mine.txt")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    assert launch("setup").returncode == 0
    made, packages, project = lines(tree / "uv.log")
    assert made.startswith("venv ")
    assert os.path.realpath(sys.executable) in made
    assert "--require-hashes" in packages
    assert packages.endswith("requirements/runtime.txt (constraint , links /wheels)")
    assert "--no-deps" in project
    assert project.endswith("--editable .[piper] (constraint /mine.txt, links /wheels)")
    assert launch("setup").returncode == 0
    assert not lines(tree / "uv.log")


def test_setup_follows_what_changes(launch: Launch, tree: Path) -> None:
    launch("setup")
    lines(tree / "uv.log")
    with (tree / "pyproject.toml").open("a") as file:
        file.write("\n")
    launch("setup")
    (project,) = lines(tree / "uv.log")
    assert "--editable" in project
    with (tree / "requirements/runtime.txt").open("a") as file:
        file.write("\n")
    launch("setup")
    packages, _ = lines(tree / "uv.log")
    assert "runtime.txt" in packages


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("web/src/App.svelte", True),
        ("hatch_build.py", True),
        ("web/node_modules/vite/index.js", False),
        ("web/src/lib/api/schema.d.ts", False),
    ],
)
def test_setup_builds_the_page_again_when_its_sources_change(
    changed: str,
    again: bool,
    launch: Launch,
    tree: Path,
) -> None:
    launch("setup")
    lines(tree / "uv.log")
    (tree / changed).parent.mkdir(parents=True, exist_ok=True)
    (tree / changed).write_text("anew")
    launch("setup")
    assert [("--reinstall-package tuneyard" in line) for line in lines(tree / "uv.log")] == (
        [True] if again else []
    )


@pytest.mark.parametrize("page", ["server", "site"])
def test_setup_builds_a_page_that_is_gone_unless_none_is_wanted(
    page: str, launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch("setup")
    lines(tree / "uv.log")
    (tree / f"src/tuneyard/{page}/static/index.html").unlink()
    monkeypatch.setenv("TUNEYARD_SKIP_WEB", "1")
    launch("setup")
    assert not lines(tree / "uv.log")
    monkeypatch.delenv("TUNEYARD_SKIP_WEB")
    launch("setup")
    assert len(lines(tree / "uv.log")) == 1


def test_setup_starts_anew_where_the_folder_moved_or_its_python_is_gone(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def setup(root: Path) -> list[str]:
        subprocess.run([sys.executable, root / "launch", "setup"], check=True)
        return lines(root / "uv.log")

    setup(tree)
    (tree / ".venv/bin/python").unlink()
    assert len(setup(tree)) == 3
    moved = tree.rename(tree.with_name("moved"))
    monkeypatch.setenv("TUNEYARD_UV", str(moved / "uv"))
    assert len(setup(moved)) == 3


def test_setup_that_fails_says_what_to_do_and_is_done_again(launch: Launch, tree: Path) -> None:
    (tree / "uv.broken").touch()
    failed = launch("setup")
    assert failed.returncode == 1
    assert "Setting up could not be finished" in failed.stderr
    assert "Traceback" not in failed.stderr
    (tree / "uv.broken").unlink()
    lines(tree / "uv.log")
    assert launch("setup").returncode == 0
    assert len(lines(tree / "uv.log")) == 3


def test_a_uv_that_is_none_is_said(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")
    failed = launch("setup")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("TUNEYARD_UV names /nothing/there")


def test_alone_it_sets_up_and_serves(launch: Launch, tree: Path) -> None:
    served = launch()
    assert (served.returncode, served.stdout.splitlines()[-1]) == (4, "served serve")
    assert len(lines(tree / "uv.log")) == 3
    served = launch("--port", "9000", "--no-browser")
    assert (served.returncode, served.stdout) == (4, "served serve --port 9000 --no-browser\n")


def with_command(tree: Path, text: str) -> None:
    command = tree / ".venv/bin/tuneyard"
    command.write_text(f"#!/bin/sh\n{text}\n")
    command.chmod(0o755)


@pytest.mark.parametrize("code", range(5))
def test_demo_ends_as_the_job_ends(code: int, launch: Launch, tree: Path) -> None:
    launch("setup")
    with_command(tree, f'echo "$@"; exit {code}')
    done = launch("demo")
    assert done.returncode == code
    assert done.stdout.startswith("run examples/first-voice/job.toml\n")
    assert ("takes hours on a GPU" in done.stdout) == (code == 0)


def test_ctrl_c_in_the_demo_is_for_the_command_to_handle(launch: Launch, tree: Path) -> None:
    launch("setup")
    with_command(tree, 'trap "exit 3" INT; touch started; while :; do sleep 0.02; done')
    command = [sys.executable, str(tree / "launch"), "demo"]
    with subprocess.Popen(command, process_group=0) as demo:
        wait_for((tree / "started").exists, what="the demo")
        os.killpg(demo.pid, signal.SIGINT)
    assert demo.returncode == 3


def start_dev(tree: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, str(tree / "launch"), "dev"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_dev_runs_server_and_page_until_ctrl_c(launch: Launch, tree: Path) -> None:
    launch("setup")
    with start_dev(tree) as dev:
        assert dev.stdout is not None
        heard = [dev.stdout.readline().strip() for _ in range(5)]
        wait_for(lambda: "server: " in read(tree / "python.log"), what="the page")
        dev.send_signal(signal.SIGINT)
        rest, errors = dev.communicate()
    assert heard[1:] == [
        "$ npm run types",
        "Open http://127.0.0.1:5173/#open=secret-1",
        "line 1",
        "line 2",
    ]
    assert (dev.returncode, rest, errors) == (0, "", "")
    assert sorted(lines(tree / "ended.log")) == ["vite", "watchfiles"]
    (watched,) = lines(tree / "watchfiles.log")
    port = watched.partition("--port ")[2].partition(" ")[0]
    assert f"serve --no-browser --port {port}" in watched
    noted = lines(tree / "python.log")
    assert any(line.endswith("web/npm.py run dev") for line in noted)
    assert f"server: http://127.0.0.1:{port}" in noted


def test_dev_needs_its_tools(launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "types")
    failed = launch("dev")
    assert failed.returncode == 1
    assert "The page's tools could not be installed" in failed.stderr
    assert not lines(tree / "watchfiles.log")


def test_dev_ends_where_another_server_has_the_home(
    launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch("setup")
    monkeypatch.setenv("OTHER_PORT", "8420")
    with start_dev(tree) as dev:
        _, errors = dev.communicate()
    assert "Tuneyard runs already, at http://127.0.0.1:8420/" in errors
    assert "watchfiles" in lines(tree / "ended.log")


def test_tests_are_run_with_all_they_need(launch: Launch, tree: Path) -> None:
    assert launch("test", "--seeds", "3", "--without", "browser").returncode == 0
    assert "test.txt" in "".join(lines(tree / "uv.log"))
    noted = lines(tree / "python.log")
    assert "-m tuneyard.runner.environment spec.json" in noted
    assert [line for line in noted if line.startswith(("-m ruff", "-m mypy"))] == [
        "-m ruff check",
        "-m ruff format --check",
        "-m mypy",
        "-m mypy --python-version 3.10 src/tuneyard/runner",
    ]
    assert (tree / ".cache/test-home/trainer/spec.json").read_text() == "the spec"
    assert [line.partition("web/")[2] for line in noted if "npm.py" in line] == [
        "npm.py run --silent check",
        "npm.py run --silent test",
    ]
    assert noted[-2:] == [f"{PYTEST} --seeds 3 --without browser", "trainer: /the/trainer"]


@pytest.mark.parametrize("fails", ["ruff", "mypy", "check", "pytest"])
def test_one_failing_check_fails_all_but_stops_none(
    fails: str, launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", fails)
    assert launch("test").returncode == 5
    assert PYTEST in lines(tree / "python.log")


def test_no_test_runs_without_the_real_trainer(
    launch: Launch, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", "tuneyard.runner.environment")
    failed = launch("test")
    assert failed.returncode == 1
    assert "The tests need the real trainer" in failed.stderr
    assert PYTEST not in lines(tree / "python.log")
