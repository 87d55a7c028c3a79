import hashlib
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.hub import FakeHub
from tuneyard.recipes.downloads import DownloadError
from tuneyard.recipes.hub import HubError
from tuneyard.recipes.piper import fetch_base
from tuneyard.runner.folder import read_json

TOKEN = "hf_canaryBase"
FACTS = {
    "epoch": 2164,
    "epochs_trained": 2165,
    "sample_rate": 22050,
    "speakers": 1,
    "quality": "medium",
    "resumable": True,
}
SETTINGS = {
    "base": "",
    "base_use": "warm-start",
    "quality": "medium",
    "sample_rate": None,
    "speakers": "single",
    "until_epoch": None,
}

# The step with a checkpoint reader that needs no torch: the facts lie in the file.
STEP = """
import json, sys, types, zipfile
checkpoint = types.ModuleType("checkpoint")
def inspect(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("facts.json"))
checkpoint.inspect = inspect
name = "tuneyard.recipes.piper.trainer.checkpoint"
import tuneyard.recipes.piper.trainer as trainer
sys.modules[name] = trainer.checkpoint = checkpoint
from tuneyard.recipes.piper.fetch_base import main
sys.exit(main(sys.argv[1:]))
"""

# A checkpoint as Piper leaves it, but for its size.
REAL = """
import sys, torch
torch.save({
    "epoch": 9, "global_step": 120, "pytorch-lightning_version": "2.6.6",
    "state_dict": {
        "model_g.enc_p.emb.weight": torch.zeros(256, 192),
        "model_g.dec.conv_pre.weight": torch.zeros(256, 192, 7),
        "model_d.weight": torch.zeros(1),
    },
    "optimizer_states": [{}],
    "hyper_parameters": {"sample_rate": 22050, "num_speakers": 1},
}, sys.argv[1])
"""


