"""A voice that the real trainer trains in a rehearsed pod: from the command line, from the app."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.browsing import App, visit
from e2e.test_app import MINUTES, SOON, fill_in, loudness, only_job
from e2e.test_piper import a_dataset
from rented import Rent, events, seen_by_pods
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
        assert "Ends itself after 6 h or $5.00" in done.stderr
        assert "The results are nowhere else" in done.stderr

        # The dataset travelled; no path of this computer but the trainer's did, and no key.
        body = rented.practice.world.ended[0].asked["env"]
        assert str(EXAMPLE.parent) not in body["TUNEYARD_JOB"]
        assert "input:" in body["TUNEYARD_JOB"]
        assert "RUNPOD_API_KEY" not in body
        assert rented.practice.mistakes == []
        assert read_json(folder.state)["pod"]["url"].startswith("https://console.runpod.io/")


@pytest.mark.trainer
@pytest.mark.browser
def test_a_newcomer_rents_a_gpu_from_the_app(
    browser: Browser, rent: Rent, trainer_python: str, home: Path, tmp_path: Path
) -> None:
    dataset = a_dataset(tmp_path / "recordings")
    with rent(kept=seen_by_pods(trainer_python)) as rented, App(home) as app:
        page = visit(browser, app)
        page.get_by_role("link", name="New job").first.click()
        fill_in(page, dataset, trainer_python, epochs=1)
        page.get_by_role("radio", name="RunPod").check()
        expect(page.get_by_role("table", name="GPUs that fit")).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="Continue to Start").click()
        page.get_by_role("checkbox", name=re.compile("I understand")).check(timeout=SOON)
        page.get_by_role("button", name="Start the job").click()
        expect(page.get_by_role("heading", name="e2e")).to_be_visible(timeout=SOON)
        expect(page).to_have_title(re.compile("^done"), timeout=20 * MINUTES)

        folder = only_job(app)
        assert rented.practice.pods == [], rented.story(folder)
        assert rented.practice.mistakes == []
        expect(page.get_by_text(re.compile(r"cost \$0\.")).first).to_be_visible()
        page.get_by_role("link", name="Samples").click()
        play = page.get_by_role("button", name=re.compile("^Play .*Final"))
        expect(play.first).to_be_visible(timeout=SOON)
        assert loudness(page, f"/api/jobs/{folder.id}/files/samples/final/01.wav") > 0.02
        assert page.wrong == []  # type: ignore[attr-defined]
