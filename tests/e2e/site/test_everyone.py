"""Every view of the page, in both themes and on phones: open to everyone, nothing cut off."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browsing import violations, watched
from e2e.visiting import PHONE, SOON, TRAINS, Site, bring, enter, logged, start, wrong
from waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

SOURCES = Path(__file__).parents[3] / "web" / "src"

# Of each view: where it is, and what is there when it shows what it is about.
VIEWS = {
    "jobs": ("/jobs", "main a[href^='#/jobs/']"),
    "jobs: none fits": ("/jobs?text=nothing-is-called-so", "main h2"),
    "new: what": ("/new", "main input[type=radio]"),
    "new: data": ("/new?step=data", "#step-title"),
    "new: settings": ("/new?step=settings", "#step-title"),
    "new: where": ("/new?step=where", "main table"),
    "new: start": ("/new?step=start", "#step-title"),
    "job": ("{running}", ".xterm-rows"),
    "job: log": ("{done}/log", ".xterm-rows"),
    "job: charts": ("{done}/charts", "canvas"),
    "job: samples": ("{done}/samples", "main [aria-label^='Play']"),
    "job: files": ("{done}/files", "main table"),
    "job: settings": ("{done}/settings", "main h2"),
    "job: no such": ("/jobs/20200101-000000-gone", "main h1, main h2"),
    "settings": ("/settings", "#secrets h3"),
    "computer": ("/computer", "main h1, main h2"),
    "pods": ("/pods", "main li"),
    "unknown": ("/there/is/nothing", "main h1, main h2"),
}

SPEAKS = """\
format = 1
recipe = "script"
name = "done"

[settings]
source = "inline"
script = '''
#!/usr/bin/env python3
import os, wave
os.mkdir("samples")
with wave.open("samples/hello.wav", "wb") as sound:
    sound.setparams((1, 2, 8000, 0, "NONE", ""))
    sound.writeframes(bytes(range(200)) * 80)
for step in range(1, 21):
    print(f"step {step}/20 loss: {1 / step}")
print("it has ended")
'''
samples = ["samples/*.wav"]

