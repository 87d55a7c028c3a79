"""Renting, as its users see it: offers, what has to be agreed to, and pods. Nothing trains."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from compute.runpod.practice.calling import Caller, quick
from e2e.browsing import App, violations, visit
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.compute.runpod.practice.server import Practice

pytestmark = pytest.mark.browser

SOON = 60_000  # milliseconds
GONE = 60_000  # that a pod may take until it is gone for certain
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def runpod(tmp_path: Path) -> Iterator[Caller]:
    """A rehearsal of RunPod; a pod there is a shell that waits."""
    with Practice(quick(tmp_path / "practice")) as practice:
        caller = Caller(practice)
        with caller.http:
            yield caller


@pytest.fixture
def app(home: Path, runpod: Caller) -> Iterator[App]:
    home.mkdir(exist_ok=True)
    key = {"RUNPOD_API_KEY": runpod.practice.key()}
    with App(home, {**runpod.practice.environment, **key}) as app:
        yield app


@pytest.fixture
def keyless(home: Path) -> Iterator[App]:
    home.mkdir(exist_ok=True)
    with App(home, {"RUNPOD_API_KEY": ""}) as app:
        yield app


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """As little as makes a dataset."""
    place = tmp_path / "recordings"
    (place / "wav").mkdir(parents=True)
    for name in ("one", "two"):
        with wave.open(str(place / "wav" / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(22050)
            sound.writeframes(b"\0\1" * 22050 * 2)
    (place / "metadata.csv").write_text("one|The first of two.\ntwo|And the second one.\n")
    return place


def where(page: Page, app: App, data: Path) -> None:
    """Goes to the step of a new voice that asks where, and chooses RunPod."""
    page.goto(f"{app.url}/new")
    page.get_by_role("radio", name="Piper").check()
    page.get_by_role("link", name="Data").click()
    page.get_by_role("combobox").first.fill(str(data))
    page.get_by_role("combobox").first.press("Tab")
    page.get_by_role("link", name="Where").click()
    page.get_by_role("radio", name="RunPod").check()
    expect(page.get_by_role("table", name="GPUs that fit")).to_be_visible(timeout=SOON)


def test_a_job_is_rented_for_knowingly(browser: Browser, app: App, recordings: Path) -> None:
    page = visit(browser, app)
    where(page, app, recordings)
    expect(page.get_by_text("Prices of RunPod, now")).to_be_visible()
    expect(page.get_by_text(re.compile("^Ends itself after 6 h or"))).to_have_count(2)
    boxes = page.get_by_role("checkbox", name=re.compile("^Use "))
    names = [str(boxes.nth(place).get_attribute("aria-label"))[4:] for place in (1, 0)]
    for name in names:
        page.get_by_role("checkbox", name=f"Use {name}", exact=True).check()
    page.get_by_role("button", name=f"Move {names[1]}, 2nd of 2").press("ArrowUp")
    expect(page.get_by_text(f"{names[1]} is now 1st of 2.")).to_be_attached()
    assert violations(page) == []
    page.get_by_role("button", name="Continue to Start").click()
    asked = page.get_by_role("region", name="What RunPod is asked for")
    expect(asked).to_be_visible(timeout=SOON)
    expect(asked.get_by_text(names[1]).first).to_be_visible()
    expect(asked.get_by_text(str(recordings), exact=True)).to_be_visible()
    asked.get_by_text("The exact request").click()
    expect(asked.get_by_text(re.compile("TUNEYARD_DEADLINE")).first).to_be_visible()
    assert violations(page) == []
    # Its results would only wait in the pod: that has to be agreed to.
    page.get_by_role("button", name="Start the job").click()
    agree = page.get_by_role("checkbox", name=re.compile("I understand"))
    expect(agree).to_be_focused(timeout=SOON)
    expect(page.get_by_text(re.compile("^Tick this first"))).to_be_visible()
    expect(page).to_have_url(re.compile("step=start"))
    assert page.wrong == []  # type: ignore[attr-defined]


def test_without_a_key_one_chooses_by_a_table(
    browser: Browser, keyless: App, recordings: Path
) -> None:
    page = visit(browser, keyless, viewport=PHONE, has_touch=True)
    where(page, keyless, recordings)
    expect(page.get_by_text(re.compile(r"^Prices from a table of \d+ \w+ \d{4}$"))).to_be_visible()
    expect(page.get_by_text("No key of RunPod yet")).to_be_visible()
    expect(page.get_by_role("button", name="Give it: RUNPOD_API_KEY")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(f"{keyless.url}/pods")
    expect(page.get_by_role("link", name="Give a key in Settings")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    assert page.wrong == []  # type: ignore[attr-defined]


def test_pods_are_seen_with_whose_they_are_and_ended(
    browser: Browser, app: App, runpod: Caller
) -> None:
    orphan = runpod.shell("sleep 600", name=pod_name(home_id(app.home), "20261101-gone"))
    other = runpod.shell("sleep 600", name="tuneyard-deadbeef-20261102-theirs")
    page = visit(browser, app)
    page.get_by_role("link", name="Pods").click()
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="End"))
    expect(rows).to_have_count(2, timeout=SOON)
    expect(rows.first).to_contain_text("nobody’s")
    expect(page.get_by_text("On the account")).to_be_visible()
    assert violations(page) == []
    # What is nobody's: listed first, then ended.
    page.get_by_role("button", name="End it…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("20261101-gone")
    assert [orphan.id in runpod.listed(), other.id in runpod.listed()] == [True, True]
    dialog.get_by_role("button", name="End 1 pod").click()
    expect(rows).to_have_count(1, timeout=GONE)
    assert runpod.listed() == [other.id]
    # What somebody else started: only after one has said so.
    page.get_by_role("button", name=re.compile("^End the pod of")).click()
    sure = dialog.get_by_role("button", name="End the pod")
    expect(sure).to_be_disabled()
    dialog.get_by_role("checkbox").check()
    sure.click()
    expect(page.get_by_text("No pods now")).to_be_visible(timeout=GONE)
    assert runpod.listed() == []
    assert page.wrong == []  # type: ignore[attr-defined]
