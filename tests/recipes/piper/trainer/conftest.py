"""Jobs for the trainer's own steps: a ``work/`` folder as the steps before would leave it."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import tuneyard
from waiting import wait_for

EXAMPLE = Path(__file__).parents[4] / "examples" / "first-voice"
SOURCE = Path(tuneyard.__file__).parents[1]
CALL = (
    "import sys, importlib\n"
    "module = importlib.import_module('tuneyard.recipes.piper.trainer.' + sys.argv[1])\n"
    "sys.exit(module.main(sys.argv[2:]))"
)
SETTINGS: Mapping[str, Any] = {
    "language": "en-us",
    "quality": "tiny",
    "speakers": "single",
    "sample_rate": None,
    "voice_name": "test",
    "epochs": 2,
    "until_epoch": None,
    "batch_size": 4,
    "precision": "32-true",
    "learning_rate": 2e-4,
    "learning_rate_d": 1e-4,
    "checkpoint_epochs": 1,
    "keep_last": 2,
    "validation_split": 0.1,
    "workers": 1,
    "seed": 1234,
    "max_hours": None,
    "sentences": ["The kettle is on."],
    "trim_silence": True,
    "accelerator": "cpu",
}
NO_BASE = {"path": None, "epoch": 0, "use": "none"}


@dataclass
class Job:
    """A job folder, and the trainer's steps run in it."""

    folder: Path
    python: str
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def log(self) -> str:
        return (self.folder / "output.log").read_text(encoding="utf-8")

    @property
    def events(self) -> list[dict[str, Any]]:
        path = self.work / "train" / "events.jsonl"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    @property
    def checkpoints(self) -> list[str]:
        return sorted(path.name for path in (self.work / "train" / "checkpoints").iterdir())

    def events_of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    def set(self, **changes: Any) -> None:
        path = self.work / "settings.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    def start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "output.log").open("ab") as log:
            process = subprocess.Popen(
                [self.python, "-c", CALL, module, *arguments],
                cwd=self.work,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def run(self, module: str, *arguments: str) -> int:
        return self.start(module, *arguments).wait(timeout=1200)

    def signal_when(
        self, process: subprocess.Popen[bytes], ready: Callable[[], object], number: int
    ) -> int:
        """Sends `number` to the whole group, as the runner does, once `ready` is true."""
        wait_for(lambda: ready() or process.poll() is not None, 300, "the moment to signal")
        assert process.poll() is None, self.log
        os.killpg(process.pid, number)
        return process.wait(timeout=1200)

    def put_checkpoint(self, source: Path, name: str) -> Path:
        """Takes a checkpoint of another job as one of this one's own, without copying it."""
        path = self.work / "train" / "checkpoints" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(source)
        return path


@pytest.fixture(scope="session")
def make_job(
    trainer_python: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Job]]:
    made: list[Job] = []

    def make(
        *,
        clips: int = 12,
        base: Mapping[str, Any] = NO_BASE,
        names: tuple[str, ...] = (),
        **set_: Any,
    ) -> Job:
        job = Job(tmp_path_factory.mktemp("job"), trainer_python)
        made.append(job)
        job.work.mkdir()
        _write_work(job.work, clips, base, names, {**SETTINGS, **set_})
        return job

    yield make
    for job in made:
        for process in job.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(job.folder)  # checkpoints are half a gigabyte each


@pytest.fixture(scope="session")
def trained(make_job: Callable[..., Job]) -> Job:
    """A voice of two epochs, for tests that only look at it."""
    job = make_job(workers=2)
    assert job.run("train") == 0, job.log
    return job


@pytest.fixture(scope="session")
def newest(trained: Job) -> Path:
    """The newest checkpoint of `trained`: of epoch 1, after 4 steps."""
    return trained.work / "train" / "checkpoints" / "epoch=1-step=4.ckpt"


@pytest.fixture(scope="session")
def in_trainer(trainer_python: str) -> Callable[..., str]:
    """Runs Python code under the trainer's Python; what it prints, when it ended well."""

    def run(code: str, *arguments: str | Path) -> str:
        ended = subprocess.run(
            [trainer_python, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return run


def _write_work(
    work: Path,
    clips: int,
    base: Mapping[str, Any],
    names: tuple[str, ...],
    settings: Mapping[str, Any],
) -> None:
    rows = (EXAMPLE / "metadata.csv").read_text(encoding="utf-8").splitlines()[:clips]
    if names:
        split = [row.split("|") for row in rows]
        rows = [f"{f}|{names[i % len(names)]}|{text}" for i, (f, text) in enumerate(split)]
    (work / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    data = {
        "csv": "metadata.csv",
        "audio_dir": str(EXAMPLE),
        "speakers": {name: number for number, name in enumerate(names)},
        "clips": len(rows),
    }
    for name, value in {"settings": settings, "data": data, "base": base}.items():
        (work / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