[compute]
name = "runpod"
"""

DEVICES: dict[str, Any] = {
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
SMALLEST = 320  # pixels; WCAG's reflow


@pytest.fixture(scope="module")
def jobs(browser: Browser, served: Site) -> Iterator[dict[str, str]]:
    """Addresses of one that trains and of one that has ended, both with a pod."""
    page = watched(browser.new_context())
    page.goto(served.url)
    enter(page, served)
    found = {}
    for name, text, says in (
        ("running", TRAINS, "loss: 0.5"),
        ("done", SPEAKS, "it has ended"),
    ):
        bring(page, text)
        start(page)
        logged(page, says)
        found[name] = page.url.partition("#")[2]
    page.context.close()
    yield found
    for pod in served.caller.listed():
        served.caller.http.delete(f"/v2/pods/{pod}")


def test_no_view_is_forgotten_here() -> None:
    router = (SOURCES / "lib/router.svelte.ts").read_text()
    steps = (SOURCES / "pages/new/steps.ts").read_text()
    pages = set(re.findall(r'\| \{ page: "(\w+)"', router))
    assert {"jobs", "new", "job"} < pages
    wanted = pages - {"new"}
    wanted |= {f"job: {tab}" for tab in listed(router, "tabs")}
    wanted |= {f"new: {step}" for step in listed(steps, "STEPS")}
    assert wanted <= VIEWS.keys()


def listed(source: str, name: str) -> list[str]:
    """The words of a constant list."""
    found = re.search(rf"const {name} = \[([^\]]+)\] as const", source)
    assert found
    return re.findall(r'"(\w+)"', found[1])


def show(page: Page, jobs: dict[str, str], view: str) -> None:
    path, shows = VIEWS[view]
    page.evaluate("address => location.hash = address", f"#{path.format(**jobs)}")
    expect(page.locator(shows).first).to_be_visible(timeout=SOON)
    if view == "new: what":
        page.get_by_role("radio", name="Piper").check()  # the other steps are about it
    expect(page.locator("main .animate-late")).to_have_count(0, timeout=SOON)  # skeletons


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_is_open_to_everyone(
    theme: str, device: str, browser: Browser, served: Site, jobs: dict[str, str]
) -> None:
    looks = {"color_scheme": theme, "reduced_motion": "reduce", **DEVICES[device]}
    context = browser.new_context(**looks)
    page = watched(context)
    page.goto(served.url)
    expect(page.get_by_label("RunPod key")).to_be_focused()
    for summary in page.locator("summary").all():
        summary.click()
    is_fine(page, "keys", device)
    enter(page, served)
    for view in VIEWS:
        show(page, jobs, view)
        is_fine(page, view, device)
    assert wrong(page) == []
    context.close()


def is_fine(page: Page, view: str, device: str) -> None:
    assert {view: violations(page)} == {view: []}
    if device == "wide":
        return
    for width in (PHONE["width"], SMALLEST):
        page.set_viewport_size({**PHONE, "width": width})
        fits = partial(page.evaluate, WIDE, width)
        wait_for(fits, what=f"that “{view}” fits into {width} pixels")  # charts follow
    page.set_viewport_size(PHONE)
    assert {view: page.evaluate(SMALL)} == {view: []}


WIDE = "width => document.documentElement.scrollWidth === width"

# What a finger may miss.
SMALL = """() => [...document.querySelectorAll("main button, main summary, nav a, nav button")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24)
  .map((each) => each.getAttribute("aria-label") ?? each.textContent.trim())"""


def test_a_newcomer_needs_no_mouse(browser: Browser, served: Site) -> None:
    """From the key to the end of the pod, by keys that every keyboard has."""
    before = served.caller.listed()
    context = browser.new_context()
    page = watched(context)
    page.goto(served.url)
    press = page.keyboard.press
    expect(page.get_by_label("RunPod key")).to_be_focused()
    page.keyboard.type(served.practice.key())
    press("Enter")
    go_to(page, page.get_by_role("link", name="New job").first)
    press("Enter")
    recipes = page.get_by_role("radiogroup", name="Recipe").get_by_role("radio")
    script = recipes.and_(page.get_by_role("radio", name="Your own script"))
    go_to(page, recipes.first)
    for _ in recipes.all()[1:]:
        if not script.is_checked():
            press("ArrowDown")
    expect(script).to_be_checked()
    for at, step in enumerate(("Settings", "Where", "Start"), 2):
        go_to(page, page.get_by_role("button", name=f"Continue to {step}"))
        press("Enter")
        expect(page.locator("#step-title")).to_contain_text(f"Step {at} of 4")
    expect(page.get_by_text("Tried first")).to_be_visible(timeout=SOON)
    go_to(page, page.get_by_role("checkbox", name=re.compile("I understand")))
    press("Space")
    go_to(page, page.get_by_role("button", name="Start the job"))
    press("Enter")
    expect(page).to_have_url(re.compile(r"#/jobs/.+"), timeout=SOON)
    logged(page, "step 40/40")
    go_to(page, page.get_by_role("button", name="I have all I need: end the pod"))
    press("Enter")
    dialog = page.get_by_role("dialog")
    go_to(page, dialog.get_by_role("button", name="End the pod"))
    press("Enter")
    expect(page.get_by_role("status").filter(has_text="done")).to_be_attached(timeout=SOON)
    assert served.caller.listed() == before
    assert wrong(page) == []
    context.close()


def go_to(page: Page, target: Locator) -> None:
    """By Tab; what has the focus on the way there is seen to have it."""
    target.wait_for()
    for _ in range(60):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"Tab doesn't lead to {target}")


# The page itself may have the focus, between its last element and its first.
SEEN = """() => {
  const each = document.activeElement;
  const outlined = (one) => getComputedStyle(one).outlineStyle !== "none";
  return each === document.body || outlined(each) || outlined(each.closest("label, .control") ?? each);
}"""
