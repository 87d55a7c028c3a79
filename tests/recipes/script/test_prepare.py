import json
import os
from pathlib import Path
from typing import Any

import pytest

from recipes.script.scripts import complete
from tuneyard.recipes.script import prepare
from tuneyard.runner.folder import read_json


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "work/.tuneyard").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def put(capsys: pytest.CaptureFixture[str], **settings: Any) -> str:
    """What the step says; it begins with its exit code."""
    job = {"settings": complete(**settings)}
    Path(".tuneyard/job.json").write_text(json.dumps(job))
    code = prepare.main([])
    return f"{code} {capsys.readouterr().out}"


@pytest.mark.parametrize(
    ("settings", "path", "command"),
    [
        ({"script": "#!/bin/sh\ntrue\n"}, "script.sh", ["/bin/sh"]),
        ({"script": "\ufeff#!/usr/bin/env python3\r\n"}, "script.py", ["python3"]),
        ({"script": "x", "interpreter": "Rscript"}, "script", ["Rscript"]),
    ],
)
def test_an_inline_script_gets_a_name(
    settings: dict[str, str], path: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert put(capsys, **settings).startswith("0 ")
    found = read_json(Path(".tuneyard/script.json"))
    assert (found["path"], found["command"]) == (path, command)
    assert b"\r" not in Path(path).read_bytes()
    assert Path(path).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"source": "file", "file": "/nowhere/train.py"}, "There is no file /nowhere/train.py."),
        ({"source": "file", "file": "large.sh"}, "large.sh has 5.0 MB: that is no script."),
        ({"source": "file", "file": "unknown"}, "Nothing says what language unknown is in."),
        ({"source": "folder", "files": "/nowhere"}, "There is no folder /nowhere."),
        ({"source": "folder", "files": "."}, "The folder has no file train.py."),
        (
            {"source": "address", "address": "http://127.0.0.1:9/x.sh"},
            "127.0.0.1 can't be reached.",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_to_do(
    settings: dict[str, str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    (tmp_path / "large.sh").write_bytes(bytes(5_000_000))
    (tmp_path / "unknown").write_text("echo")
    for name in ("file", "files"):
        if settings.get(name, "/").startswith("/"):
            continue
        settings = {**settings, name: str(tmp_path / settings[name])}
    said = put(capsys, **settings)
    assert said.startswith("1 ")
    assert f"Problem: {words}" in said
    assert "Next step: " in said
    assert not Path(".tuneyard/script.json").exists()


def test_a_folder_is_copied_once_and_then_what_has_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "code"
    (code / ".git").mkdir(parents=True)
    (code / ".git/config").write_text("x")
    (code / "deep").mkdir()
    (code / "train.py").write_text("print()")
    (code / "deep/read-only").write_text("one")
    (code / "deep/read-only").chmod(0o400)
    (code / "outside").symlink_to("/etc/hostname")
    (code / "inside").symlink_to("deep")
    os.mkfifo(code / "pipe")  # which would be read for ever
    settings = {"source": "folder", "files": str(code)}
    assert put(capsys, **settings).startswith("0 ")
    assert Path("deep/read-only").read_text() == "one"
    assert Path("outside").readlink() == Path("/etc/hostname")
    assert Path("inside").readlink() == Path("deep")
    assert not Path(".git").exists()
    assert not Path("pipe").exists()
    Path("train.py").write_text("changed by the script itself")
    (code / "deep/read-only").unlink()
    (code / "deep/read-only").write_text("changed")
    assert put(capsys, **settings).startswith("0 ")
    assert Path("deep/read-only").read_text() == "changed"
    assert Path("train.py").read_text() == "print()"
