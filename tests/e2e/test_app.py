"""The app as its users meet it: a real browser, the real server, the real trainer."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

import jobs_by_hand
from e2e.browsing import App, visit
from e2e.test_piper import a_dataset, a_job
from tuneyard.jobs.manager import Manager
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.runner.states import State
from waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.trainer]

SOON = 60_000  # milliseconds; expectations wait for what the page does by itself
MINUTES = 60_000

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    with App(home) as app:
        yield app
    manager = Manager(home)
    for job_id in manager.ids():
        folder = manager.find(job_id)
        if not State(manager.state(folder)["state"]).ended:
            manager.stop(folder, "now")
            jobs_by_hand.ended(folder)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return a_dataset(tmp_path / "recordings")


def only_job(app: App) -> JobFolder:
    (path,) = (app.home / "jobs").glob("[!.]*")
    return JobFolder(path)


def fill_in(page: Page, dataset: Path, trainer_python: str, epochs: int) -> None:
    """The wizard from its first step to where it runs, as somebody goes who tries things out."""
    page.get_by_role("radio", name="Piper").check()
    page.get_by_role("radio", name=re.compile("try-out")).check()
    page.get_by_label("Name", exact=True).fill("e2e")
    page.get_by_role("button", name="Continue to Data").click()
    page.get_by_label("Dataset").fill(str(dataset))
    page.get_by_label("Dataset").press("Tab")
    expect(page.get_by_text("Clips", exact=True)).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Continue to Settings").click()
    page.get_by_label("Epochs to add").fill(str(epochs))
    page.locator("summary", has_text="Expert").click()
    page.get_by_label("Trainer's Python").fill(trainer_python)
    page.get_by_role("button", name="Continue to Where").click()


def loudness(page: Page, address: str) -> float:
    """The loudest moment of a sound as the browser decodes it, of full scale."""
    return float(
        page.evaluate(
            """async (address) => {
                const bytes = await (await fetch(address)).arrayBuffer();
                const sound = await new OfflineAudioContext(1, 1, 22050).decodeAudioData(bytes);
                return Math.max(...sound.getChannelData(0).map(Math.abs));
            }""",
            address,
        )
    )


def saved(page: Page, click: Callable[[], None]) -> Path:
    """What a click downloads."""
    with page.expect_download(timeout=SOON) as waiting:
        click()
    download: Download = waiting.value
    return Path(download.path())


def seen(page: Page) -> tuple[str, str]:
    """What a page has of a job's log and figures: matches of a word, and the table of them."""
    page.get_by_role("link", name="Log").click()
    page.get_by_label("Search the log").fill("step")
    count = page.get_by_text(re.compile(r"^\d+ of \d+$")).first
    expect(count).to_be_visible(timeout=SOON)
    matches = count.inner_text().split()[-1]
    page.get_by_role("link", name="Charts").click()
    page.locator("summary", has_text="Newest figures").click()
    return matches, page.locator("main table").first.inner_text(timeout=SOON)


def test_a_newcomer_gets_from_an_empty_page_to_a_voice_though_the_server_is_killed(
    browser: Browser, app: App, dataset: Path, trainer_python: str
) -> None:
    page = visit(browser, app)
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="New job").first.click()
    fill_in(page, dataset, trainer_python, epochs=3)
    page.get_by_role("button", name="Continue to Start").click()
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_role("heading", name="e2e")).to_be_visible(timeout=SOON)

    folder = only_job(app)
    wait_for(folder.metrics.exists, 300, "the first figures")
    app.kill()
    wait_for(lambda: page.get_by_text("connection to Tuneyard is lost").is_visible(), 60, "a word")
    before = folder.log.stat().st_size
    wait_for(lambda: folder.log.stat().st_size > before, 300, "training to go on without it")
    app.start()
    expect(page.get_by_text("connection to Tuneyard is lost")).to_be_hidden(timeout=MINUTES)
    expect(page).to_have_title(re.compile("^done"), timeout=20 * MINUTES)

    fresh = page.context.new_page()
    fresh.goto(f"{app.url}/jobs/{folder.id}")
    assert seen(page) == seen(fresh)  # nothing is missing, and nothing there twice

    page.get_by_role("link", name="Samples").click()
    play = page.get_by_role("button", name=re.compile("^Play .*Final"))
    play.first.click()
    expect(page.get_by_role("button", name=re.compile("^Pause .*Final"))).to_be_visible()
    assert loudness(page, f"/api/jobs/{folder.id}/files/samples/final/01.wav") > 0.02

    page.get_by_role("link", name="Files").click()
    voice = saved(page, page.get_by_role("link", name="Download voice.onnx", exact=True).click)
    assert voice.read_bytes() == (folder.outputs / "voice.onnx").read_bytes()
    assert page.wrong == []  # type: ignore[attr-defined]


def test_two_tabs_see_a_job_stopped_and_resumed(
    browser: Browser, app: App, dataset: Path, trainer_python: str
) -> None:
    folder = Manager(app.home).start(a_job(dataset, trainer_python, epochs=100))
    page = visit(browser, app)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{app.url}/jobs/{folder.id}")
        expect(tab).to_have_title(re.compile("^training"), timeout=10 * MINUTES)
    wait_for(folder.metrics.exists, 300, "the first figures")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Stop and save")).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop and save").click()
    for tab in (page, other):
        expect(tab).to_have_title(re.compile("^stopped"), timeout=10 * MINUTES)

    page.get_by_role("button", name="More for this job").click()
    page.get_by_role("menuitem", name=re.compile("^Resume with changes")).click()
    page.get_by_role("dialog").get_by_label("Epochs to add").fill("1")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Resume")).click()
    for tab in (page, other):
        expect(tab).to_have_title(re.compile("^done"), timeout=10 * MINUTES)
    assert read_json(folder.attempt(2))["overrides"] == {"epochs": 1}
    assert page.wrong == []  # type: ignore[attr-defined]


def test_a_wrong_dataset_is_told_at_its_field_and_starts_nothing(
    browser: Browser, app: App, dataset: Path
) -> None:
    next(dataset.glob("*.ogg")).unlink()
    with (dataset / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write("no-such-file.wav|Nobody recorded this.\n")
    page = visit(browser, app)
    page.goto(f"{app.url}/new")
    page.get_by_role("radio", name="Piper").check()
    page.get_by_role("link", name="Data").click()
    field = page.get_by_label("Dataset")
    field.fill(str(dataset / "nowhere"))
    field.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "true", timeout=SOON)
    field.fill(str(dataset))
    field.press("Tab")
    expect(page.get_by_text("no-such-file.wav").first).to_be_visible(timeout=SOON)
    page.goto(f"{app.url}/new?step=start")
    expect(page.get_by_text(re.compile("ha(s|ve) to be put right first"))).to_be_visible(
        timeout=SOON
    )
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_text(re.compile("ha(s|ve) to be put right first"))).to_be_visible()
    assert not list(app.home.glob("jobs/[!.]*"))