def checkpoint(**changed: object) -> bytes:
    """A file that begins and ends like a checkpoint and holds facts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("facts.json", json.dumps({**FACTS, **changed}))
        archive.writestr("weights", os.urandom(200_000))
    return file.getvalue()


BASE = checkpoint()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub(tmp_path / "hub") as hub:
        hub.token(TOKEN, "rhasspy")
        yield hub


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    (work / "data.json").write_text('{"speakers": {}}')
    return work


def run(
    hub: FakeHub, work: Path, base: str, *, token: str = "", **changed: object
) -> subprocess.CompletedProcess[str]:
    (work / "settings.json").write_text(json.dumps({**SETTINGS, "base": base, **changed}))
    return hub.python(STEP, cwd=work, **({"HF_BASE_TOKEN": token} if token else {}))


def written(work: Path) -> dict[str, Any]:
    return read_json(work / "base.json")


def test_without_a_base_the_voice_starts_from_nothing(hub: FakeHub, work: Path) -> None:
    ran = run(hub, work, "")

    assert ran.returncode == 0, ran.stderr
    assert written(work) == {"format": 1, "path": None, "epoch": 0, "use": "none"}


def test_a_base_of_the_table_is_fetched_once_for_all_jobs(hub: FakeHub, work: Path) -> None:
    path = "en/en_US/lessac/medium/epoch=2164-step=1355540.ckpt"
    hub.add("rhasspy/piper-checkpoints", {path: BASE}, kind="dataset")

    ran = run(hub, work, "en_US/lessac/medium", token=TOKEN)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    base = written(work)
    assert Path(base["path"]).read_bytes() == BASE
    assert Path(base["path"]).is_relative_to(work / "home" / "cache" / "bases")
    assert (base["epoch"], base["use"], base["name"]) == (2165, "warm-start", "en_US/lessac/medium")
    assert base["address"].startswith("https://huggingface.co/datasets/rhasspy/")
    assert base["facts"] == FACTS
    assert "starts with the weights of en_US/lessac/medium (medium, 22,050 Hz, 2,165" in ran.stdout

    hub.asked.clear()
    assert run(hub, work, "en_US/lessac/medium", token=TOKEN).returncode == 0
    assert [asked.method for asked in hub.asked] == ["HEAD"]


def test_a_base_goes_on_where_the_connection_broke(hub: FakeHub, work: Path) -> None:
    hub.add("alice/base", {"a.ckpt": BASE})
    hub.cut("GET /large/", 90_000)

    ran = run(hub, work, "https://huggingface.co/alice/base/blob/main/a.ckpt")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [asked.range for asked in hub.requests("GET /large/")] == ["", "bytes=90000-"]
    assert Path(written(work)["path"]).read_bytes() == BASE


def test_a_private_base_comes_with_its_token_and_shows_it_nowhere(hub: FakeHub, work: Path) -> None:
    hub.add("rhasspy/own", {"a.ckpt": BASE}, private=True)

    ran = run(hub, work, "https://huggingface.co/rhasspy/own/resolve/main/a.ckpt", token=TOKEN)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "hf_canary" not in ran.stdout + ran.stderr
    files = [path for path in work.rglob("*") if path.is_file()]
    assert not [path for path in files if b"hf_canary" in path.read_bytes()]


def test_an_address_elsewhere_is_fetched_without_a_token(hub: FakeHub, work: Path) -> None:
    hub.blob(_sum(BASE)).parent.mkdir(parents=True)
    hub.blob(_sum(BASE)).write_bytes(BASE)
    address = f"{hub.store}/large/{_sum(BASE)}?signature=canary"

    ran = run(hub, work, address, token=TOKEN)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [asked.token for asked in hub.asked] == [""]
    assert written(work)["address"] == address.partition("?")[0]
    assert "canary" not in ran.stdout + (work / "base.json").read_text()


def test_a_file_is_used_where_it_lies(hub: FakeHub, work: Path) -> None:
    file = work / "mine.ckpt"
    file.write_bytes(BASE)

    ran = run(hub, work, str(file), base_use="resume")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert written(work)["path"] == str(file)
    assert written(work)["use"] == "resume"
    assert written(work)["address"] == ""
    assert "goes on from mine.ckpt" in ran.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git-lfs pointer"),
        (b"\n<!DOCTYPE html><title>Log in</title>", "is a web page"),
        (BASE[:-5_000], "is not complete"),
    ],
    ids=["empty", "pointer", "page", "cut"],
)
def test_what_only_has_the_name_of_a_checkpoint_is_told(
    hub: FakeHub, work: Path, content: bytes, sentence: str
) -> None:
    hub.add("alice/base", {"a.ckpt": content})
    (work / "mine.ckpt").write_bytes(content)

    fetched = run(hub, work, "https://huggingface.co/alice/base/resolve/main/a.ckpt")
    own = run(hub, work, str(work / "mine.ckpt"))

    for ran in (fetched, own):
        assert ran.returncode == 65, ran.stdout + ran.stderr
        assert f"{sentence}" in ran.stdout.splitlines()[-2]
        assert ran.stdout.splitlines()[-1].startswith("Next step: ")
    assert not list((work / "home" / "cache").rglob("a.ckpt"))  # the next try fetches it anew
    assert (work / "mine.ckpt").exists()
    assert not (work / "base.json").exists()


def test_a_base_that_does_not_fit_is_refused(hub: FakeHub, work: Path) -> None:
    (work / "mine.ckpt").write_bytes(checkpoint(quality="high"))

    ran = run(hub, work, str(work / "mine.ckpt"))

    assert ran.returncode == 65
    assert "Problem: The base is of quality high, the job of medium" in ran.stdout
    assert "Next step: Set quality to high, or choose another base." in ran.stdout
    assert not (work / "base.json").exists()


def test_other_speakers_are_only_a_warning_for_a_warm_start(hub: FakeHub, work: Path) -> None:
    (work / "data.json").write_text('{"speakers": {"anna": 0, "ben": 1}}')
    (work / "mine.ckpt").write_bytes(BASE)

    ran = run(hub, work, str(work / "mine.ckpt"), speakers="several")

    assert ran.returncode == 0, ran.stdout
    assert "Warning: The base has 1 speaker, the data 2 speakers." in ran.stdout
    assert written(work)["epoch"] == 2165


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        ("/nowhere/a.ckpt", "Problem: There is no file /nowhere/a.ckpt."),
        (
            "https://huggingface.co/alice/none/resolve/main/a.ckpt",
            "Problem: There is no model alice/none on the Hub that everybody may see.",
        ),
    ],
)
def test_a_base_that_cannot_be_had_is_told(
    hub: FakeHub, work: Path, base: str, sentence: str
) -> None:
    ran = run(hub, work, base)

    assert ran.returncode == 1
    assert sentence in ran.stdout
    assert ran.stderr == ""


def test_the_token_that_is_asked_for_is_the_one_for_bases(hub: FakeHub, work: Path) -> None:
    ran = run(hub, work, "https://huggingface.co/alice/none/resolve/main/a.ckpt")

    assert "give a token as HF_BASE_TOKEN" in ran.stdout


@pytest.mark.trainer
def test_a_real_checkpoint_is_read(work: Path, trainer_python: str) -> None:
    file = work / "real.ckpt"
    subprocess.run([trainer_python, "-c", REAL, str(file)], check=True)
    settings = {**SETTINGS, "base": str(file), "base_use": "resume", "until_epoch": 10}
    (work / "settings.json").write_text(json.dumps(settings))
    source = Path(fetch_base.__file__).parents[3]
    code = "import sys; from tuneyard.recipes.piper.fetch_base import main; sys.exit(main([]))"

    def step() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [trainer_python, "-c", code],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = step()
    (work / "settings.json").write_text(json.dumps({**settings, "until_epoch": 11}))
    taken = step()

    assert refused.returncode == 65, refused.stdout + refused.stderr
    assert "already been trained for 10 epochs" in refused.stdout
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert (written(work)["path"], written(work)["epoch"]) == (str(file), 10)


@pytest.mark.parametrize(
    ("facts", "settings", "speakers", "found"),
    [
        ({}, {}, 1, []),
        ({}, {"base_use": "resume", "until_epoch": 2166}, 1, []),
        ({"quality": "high"}, {}, 1, ["base-quality"]),
        ({"quality": "low", "sample_rate": 16000}, {"quality": "low"}, 1, []),
        ({"quality": "low", "sample_rate": 16000}, {}, 1, ["base-rate"]),
        ({}, {"quality": "low"}, 1, ["base-rate"]),
        ({}, {"quality": "low", "sample_rate": 22050}, 1, []),
        ({"quality": ""}, {}, 1, []),
        ({"sample_rate": None}, {}, 1, []),
        ({"speakers": 904}, {}, 1, ["base-speakers"]),
        ({"speakers": 904}, {"base_use": "resume"}, 904, []),
        ({"speakers": 904}, {"base_use": "resume"}, 1, ["base-speakers"]),
        ({"resumable": False}, {}, 1, []),
        ({"resumable": False}, {"base_use": "resume"}, 1, ["base-weights"]),
        ({}, {"base_use": "resume", "until_epoch": 2165}, 1, ["until-epoch"]),
        ({}, {"until_epoch": 2165}, 1, ["until-epoch"]),
    ],
)
def test_what_does_not_fit_is_found(
    facts: dict[str, object], settings: dict[str, object], speakers: int, found: list[str]
) -> None:
    problems = list(fetch_base.misfits(FACTS | facts, SETTINGS | settings, speakers))

    assert [problem.code for problem in problems] == found
    assert all(problem.next_step for problem in problems)


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\x80\x02}q\x00"])
def test_a_file_that_may_be_a_checkpoint_is_no_impostor(tmp_path: Path, begin: bytes) -> None:
    file = tmp_path / "a.ckpt"
    file.write_bytes(BASE if begin.startswith(b"PK") else begin + b"old pickle")

    assert fetch_base.impostor(file) is None


def test_a_name_in_an_address_stays_a_name(tmp_path: Path) -> None:
    with pytest.raises((DownloadError, HubError)):
        fetch_base.find("ftp://a.example/..%2F..%2Fetc%2Fpasswd", tmp_path / "cache")

    assert fetch_base._last("https://a.example/x/..%2F..%2Fetc%2Fpasswd?a=b") == "passwd"
    assert fetch_base._last("https://a.example/") == "base.ckpt"
    assert fetch_base._last("https://a.example/a%3D1%20b.ckpt") == "a=1-b.ckpt"


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
