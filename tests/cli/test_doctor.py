import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml  # type: ignore[import-untyped]
import pytest

from cli.calling import Tuneyard
from tuneyard.cli import doctor
from tuneyard.cli.doctor import FIELDS
from tuneyard.runner import uv

CANARY = "canaryPassword123"
NOBODY = "http://127.0.0.1:9"  # the port "discard": nothing listens


class Index(BaseHTTPRequestHandler):
    """A package index that has one version of pip; as a Hub, it answers with an error."""

    def do_GET(self) -> None:
        if self.path != "/simple/pip/":
            self.send_error(404)
            return
        page = b'<a href="/pip-99.0-py3-none-any.whl" data-core-metadata="true">pip-99.0-py3-none-any.whl</a>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def network() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{NOBODY}/simple")
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)


def look(tuneyard: Tuneyard) -> dict[str, dict[str, Any]]:
    found = json.loads(tuneyard("doctor", "--json").out)
    assert all(one.keys() == FIELDS.keys() for one in found)
    return {one["name"]: one for one in found}


def test_everything_is_looked_at_and_no_network_stops_nothing(tuneyard: Tuneyard) -> None:
    ran = tuneyard("doctor")
    assert ran.code == 0
    for name in ("Python", "System", "Home", "uv", "GPUs", "Packages", "Hub", "Tokens"):
        assert f" {name} " in ran.out
    found = look(tuneyard)
    assert found["Packages"]["level"] == found["Hub"]["level"] == "warn"
    assert all(one["next_step"] for one in found.values() if one["level"] != "ok")


def test_what_answers_is_reachable_whatever_it_answers(
    network: str, tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{network}/simple")
    monkeypatch.setenv("HF_ENDPOINT", network)
    found = look(tuneyard)
    assert found["Packages"]["level"] == "ok", found["Packages"]
    assert found["Hub"] == {
        "name": "Hub",
        "level": "ok",
        "sentence": f"{network} answers",
        "next_step": "",
    }


def test_pips_own_index_is_the_one_that_is_asked(
    network: str, tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{network}/simple")
    assert look(tuneyard)["Packages"]["level"] == "ok"


def test_no_credential_is_shown(tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:{CANARY}@127.0.0.1:9/simple")
    monkeypatch.setenv("HF_ENDPOINT", f"http://me:{CANARY}@127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", CANARY)
    for arguments in ([], ["--json"]):
        assert CANARY not in tuneyard("doctor", *arguments).out
    assert look(tuneyard)["Tokens"]["sentence"] == "HF_TOKEN (in the environment)"


def test_a_home_that_cannot_be_written_stops_every_job(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    ran = tuneyard("doctor")
    assert ran.code == 1
    assert "✕ Home" in ran.out


def test_a_home_that_is_no_folder_stops_every_job(
    tuneyard: Tuneyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TUNEYARD_HOME", str(tmp_path / "file"))
    ran = tuneyard("doctor")
    assert ran.code == 1
    assert f"✕ Home      {tmp_path}/file can't be written to." in ran.out


def test_another_system_stops_every_job(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    ran = tuneyard("doctor")
    assert ran.code == 1
    assert "✕ System" in ran.out


def test_little_disk_is_a_warning(tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2e9))
    found = look(tuneyard)["Home"]
    assert found["level"] == "warn"
    assert "2.0 GB free" in found["sentence"]


def test_without_uv_nothing_can_be_installed(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "find", lambda _: None)
    found = look(tuneyard)
    assert (found["uv"]["level"], found["Packages"]["level"]) == ("fail", "warn")
    monkeypatch.undo()
    monkeypatch.setenv("TUNEYARD_UV", "/none/uv")
    assert "/none/uv" in look(tuneyard)["uv"]["sentence"]


def test_gpus_are_named_with_memory_and_driver(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlSystemGetDriverVersion", lambda: "580.1")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 1)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda number: number)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda _: "NVIDIA A40")
    memory = SimpleNamespace(total=48e9)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lambda _: memory)
    assert look(tuneyard)["GPUs"]["sentence"] == "NVIDIA A40, 48 GB, driver 580.1"


def test_stand_ins_for_gpus_are_said_to_be_such(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEYARD_GPUS", "a,b")
    assert "stands in for them: a,b" in look(tuneyard)["GPUs"]["sentence"]


def test_a_look_that_fails_stops_no_other(
    tuneyard: Tuneyard, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def fail() -> None:
        raise RuntimeError("driver on fire")

    monkeypatch.setitem(doctor.CHECKS, "GPUs", fail)
    found = look(tuneyard)
    assert "RuntimeError: driver on fire" in found["GPUs"]["sentence"]
    assert found["Home"]["sentence"].startswith(str(home))
