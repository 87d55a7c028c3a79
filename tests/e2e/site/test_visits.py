"""The page without a server, as a newcomer meets it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import sites
from e2e.browsing import violations, watched
from e2e.visiting import (
    PHONE,
    SOON,
    TRAINS,
    Site,
    bring,
    end_the_pod,
    enter,
    give_key,
    kept,
    logged,
    start,
    text_of,
    wrong,
)
from tuneyard.compute.runpod.practice.faults import NoCapacity

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

_OF_NO_CAPACITY = "status of 400"


def test_a_newcomer_trains_and_takes_the_result_home(page: Page, site: Site) -> None:
    assert violations(page) == []
    enter(page, site)
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("radio", name="Your own script").check()
    expect(page.get_by_role("radio", name="Any Python script")).to_be_checked()
    page.get_by_role("button", name="Continue to Settings").click()
    page.get_by_role("button", name="Continue to Where").click()
    expect(page.get_by_role("table", name="GPUs that fit")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    page.get_by_role("button", name="Continue to Start").click()

    # All of it, and nothing is sent.
    page.get_by_role("button", name="Dry run").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("RunPod would be asked for a pod")).to_be_visible(timeout=SOON)
    expect(dialog.get_by_text(re.compile("TUNEYARD_PROGRAM")).first).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="Close").last.click()
    assert site.caller.listed() == []

    # What is nowhere else has to be agreed to.
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_role("checkbox", name=re.compile("I understand"))).to_be_focused()
    start(page)
    expect(page.get_by_text("its results wait in the pod")).to_be_visible(timeout=SOON)
    logged(page, "step 40/40")
    assert violations(page) == []
    page.get_by_role("link", name="Charts").click()
    expect(page.get_by_role("heading", name="Losses")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Files", exact=True).click()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download model.txt").click()
    assert text_of(fetched.value) == "trained for 40 steps, said ['--greeting', 'Hello there']\n"
    end_the_pod(page)
    expect(page.get_by_role("status").filter(has_text="done")).to_be_attached(timeout=SOON)
    assert site.caller.listed() == []
    stored = kept(page)
    assert "rpa_" not in stored.pop("state") + page.url
    assert stored == {"stores": [], "databases": 0, "caches": 0, "workers": 0, "cookies": ""}
    assert wrong(page) == []


def test_a_reload_forgets_the_key_and_the_key_finds_the_job(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, TRAINS)
    start(page)
    logged(page, "loss: 0.5")
    address = page.url
    page.reload()
    expect(page.get_by_label("RunPod key")).to_have_value("")
    enter(page, site)
    assert page.url == address
    expect(page.get_by_role("heading", name="patient")).to_be_visible(timeout=SOON)
    logged(page, "loss: 0.5")
    page.get_by_role("link", name="Jobs").first.click()
    expect(page.get_by_role("link", name="patient")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    page.get_by_role("link", name="Pods").first.click()
    page.get_by_role("button", name="End the pod of patient").click()
    page.get_by_role("dialog").get_by_role("button", name="End the pod").click()
    expect(page.get_by_text("No pods now")).to_be_visible(timeout=SOON)
    assert site.caller.listed() == []
    assert wrong(page) == []


def test_stopping_with_save_keeps_what_there_is(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, TRAINS)
    start(page)
    logged(page, "loss: 0.5")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Stop and save")).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop and save").click()
    expect(page.get_by_text("What it made by then waits in the pod")).to_be_visible(timeout=SOON)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download the results").click()
    assert text_of(fetched.value) == "kept\n"
    end_the_pod(page)
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=SOON)
    assert site.caller.listed() == []
    assert wrong(page) == []


def test_a_script_of_this_computer_travels_to_the_pod(
    page: Page, site: Site, tmp_path: Path
) -> None:
    script = tmp_path / "mine.sh"
    script.write_text("#!/bin/bash\necho it came from this computer\n")
    enter(page, site)
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("radio", name="Your own script").check()
    page.get_by_role("button", name="Continue to Settings").click()
    page.get_by_role("radio", name="file").check()
    file = page.get_by_role("group", name="File", exact=True)
    file.locator("input[type=file]").last.set_input_files(script)
    expect(page.get_by_role("button", name="Do without mine.sh")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_text("1 file, ").first).to_be_visible(timeout=SOON)
    start(page)
    logged(page, "it came from this computer")
    assert wrong(page) == []


def test_a_wrong_key_is_said_where_it_was_typed(page: Page) -> None:
    give_key(page, "rpa_mistyped")
    field = page.get_by_label("RunPod key")
    expect(field).to_have_attribute("aria-invalid", "true", timeout=SOON)
    expect(page.get_by_text("RunPod doesn’t know this key")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Look around without a key").click()
    page.get_by_role("link", name="Pods").first.click()
    expect(page.get_by_role("link", name="Give a key in Settings")).to_be_visible()
    assert wrong(page) == []


def test_where_nothing_is_free_it_goes_on_looking(page: Page, site: Site) -> None:
    site.practice.faults.capacity.append(NoCapacity())
    enter(page, site)
    bring(page, TRAINS)
    start(page)
    expect(page.get_by_text("Looking for a free GPU at RunPod")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("none free").first).to_be_visible(timeout=SOON)
    site.practice.faults.capacity.clear()
    logged(page, "loss: 0.5")
    assert [each for each in wrong(page) if _OF_NO_CAPACITY not in each] == []


def test_where_the_browser_refuses_one_is_asked_first(page: Page, site: Site) -> None:
    site.practice.faults.cors = False
    before = len(site.practice.asked)
    give_key(page, site.practice.key())
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("doesn’t let this page talk to RunPod directly", timeout=SOON)
    host = page.evaluate("location.host")
    expect(dialog).to_contain_text(host)
    assert violations(page) == []
    asked = list(site.practice.asked)[before:]
    assert not any("Authorization" in each.headers for each in asked)  # not a byte of the key yet
    dialog.get_by_role("button", name="Don’t send it").click()
    expect(page.get_by_text("doesn’t let this page talk to").first).to_be_visible()
    page.get_by_role("button", name="Check the keys and begin").click()
    dialog.get_by_role("button", name=f"Send it through {host}").click()
    page.get_by_role("navigation").first.wait_for()
    expect(page.get_by_text(f"Your key goes through {host}")).to_be_visible()
    bring(page, TRAINS)
    start(page)
    logged(page, "loss: 0.5")
    assert wrong(page) == []


def test_keys_are_seen_replaced_and_forgotten(browser: Browser, site: Site) -> None:
    page = watched(browser.new_context(viewport=PHONE, has_touch=True, color_scheme="dark"))
    page.goto(site.url)
    assert violations(page) == []
    key = enter(page, site)
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text(f"ends with {key[-4:]}")).to_be_visible()
    way = page.get_by_role("main").get_by_text(re.compile("^Your key goes straight to"))
    expect(way).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Forget all keys now").click()
    expect(page.get_by_label("RunPod key")).to_have_value("")
    assert wrong(page) == []
    page.context.close()


def test_our_own_server_serves_the_same_page(browser: Browser, site: Site) -> None:
    with sites.served(site.folder) as url:
        page = watched(browser.new_context(locale="en-GB"))
        page.goto(url)
        site.practice.faults.cors = False  # by its own way to RunPod
        give_key(page, site.practice.key())
        page.get_by_role("dialog").get_by_role("button", name="Send it through").click()
        page.get_by_role("navigation").first.wait_for()
        bring(page, TRAINS)
        start(page)
        logged(page, "loss: 0.5")
        assert wrong(page) == []
        page.context.close()
