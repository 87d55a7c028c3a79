"""The first voice, trained by the real trainer in a pod that is rehearsed, from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from rented import Rent, events
from tuneyard.runner.folder import JobFolder, read_json, read_lines

EXAMPLE = Path(__file__).parents[2] / "examples" / "first-voice" / "job.toml"
TRAINER = "trainer_python"


@pytest.mark.trainer
def test_the_first_voice_is_trained_in_a_pod(rent: Rent, trainer_python: str, home: Path) -> None:
    with rent(kept=seen_by_pods(trainer_python)) as rented:
        settings = {TRAINER: trainer_python, "epochs": 2, "checkpoint_epochs": 1}
        words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tuneyard.cli.main",
                "run",
                str(EXAMPLE),
                "--compute",
                "runpod",
                *words,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        (path,) = (home / "jobs").glob("[!.]*")
        folder = JobFolder(path)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}{rented.story(folder)}"

        # What a job leaves at home, wherever it ran.
        assert {each.name for each in folder.outputs.iterdir()} >= {"voice.onnx", "voice.onnx.json"}
        assert [*folder.samples.glob("*/*.wav")] != []
        assert [line["step"] for line in read_lines(folder.metrics)] != []
        assert len(events(folder, "checkpoint")) == 2
        assert [*folder.path.glob("remote/1/checkpoint/work/**/*.ckpt")] != []

        # Nothing is paid for any more, and what it cost is said.
        assert rented.practice.pods == []
        assert len(rented.practice.world.ended) == 1
        assert events(folder, "cost")[0]["dollars"] > 0
        assert "it cost about $" in done.stdout

        # The dataset travelled; no path of this computer but the trainer's did, and no key.
        body = rented.practice.world.ended[0].asked["env"]
        assert str(EXAMPLE.parent) not in body["TUNEYARD_JOB"]
        assert "input:" in body["TUNEYARD_JOB"]
        assert "RUNPOD_API_KEY" not in body
        assert rented.practice.mistakes == []
        assert read_json(folder.state)["pod"]["url"].startswith("https://console.runpod.io/")


def seen_by_pods(trainer_python: str) -> tuple[str, ...]:
    """The trainer's environment, and the Python below it: a rehearsal builds none anew."""
    environment = Path(trainer_python).parents[1]
    return str(environment), str(Path(trainer_python).resolve().parents[1])
