"""What goes wrong in the middle of a visit: said in plain words, and nothing is forgotten."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.browsing import violations
from e2e.visiting import (
    SOON,
    TRAINS,
    Site,
    bring,
    enter,
    logged,
    start,
    wrong,
)
from waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

STEPS = 400
ENDS = TRAINS.replace("sleep 0.2; done", "sleep 0.2; done\necho all > kept.txt")
COUNTS = ENDS.replace("100000", str(STEPS))
SHORT = ENDS.replace("100000", "3")

# What Chromium says of a network that is cut, and of what is not there any more.
_OF_A_CUT = ("net::ERR_INTERNET_DISCONNECTED",)


def test_a_key_that_expires_is_replaced_and_nothing_is_forgotten(page: Page, site: Site) -> None:
    key = enter(page, site)
    bring(page, TRAINS)
    start(page)
    logged(page, "loss: 0.5")
    del site.practice.world.keys[key]
    page.get_by_role("link", name="Pods").first.click()
    bar = page.get_by_role("status").filter(has_text="RunPod doesn’t know your key any more")
    expect(bar).to_be_visible(timeout=SOON)
    assert violations(page) == []

    # The job is there all the same, and is followed by its pod's own token.
    page.get_by_role("link", name="Jobs").first.click()
    page.get_by_role("link", name="patient").click()
    expect(bar).to_be_visible()
    logged(page, "loss: 0.5")
    bar.get_by_role("button", name="Give a new key").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("RunPod key")
    expect(field).to_be_focused()
    assert violations(page) == []
    field.fill("rpa_mistyped")
    dialog.get_by_role("button", name="Check it and go on").click()
    expect(field).to_have_attribute("aria-invalid", "true", timeout=SOON)
    field.fill(site.practice.key())
    dialog.get_by_role("button", name="Check it and go on").click()
    expect(dialog).to_be_hidden(timeout=SOON)
    expect(bar).to_be_hidden()

    page.get_by_role("link", name="Pods").first.click()
    page.get_by_role("button", name="End the pod of patient").click()
    page.get_by_role("dialog").get_by_role("button", name="End the pod").click()
    expect(page.get_by_text("No pods now")).to_be_visible(timeout=SOON)
    assert site.caller.listed() == []
    assert wrong(page) == []


def test_a_minute_without_network_loses_nothing_of_the_log(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, COUNTS)
    start(page)
    logged(page, "loss: 0.5")
    cut(page, site)
    bar = page.get_by_role("status")
    expect(bar.filter(has_text="This computer is offline")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("The pod can’t be heard for the moment")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    expect(page.get_by_text(re.compile("It was heard 1 min"))).to_be_visible(timeout=2 * SOON)
    page.get_by_role("link", name="Jobs").first.click()
    expect(page.get_by_role("link", name="patient")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Pods").first.click()
    expect(page.get_by_role("heading", name="Pods")).to_be_visible()
    page.go_back()
    page.go_back()

    page.context.set_offline(False)
    expect(bar.filter(has_text="Online again")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("The pod can’t be heard for the moment")).to_be_hidden(timeout=SOON)
    expect(page.get_by_text("its results wait in the pod")).to_be_visible(timeout=4 * SOON)
    page.get_by_label("Search the log").fill("loss: 0.5")
    found = page.get_by_text(re.compile(rf"^\d+ of {STEPS}$")).first
    expect(found).to_be_visible(timeout=SOON)  # each line once: none is missing, none is repeated
    assert [each for each in wrong(page) if not any(cut in each for cut in _OF_A_CUT)] == []


def test_a_pod_that_vanishes_leaves_a_job_that_is_lost(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, TRAINS)
    start(page)
    logged(page, "loss: 0.5")
    vanish(site)
    said = page.get_by_role("region", name="The pod is gone, and nobody here ended it.")
    expect(said).to_be_visible(timeout=2 * SOON)
    expect(said).to_contain_text("Start it again")
    expect(page).to_have_title(re.compile("^lost"))
    assert violations(page) == []
    said.get_by_role("button", name="Resume", exact=True).click()
    expect(page).to_have_title(re.compile("^training"), timeout=SOON)
    assert len(site.caller.listed()) == 1
    assert wrong(page) == []


def test_results_that_vanish_with_their_pod_are_no_success(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, SHORT)
    start(page)
    expect(page.get_by_text("its results wait in the pod")).to_be_visible(timeout=SOON)
    vanish(site)
    banner = page.get_by_role("alert").filter(has_text="The results are lost")
    expect(banner).to_be_visible(timeout=2 * SOON)
    expect(banner).to_contain_text("before its results were fetched")
    expect(banner).to_contain_text("Name a repository next time")
    expect(page).to_have_title(re.compile("^failed"))
    assert violations(page) == []
    page.get_by_role("link", name="Jobs").first.click()
    expect(page.get_by_text("before its results were fetched")).to_be_visible()
    assert violations(page) == []
    assert wrong(page) == []


def cut(page: Page, site: Site) -> None:
    """The network goes, and with it what is on its way: a browser that plays it keeps that."""
    page.context.set_offline(True)
    faults = site.practice.faults.proxy
    faults.breaks_after, faults.breaks = 0, 1
    wait_for(lambda: faults.breaks == 0, what="the stream to break off")


def vanish(site: Site) -> None:
    """All pods go, as if RunPod had never had any."""
    for pod in site.practice.pods:
        site.practice.world.end(pod)
