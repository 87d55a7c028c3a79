"""A checkpoint that is asked for on a job's page while a scripted trainer trains."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import jobs_by_hand
from e2e.browsing import App, violations, visit
from e2e.test_images import MINUTES, SOON, job_file
from fakes.diffusion_pipe import making
from tuneyard.jobs import job as jobs
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder

pytestmark = pytest.mark.browser


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """How the scripted trainer behaves: a step of its takes a while."""
    steering = tmp_path / "steering.json"
    steering.write_text(json.dumps({"step_seconds": 1.0, "save_seconds": 1.0}))
    monkeypatch.setenv("TUNEYARD_GPUS", "gpu-a")
    monkeypatch.setenv("FAKE_TRAINER", str(steering))
    return steering


@pytest.fixture
def training(home: Path, tmp_path: Path, slow: Path) -> Iterator[JobFolder]:
    assert slow.exists()
    making.pictures(tmp_path / "pictures", 40)
    text = job_file(tmp_path).replace('path = ""', f'path = "{tmp_path / "pictures"}"')
    manager = Manager(home)
    folder = manager.start(jobs.parse(text, tmp_path / "job.toml"))
    yield folder
    manager.stop(folder, "now")
    jobs_by_hand.ended(folder)


def test_a_checkpoint_is_saved_and_the_training_goes_on(
    browser: Browser, home: Path, training: JobFolder
) -> None:
    with App(home) as app:
        page = visit(browser, app)
        page.goto(f"{app.url}/jobs/{training.id}")
        more = page.get_by_role("button", name="More for this job")
        item = page.get_by_role("menuitem", name=re.compile("Save a checkpoint now"))
        expect(page).to_have_title(re.compile("training"), timeout=10 * MINUTES)
        more.click()
        expect(item).to_be_visible(timeout=SOON)
        assert violations(page) == []
        item.click()
        glance = page.get_by_role("list", name="At a glance")
        expect(glance.get_by_text("Saving a checkpoint…")).to_be_visible(timeout=SOON)
        saved = page.get_by_text(re.compile(r"A checkpoint was saved at step \d+"))
        expect(saved).to_be_visible(timeout=MINUTES)
        expect(glance.get_by_text("Saving a checkpoint…")).to_have_count(0, timeout=SOON)
        expect(glance.get_by_text(re.compile("running for"))).to_be_visible()
        page.context.close()
    assert list((training.work / "train/runs").glob("*/global_step*"))
