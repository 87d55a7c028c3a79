"""A newcomer's whole path: from an empty page to hearing what the real trainer has made."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browsing import violations, watched
from e2e.test_piper import a_dataset
from e2e.visiting import SOON, Site, end_the_pod, enter, start, wrong

pytestmark = [pytest.mark.browser, pytest.mark.nginx, pytest.mark.trainer]

MINUTES = 60_000

# Sounds play outside of the document, from addresses that only this page can read.
REMEMBER = """
window.heard = { sounds: [], blobs: new Map() };
const addressOf = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  const address = addressOf.call(URL, blob);
  heard.blobs.set(address, blob);
  return address;
};
const Sound = window.Audio;
window.Audio = function () {
  const sound = new Sound();
  heard.sounds.push(sound);
  return sound;
};
"""

# How long the sound that plays is, where it is, and its loudest moment, of full scale.
LISTEN = """async () => {
  const [sound] = heard.sounds;
  const bytes = await heard.blobs.get(sound.src).arrayBuffer();
  const decoded = await new OfflineAudioContext(1, 1, 22050).decodeAudioData(bytes);
  const loudest = decoded.getChannelData(0).reduce((most, n) => Math.max(most, Math.abs(n)), 0);
  return { seconds: sound.duration, at: sound.currentTime, loudest };
}"""


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A dataset as people have one: a zip."""
    folder = a_dataset(tmp_path / "recordings")
    return Path(shutil.make_archive(str(folder), "zip", folder))


def test_a_newcomer_hears_what_was_trained(
    browser: Browser, site: Site, recordings: Path, trainer_python: str
) -> None:
    page = watched(browser.new_context(locale="en-GB"))
    page.add_init_script(REMEMBER)
    page.goto(site.url)
    enter(page, site)
    page.get_by_role("link", name="New job").first.click()
    set_up(page, recordings, trainer_python)
    start(page)
    expect(page.get_by_text("its results wait in the pod")).to_be_visible(timeout=20 * MINUTES)
    page.get_by_role("link", name="Samples").click()
    play = page.get_by_role("button", name=re.compile("^Play .*Final")).first
    expect(play).to_be_visible(timeout=SOON)
    assert violations(page) == []

    play.click()
    pause = page.get_by_role("button", name=re.compile("^Pause .*Final")).first
    expect(pause).to_be_visible(timeout=SOON)
    assert violations(page) == []
    heard: dict[str, Any] = page.evaluate(LISTEN)
    assert heard["seconds"] > 0.5
    assert heard["loudest"] > 0.02

    end_the_pod(page)
    expect(page.get_by_role("status").filter(has_text="done")).to_be_attached(timeout=SOON)
    assert site.caller.listed() == []
    assert site.practice.mistakes == []
    assert wrong(page) == []
    page.context.close()


def set_up(page: Page, recordings: Path, trainer_python: str) -> None:
    """The wizard from its first step to its last, as somebody goes who tries things out."""
    page.get_by_role("radio", name="Piper").check()
    page.get_by_role("radio", name=re.compile("try-out")).check()
    page.get_by_label("Name", exact=True).fill("first")
    page.get_by_role("button", name="Continue to Data").click()
    page.locator("input[type=file][accept*='.zip']").set_input_files(recordings)
    expect(page.get_by_text("recordings.zip is ready to be sent")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    steps = page.get_by_role("navigation", name="Steps to a new job")
    # A rehearsal builds no trainer anew: its pods have one, whatever their image is called.
    steps.get_by_role("link", name="Where").click()
    expect(page.get_by_role("table", name="GPUs that fit")).to_be_visible(timeout=SOON)
    page.locator("summary", has_text="Advanced").click()
    page.get_by_label("Image", exact=True).fill("example/with-the-trainer")
    assert violations(page) == []
    steps.get_by_role("link", name="Settings").click()
    page.get_by_label("Epochs to add").fill("1")
    page.locator("summary", has_text="Expert").click()
    page.get_by_label("Trainer's Python").fill(trainer_python)
    page.get_by_role("button", name="Continue to Where").click()
    page.get_by_role("button", name="Continue to Start").click()
