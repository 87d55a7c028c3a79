import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ports import free_port
from recipes.diffusion_pipe.repositories import commit, git, trainer
from tuneyard.recipes.diffusion_pipe.prepare import git as module
from tuneyard.recipes.diffusion_pipe.prepare import vendor
from tuneyard.recipes.diffusion_pipe.prepare.git import absolute
from waiting import wait_for

ADDRESSES = [
    ("https://x.org/a/b", "https://host/me/repo", "https://x.org/a/b"),
    ("../ComfyUI", "https://host/me/repo", "https://host/me/ComfyUI"),
    ("../../other/ComfyUI.git", "https://host/me/repo.git/", "https://host/other/ComfyUI.git"),
    ("./inside", "/srv/repo", "/srv/repo/inside"),
    ("../flow", "git@host:me/repo", "git@host:me/flow"),
]


@pytest.mark.parametrize(("url", "base", "meant"), ADDRESSES)
def test_a_submodules_address_may_be_relative(url: str, base: str, meant: str) -> None:
    assert absolute(url, base) == meant


class Awake:
    """Instead of `time`: what it would sleep is said."""

    sleep = staticmethod(print)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(module, "time", Awake)
    return folder


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """A trainer with two submodules, of which one has another inside."""
    there = tmp_path / "there"
    commit(there / "deep", {"deep.txt": "deep"})
    trainer(there / "Comfy", {"inner": "../deep"})
    commit(there / "Comfy", {"comfy/__init__.py": "", "train.py": "no"})
    commit(there / "flow", {"src/model.py": "", "hooks/post-checkout": "exit 1"})
    trainer(there / "pipe", {"submodules/Comfy UI": "../Comfy", "submodules/flow": "../flow"})
    commit(there / "Comfy", {"newer.txt": "not pinned"})
    return there / "pipe"


def head(repository: Path) -> str:
    return git(repository, "rev-parse", "HEAD")


def asked(repository: Path | str, revision: str) -> int:
    settings = {"repository": str(repository), "revision": revision}
    Path("settings.json").write_text(json.dumps({"format": 1, **settings}))
    return vendor.main([])


def found() -> Path:
    return Path(json.loads(Path("vendor.json").read_text())["path"])


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder of repositories as a server on the network has it."""
    port = free_port()
    options = ("--export-all", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}")
    command = ["git", "daemon", *options, f"--base-path={folder}", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_for(lambda: _answers(port))
            yield f"git://127.0.0.1:{port}"
        finally:
            daemon.terminate()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def as_files(folder: Path) -> Iterator[str]:
    """A repository over HTTP by a server that knows nothing of git."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


WHOLE = {
    "train.py",
    "tuneyard.json",
    ".gitmodules",
    "utils/common.py",
    "submodules/Comfy UI/comfy/__init__.py",
    "submodules/Comfy UI/train.py",
    "submodules/Comfy UI/utils/common.py",
    "submodules/Comfy UI/.gitmodules",
    "submodules/Comfy UI/inner/deep.txt",
    "submodules/flow/src/model.py",
    "submodules/flow/hooks/post-checkout",
}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_it_comes_with_all_its_submodules_as_they_are_pinned(
    scheme: str, upstream: Path, work: Path, home: Path
) -> None:
    revision = head(upstream)
    commit(upstream, {"later.txt": ""})
    assert asked(f"{scheme}{upstream}", revision) == 0
    assert found() == home / "vendor" / "diffusion-pipe" / revision[:12]
    assert files(found()) == WHOLE
    assert json.loads((work / "vendor.json").read_text())["revision"] == revision
    facts = json.loads((found() / "tuneyard.json").read_text())
    assert facts["revision"] == revision
    assert set(facts["submodules"]) == {
        "submodules/Comfy UI",
        "submodules/Comfy UI/inner",
        "submodules/flow",
    }
    assert facts["submodules"]["submodules/flow"] == head(upstream.parent / "flow")


@pytest.mark.usefixtures("work")
def test_it_comes_over_the_network(upstream: Path) -> None:
    older = head(upstream)
    commit(upstream, {"later.txt": ""})
    with served(upstream.parent) as url:
        assert asked(f"{url}/pipe", older) == 0
    assert files(found()) == WHOLE


