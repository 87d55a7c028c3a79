"""A LoRA in the app: from an empty page to its file, by a trainer that is scripted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

import jobs_by_hand
from e2e.browsing import App, violations, visit
from fakes.diffusion_pipe import making
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.runner.states import State

pytestmark = pytest.mark.browser

SOON = 60_000  # milliseconds; two cores may be busy with other things
MINUTES = 60_000


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    with App(home, {"TUNEYARD_GPUS": "gpu-a"}) as app:
        yield app
    manager = Manager(home)
    for job_id in manager.ids():
        folder = manager.find(job_id)
        if not State(manager.state(folder)["state"]).ended:
            manager.stop(folder, "now")
            jobs_by_hand.ended(folder)


@pytest.fixture
def page(browser: Browser, app: App) -> Iterator[Page]:
    page = visit(browser, app)
    yield page
    page.context.close()


def job_file(place: Path) -> str:
    """A short training by the scripted trainer, with no data yet."""
    repository = making.repository(place / "git")
    return f"""\
format = 1
recipe = "diffusion-pipe"
name = "first lora"

[settings]
model = "sdxl"
checkpoint_path = "{making.model(place / "sdxl.safetensors")}"
resolutions = ["64"]
epochs = 3
save_every_n_epochs = 1
checkpoint_every_n_minutes = 0
warmup_steps = 0
optimizer = "AdamW"
repository = "{repository.path}"
revision = "{repository.revision}"
trainer_python = "{making.whole_python(place / "python")}"

[[settings.directories]]
path = ""
"""


def bring(page: Page, text: str) -> None:
    """Begins a new job with a job file, and goes to its data."""
    page.get_by_role("link", name="New job").first.click()
    file: FilePayload = {
        "name": "job.toml",
        "mimeType": "application/toml",
        "buffer": text.encode(),
    }
    page.locator("input[type=file][accept='.toml']").set_input_files(file)
    expect(page.get_by_role("heading", name="How should it be trained?")).to_be_visible()
    steps(page).get_by_role("link", name="Data").click()


def steps(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Steps to a new job")


def row(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Folder {number}", exact=True)


def test_two_folders_become_a_lora(page: Page, app: App, tmp_path: Path) -> None:
    making.pictures(tmp_path / "pictures", 6)
    making.pictures(tmp_path / "dropped", 2, size=(64, 48))
    bring(page, job_file(tmp_path))

    # One folder is named, another is copied from the browser.
    first = row(page, 1).get_by_label("Folder", exact=True)
    first.fill(str(tmp_path / "nowhere"))
    first.press("Tab")
    expect(first).to_have_attribute("aria-invalid", "true", timeout=SOON)
    first.fill(str(tmp_path / "pictures"))
    first.press("Tab")
    expect(first).not_to_have_attribute("aria-invalid", "true", timeout=SOON)
    page.get_by_role("button", name="Another folder").click()
    second = row(page, 2)
    second.locator("input[webkitdirectory]").set_input_files(tmp_path / "dropped")
    expect(second.get_by_text("dropped was copied")).to_be_visible(timeout=SOON)
    second.get_by_label("Repeats").fill("3")
    sizes = page.get_by_role("region", name="Sizes of the training")
    expect(sizes.get_by_role("row")).to_have_count(3, timeout=SOON)
    expect(page.get_by_text("Steps in all")).to_be_visible(timeout=SOON)
    assert violations(page) == []

    # Of a hundred settings, few are to be seen; the others are found by name.
    page.get_by_role("button", name="Continue to Settings").click()
    expect(page.get_by_label("Checkpoint", exact=True)).to_be_visible()
    expect(page.get_by_label("Diffusers folder")).to_have_count(0)
    seen = page.locator("[data-setting]").filter(visible=True)
    assert seen.count() < 15
    page.get_by_label("Find a setting").fill("begin captions")
    page.get_by_label("Begin captions with").fill("sks, ")
    assert violations(page) == []
    page.get_by_role("button", name="Continue to Where").click()
    page.get_by_role("button", name="Continue to Start").click()
    expect(page.get_by_text("Repeats: 3")).to_be_visible(timeout=SOON)
    assert violations(page) == []

    page.get_by_role("button", name="Start the job").click()
    expect(page).to_have_title(re.compile("^done"), timeout=10 * MINUTES)
    (path,) = (app.home / "jobs").glob("[!.]*")
    folder = JobFolder(path)
    directories = read_json(folder.job)["settings"]["directories"]
    assert [each["num_repeats"] for each in directories] == [None, 3]
    assert Path(directories[1]["path"]).is_relative_to(app.home / "uploads")
    page.get_by_role("link", name="Files").click()
    with page.expect_download(timeout=SOON) as fetched:
        page.get_by_role("link", name="Download adapter.safetensors", exact=True).click()
    lora = Path(fetched.value.path()).read_bytes()
    assert lora == (folder.outputs / "adapter.safetensors").read_bytes()
    assert page.wrong == []  # type: ignore[attr-defined]
