"""Trainings of the scripted trainer under the real runner, planned by hand."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jobs_by_hand
from fakes.diffusion_pipe import making
from tuneyard.recipes.diffusion_pipe.settings import Settings
from tuneyard.runner import pack
from tuneyard.runner.folder import JobFolder, held, read_json, read_lines, write_json
from tuneyard.runner.process import kill_all, of_job
from tuneyard.runner.step import Secret, Step, Stop
from waiting import wait_for

PACKAGE = "tuneyard.recipes.diffusion_pipe"
Make = Callable[..., "Lora"]
JOB = f"20261122-120000-lora-{os.getpid()}"
# A folder of 40 pictures, once: long enough to be stopped in.
LONG: dict[str, Any] = {"pictures": 40, "steps_per_epoch": 40, "settings": {"epochs": 1}}
QUICK = {
    "model": "sdxl",
    "checkpoint_path": "/models/sdxl.safetensors",
    "resolutions": ["64"],
    "epochs": 3,
    "save_every_n_epochs": 1,
    "checkpoint_every_n_minutes": 0,
    "gpus": 1,
    "warmup_steps": 0,
    "optimizer": "AdamW",
}


@dataclass
class Lora:
    """One job: 8 pictures by default, so 8 steps an epoch."""

    place: Path
    folder: JobFolder = field(init=False)
    id: str = JOB
    settings: dict[str, Any] = field(default_factory=dict)
    pictures: int = 8
    steps_per_epoch: int | None = 8
    environment: dict[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()

    def __post_init__(self) -> None:
        data = self.place / "data"
        if not data.exists():
            making.pictures(data, self.pictures)
            making.checkout(self.place / "vendor")
            making.python(self.place / "python")
        directories = [{"path": str(data)}]
        self.settings = complete(directories=directories, **self.settings)
        self.folder = jobs_by_hand.make(
            self.place / "home",
            _steps(self.secrets),
            job_id=self.id,
            module=f"{PACKAGE}.steps",
            events="work/train/events.jsonl",
            gpus=self.settings["gpus"],
        )
        pack.pack(self.folder.runner, PACKAGE)
        asked = read_json(self.folder.job)
        results = {"repository": ""}
        write_json(self.folder.job, {**asked, "settings": self.settings, "results": results})
        self.set()

    # -- what the steps before would have left ------------------------------------------

    def set(self, **settings: Any) -> None:
        """Writes the files of ``work/``, with these settings instead."""
        self.settings |= settings
        items = {"latents": self.pictures, "texts": self.pictures}
        counted = {"train": {"steps_per_epoch": self.steps_per_epoch, **items}}
        files: Mapping[str, dict[str, Any]] = {
            "job.json": {"id": self.id, "name": "First LoRA"},
            "settings.json": self.settings,
            "trainer.json": {"python": str(self.place / "python/bin/python")},
            "vendor.json": {"path": str(self.place / "vendor"), "revision": "0" * 40},
            "models.json": {},
            "data.json": {
                name: [{"path": entry["path"]} for entry in self.settings[name]]
                for name in ("directories", "evaluation")
            },
            "buckets.json": {"sets": counted if self.steps_per_epoch else {}},
        }
        for name, data in files.items():
            write_json(self.folder.work / name, data)

    def steer(self, **options: Any) -> None:
        """Tells the scripted trainer how to behave from now on."""
        path = self.place / "steering.json"
        path.with_suffix(".new").write_text(json.dumps(options))
        path.with_suffix(".new").replace(path)

    # -- its life ----------------------------------------------------------------------------

    def start(self) -> None:
        jobs_by_hand.launch(self.folder, self._environment())

    def run(self) -> dict[str, Any]:
        self.start()
        return self.ended()

    def resume(self, **settings: Any) -> dict[str, Any]:
        self.set(**settings)
        self.folder.stop.unlink(missing_ok=True)
        write_json(self.folder.attempt(max(self.folder.attempts()) + 1), {})
        return self.run()

    def ended(self) -> dict[str, Any]:
        """Its state at the end, at which nothing of it runs any more, whatever its marks say."""
        state = jobs_by_hand.ended(self.folder, 90)
        assert not of_job(self.folder)
        assert not self.processes()
        return state

    def processes(self, words: str = "") -> list[int]:
        """The trainer's, which run in its checkout; of those with such words in their command."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                here = (path / "cwd").readlink() == self.place / "vendor"
                if here and words in command and self.id in (path / "environ").read_text():
                    found.append(int(path.name))
        return found

    def kill(self, words: str) -> None:
        """Kills the eldest of the trainer's processes with such words."""
        os.kill(min(self.until(lambda: self.processes(words))), signal.SIGKILL)

    def stop(self, how: str = "save") -> dict[str, Any]:
        self.folder.stop.write_text(f"{how}\n")
        return self.ended()

    def end(self) -> None:
        """Whatever still runs of it, runner and wrapper too."""
        self.folder.stop.write_text("now\n")

        def over() -> bool:
            return not kill_all(self.folder) and not held(self.folder.runner_lock)

        wait_for(over, what=f"the end of {self.folder.id}")

    def until(self, found: Callable[[], Any]) -> Any:
        return wait_for(found, 60, lambda: f"what was waited for; {self.log()[-3000:]}")

    def until_said(self, text: str) -> None:
        self.until(lambda: text in self.log())

    def until_step(self, step: int) -> None:
        self.until(lambda: any(line["step"] >= step for line in self.metrics()))

    def _environment(self) -> dict[str, str]:
        fakes = {"TUNEYARD_GPUS": "gpu-a,gpu-b,gpu-c,gpu-d"}
        return {**fakes, "FAKE_TRAINER": str(self.place / "steering.json"), **self.environment}

    # -- what it left ----------------------------------------------------------------------------

    def log(self) -> str:
        path = self.folder.log
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def metrics(self) -> list[dict[str, Any]]:
        """Of the training's own steps."""
        return [line for line in read_lines(self.folder.metrics) if "loss" in line or "nan" in line]

    def evaluations(self) -> list[dict[str, Any]]:
        return [line for line in read_lines(self.folder.metrics) if "loss" not in line]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in read_lines(self.folder.events) if event["event"] == name]

    def outputs(self) -> dict[str, str]:
        """The weights in each file, by name."""
        return {
            path.name: path.read_bytes().rpartition(b"}}")[2].decode()
            for path in sorted(self.folder.outputs.iterdir())
        }

    @property
    def run_folder(self) -> Path:
        (run,) = (self.folder.work / "train/runs").iterdir()
        return run

    def progress(self) -> dict[str, Any]:
        return dict(read_json(self.folder.state).get("progress") or {})


def complete(**settings: Any) -> dict[str, Any]:
    """Settings with every gap filled in."""
    return dict(Settings(**{**QUICK, **settings}).model_dump())


def _steps(secrets: Sequence[str]) -> list[Step]:
    def ours(name: str, title: str, phase: Any, module: str, **more: Any) -> Step:
        command = ("${trainer}", "${runner}", "call", f"{PACKAGE}.{module}")
        return Step(name, title, phase, command, **more)

    return [
        ours(
            "train",
            "Train",
            "train",
            "trainer.train",
            stop=Stop(grace=60),
            gpu=True,
            secrets=tuple(Secret(name, required=True) for name in secrets),
        ),
        ours("collect", "Collect the results", "finish", "finish.collect"),
    ]
