"""A LoRA in the page without a server: pictures of this browser and of the Hub, one pod."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page, expect

from e2e.browsing import violations
from e2e.visiting import SOON, Site, bring, end_the_pod, enter, start, wrong
from fakes.diffusion_pipe import making

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

MODEL = "hf:me/sdxl/sdxl.safetensors"


@pytest.fixture
def on_the_hub(site: Site, tmp_path: Path) -> None:
    making.pictures(tmp_path / "hub", 3, size=(64, 48))
    files = {path.name: path.read_bytes() for path in (tmp_path / "hub").iterdir()}
    site.hub.add(
        "me/pictures", {f"some/{name}": data for name, data in files.items()}, kind="dataset"
    )
    model = making.model(tmp_path / "model.safetensors").read_bytes()
    site.hub.add("me/sdxl", {"sdxl.safetensors": model})


def job_file(trainer: Path) -> str:
    repository = making.found(trainer / "git")
    return f"""\
format = 1
recipe = "diffusion-pipe"
name = "first lora"

[settings]
model = "sdxl"
checkpoint_path = "/models/sdxl.safetensors"
resolutions = [64]
epochs = 30
save_every_n_epochs = 1
checkpoint_every_n_minutes = 0
warmup_steps = 0
optimizer = "AdamW"
repository = "{repository.path}"
revision = "{repository.revision}"
trainer_python = "{trainer / "python" / "bin" / "python"}"

[[settings.directories]]
path = ""

[compute]
name = "runpod"
image = "example/with-the-trainer"
"""


def go(page: Page, step: str) -> None:
    page.get_by_role("navigation", name="Steps to a new job").get_by_role("link", name=step).click()


def row(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Folder {number}", exact=True)


def weights(download: Download) -> bytes:
    """What the scripted trainer says that a LoRA is of."""
    data = Path(download.path()).read_bytes()
    return data[8 + int.from_bytes(data[:8], "little") :]


def in_haste(site: Site) -> None:
    """From now on the trainer takes no time for a step."""
    (pod,) = site.practice.pods
    (steering,) = pod.disk.glob(f"root/tuneyard/vendor/diffusion-pipe/*/{making.STEERING}")
    steering.write_text("{}")


@pytest.mark.usefixtures("on_the_hub")
def test_pictures_from_here_and_from_the_hub_become_a_lora(
    page: Page, site: Site, tmp_path: Path
) -> None:
    site.practice.faults.gpus = True
    making.pictures(tmp_path / "mine", 5)
    enter(page, site)
    bring(page, job_file(site.scripted))

    # What no pod can read is refused where it stands.
    problem = page.get_by_text("“Checkpoint” names a file or folder of some computer")
    expect(problem.first).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Go to Checkpoint").first.click()
    field = page.get_by_label("Checkpoint", exact=True)
    expect(field).to_be_focused()
    field.fill(MODEL)
    expect(problem).to_have_count(0, timeout=SOON)

    go(page, "Data")
    first = row(page, 1)
    dropped = first.get_by_role("group", name="Data from this browser")
    dropped.locator("input[webkitdirectory]").set_input_files(tmp_path / "mine")
    expect(first.get_by_text("mine is ready to be sent")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Another folder").click()
    second = row(page, 2).get_by_label("Folder", exact=True)
    second.fill("hf:me/pictures/none")
    second.press("Tab")
    expect(second).to_have_attribute("aria-invalid", "true", timeout=SOON)
    second.fill("hf:me/pictures/some")
    second.press("Tab")
    table = page.get_by_role("region", name="On the Hugging Face Hub")
    expect(table.get_by_role("cell", name="hf:me/pictures/some")).to_be_visible(timeout=SOON)
    assert violations(page) == []

    go(page, "Start")
    expect(page.get_by_text("Folder 1: mine, 10 files")).to_be_visible(timeout=SOON)
    start(page)

    # What is saved on the way is there at once, and a checkpoint whenever one wants it.
    newest = page.get_by_role("region", name="Newest result")
    expect(newest).to_contain_text(re.compile(r"first-lora-epoch\d"), timeout=2 * SOON)
    with page.expect_download() as early:
        newest.get_by_role("button", name="Download the newest").click()
    assert weights(early.value).startswith(b"weights of epoch")
    assert violations(page) == []
    page.get_by_role("button", name="More for this job").click()
    page.get_by_role("menuitem", name=re.compile("Save a checkpoint now")).click()
    saved = page.get_by_text(re.compile(r"A checkpoint was saved at step \d+"))
    expect(saved).to_be_visible(timeout=SOON)
    expect(page).to_have_title(re.compile("training"))

    in_haste(site)
    expect(page.get_by_text("its results wait in the pod")).to_be_visible(timeout=2 * SOON)
    assert violations(page) == []
    page.get_by_role("link", name="Files", exact=True).click()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download adapter.safetensors", exact=True).click()
    assert weights(fetched.value) == b"weights of epoch30"
    end_the_pod(page)
    expect(page.get_by_role("status").filter(has_text="done")).to_be_attached(timeout=SOON)
    assert site.practice.mistakes == []
    assert wrong(page) == []