@pytest.mark.usefixtures("work")
def test_a_server_that_gives_out_no_single_commit_gives_all(
    upstream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(upstream, "update-server-info")
    older = head(upstream)
    commit(upstream, {"later.txt": ""})
    git(upstream, "update-server-info")
    with as_files(upstream / ".git") as url:
        absent = asked(url, "b" * 40)
        assert absent == 1
        assert asked(url, older) == 1  # it comes; its submodules are not beside it
    said = capsys.readouterr().out
    assert said.count("gives out no single commit: fetching all of it.") == 2
    assert f"has no commit {'b' * 40}." in said
    assert "Fetching submodules/Comfy UI (1 of 2)." in said


@pytest.mark.usefixtures("work")
def test_what_is_here_is_never_asked_for_again(upstream: Path) -> None:
    revision = head(upstream)
    assert asked(upstream, revision) == 0
    assert asked("https://nowhere.invalid/pipe", revision) == 0
    upstream.rename(upstream.with_name("gone"))
    assert asked(upstream, revision) == 0


@pytest.mark.usefixtures("work")
def test_what_was_removed_comes_again(upstream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(upstream, head(upstream)) == 0
    (found() / "submodules" / "flow" / "src" / "model.py").unlink()
    for path in sorted((found() / "submodules" / "flow").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert vendor.gone(found()) == ["submodules/flow"]
    assert asked(upstream, head(upstream)) == 0
    assert files(found()) == WHOLE
    assert "Fetching submodules/flow (2 of 2)." in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_a_revision_that_isnt_there_is_told(
    upstream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(upstream, "a" * 40) == 1
    assert f"has no commit {'a' * 40}." in capsys.readouterr().out
    assert not Path("vendor.json").exists()


@pytest.mark.usefixtures("work")
def test_what_is_named_like_an_option_is_none(upstream: Path) -> None:
    assert asked(upstream, "--upload-pack=touch hurt;") == 1
    assert asked("--upload-pack=touch hurt;", "a" * 40) == 1
    assert not (upstream / "hurt").exists()
    assert not Path("hurt").exists()


@pytest.mark.usefixtures("work")
def test_a_repository_that_isnt_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(f"file://{tmp_path}/nothing", "a" * 40) == 1
    assert "There is no git repository at" in capsys.readouterr().out
    assert asked(tmp_path / "nothing", "a" * 40) == 1
    assert f"There is no folder {tmp_path}/nothing." in capsys.readouterr().out
    assert asked("ftp://127.0.0.1/pipe", "a" * 40) == 1
    assert "ftp://127.0.0.1/pipe is no address that git may fetch" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_a_place_that_cant_be_reached_is_tried_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert asked("http://127.0.0.1:9/pipe", "a" * 40) == 1
    said = capsys.readouterr().out
    assert said.count("Trying again") == module.TRIES - 1
    assert "http://127.0.0.1:9/pipe can't be reached." in said
    assert "what has arrived is kept" in said


@pytest.mark.usefixtures("work")
def test_a_password_in_an_address_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("http://me:word@127.0.0.1:9/pipe", "a" * 40) == 1
    assert "word" not in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_without_git_it_says_so(
    upstream: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    revision = head(upstream)
    monkeypatch.setenv("PATH", "/nowhere")
    assert asked(upstream, revision) == 1
    assert "There is no git here" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_a_submodule_that_is_gone_is_named(
    upstream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = upstream.parent / "flow"
    flow.rename(flow.with_name("elsewhere"))
    assert asked(upstream, head(upstream)) == 1
    said = capsys.readouterr().out
    assert "There is no git repository at" in said
    assert f"at {flow}. The trainer's code names it as its submodules/flow." in said
    assert "insteadOf" in said


@pytest.mark.usefixtures("work")
def test_submodules_come_from_a_copy_that_git_was_told_of(
    upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upstream's code names them by address: whoever has a mirror of all says so to git."""
    far = "https://far.invalid/flow"
    git(upstream, "config", "--file", ".gitmodules", "submodule.submodules/flow.url", far)
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{upstream.parent}/"]\n\tinsteadOf = https://far.invalid/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert asked(upstream, commit(upstream)) == 0
    assert files(found()) == WHOLE


@pytest.mark.usefixtures("work")
def test_a_submodule_without_an_address_or_files_is_named(
    upstream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(
        upstream, "config", "--file", ".gitmodules", "--remove-section", "submodule.submodules/flow"
    )
    assert asked(upstream, commit(upstream)) == 1
    assert "submodules/flow is missing" in capsys.readouterr().out
    empty = upstream.parent / "empty"
    commit(empty)
    trainer(upstream.parent / "other", {"submodules/empty": "../empty"})
    assert asked(upstream.parent / "other", head(upstream.parent / "other")) == 1
    assert "submodules/empty is missing" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_another_repository_is_no_trainer(
    upstream: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(upstream.parent / "deep", head(upstream.parent / "deep")) == 1
    assert "train.py is missing" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_only_a_repository_here_may_name_others_here(
    upstream: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that comes over the network could else read this computer's own."""
    secret = upstream.parent / "secret"
    commit(secret, {"key": "hidden"})
    evil = upstream.parent / "evil"
    trainer(evil, {"submodules/secret": f"file://{secret}"})
    with served(upstream.parent) as url:
        assert asked(f"{url}/evil", head(evil)) == 1
    assert "only a repository there may name it" in capsys.readouterr().out
    assert not list(home.rglob("key"))


@pytest.mark.usefixtures("home")
def test_no_hook_runs_and_nothing_lies_outside(
    upstream: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks, revision = tmp_path / "hooks", head(upstream)
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "post-checkout").chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f"[core]\n\thooksPath = {hooks}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    before = {path.name for path in tmp_path.iterdir()}
    assert asked(upstream, revision) == 0
    assert {path.name for path in tmp_path.iterdir()} == before
    assert files(work) == {"settings.json", "vendor.json"}


SLOW = """\
#!/bin/sh
# git, but each fetch of a submodule waits until a file is there
case "$*" in *" fetch "*"{slow}"*)
    echo $$ > {folder}/git.pid
    until [ -e {folder}/open ]; do sleep 0.02; done
esac
exec {git} "$@"
"""


def slow_git(folder: Path, slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True)
    script = folder / "git"
    script.write_text(SLOW.format(folder=folder, slow=slow, git=real.stdout.strip()))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def start(repository: Path, revision: str) -> subprocess.Popen[str]:
    settings = {"format": 1, "repository": str(repository), "revision": revision}
    Path("settings.json").write_text(json.dumps(settings))
    code = "import sys; from tuneyard.recipes.diffusion_pipe.prepare.vendor import main; sys.exit(main([]))"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.usefixtures("work")
def test_a_killed_one_leaves_nothing_half_and_the_next_goes_on(
    upstream: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, gate = head(upstream), tmp_path / "gate"
    slow_git(gate, "there/flow", monkeypatch)
    killed = start(upstream, revision)
    wait_for((gate / "git.pid").exists)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    place = home / "vendor" / "diffusion-pipe"
    assert not (place / revision[:12]).exists()
    part = place / f".{revision[:12]}.part"
    (part / ".git" / "index.lock").touch()
    (part / "train.py").write_text("half written")
    (upstream.parent / "Comfy").rename(tmp_path / "Comfy")  # what came is not asked for again
    (gate / "open").touch()
    second = start(upstream, revision)
    said, _ = second.communicate()
    assert second.returncode == 0, said
    assert files(place / revision[:12]) == WHOLE
    assert (place / revision[:12] / "train.py").read_text() == "print('trains')\n"
    assert not part.exists()


@pytest.mark.usefixtures("work")
def test_two_jobs_fetch_it_once(
    upstream: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, gate = head(upstream), tmp_path / "gate"
    slow_git(gate, "there/flow", monkeypatch)
    first = start(upstream, revision)
    wait_for((gate / "git.pid").exists)
    second = start(upstream, revision)
    assert second.stdout is not None
    assert (
        second.stdout.readline() == "Another job is fetching the trainer's code: waiting for it.\n"
    )
    (gate / "open").touch()
    said, others = first.communicate()[0], second.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0), said + others
    assert "Fetching" in said
    assert "Fetching" not in others
    assert files(home / "vendor" / "diffusion-pipe" / revision[:12]) == WHOLE


@pytest.mark.usefixtures("work")
def test_an_orphaned_git_is_waited_for(
    upstream: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the step was killed, two would else write into one folder."""
    revision, gate = head(upstream), tmp_path / "gate"
    slow_git(gate, "there/flow", monkeypatch)
    killed = start(upstream, revision)
    wait_for((gate / "git.pid").exists)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    second = start(upstream, revision)
    assert second.stdout is not None
    assert "waiting for it" in second.stdout.readline()
    (gate / "open").touch()
    said, _ = second.communicate()
    assert second.returncode == 0, said
    killed.communicate()
    assert files(home / "vendor" / "diffusion-pipe" / revision[:12]) == WHOLE
