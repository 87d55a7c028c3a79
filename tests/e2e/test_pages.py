"""Every page in both themes and sizes: open to everyone, nothing broken, nothing cut off."""

import contextlib
import re
import shutil
from collections.abc import Iterator

import pytest
from home import GPU, Home
from playwright.sync_api import Browser, Page, Route, expect

from e2e.browsing import App, violations, visit
from tuneyard.runner import masking
from tuneyard.runner.folder import JobFolder, read_json, write_json

pytestmark = pytest.mark.browser

SOON = 60_000  # milliseconds

# Of each page: where it is, and what is there when it shows what it is about.
PAGES = {
    "jobs": ("/jobs", "main a[href^='/jobs/']"),
    "no job fits": ("/jobs?text=nothing-is-called-so", "main h2"),
    "new: what": ("/new", "main [role=radio], main input[type=radio]"),
    "new: data": ("/new?step=data", "#step-title"),
    "new: settings": ("/new?step=settings", "#step-title"),
    "new: where": ("/new?step=where", "#step-title"),
    "new: start": ("/new?step=start", "#step-title"),
    "log": ("/jobs/{running}/log", ".xterm-rows"),
    "charts": ("/jobs/{done}/charts", "canvas"),
    "samples": ("/jobs/{done}/samples", "main table, main canvas"),
    "files": ("/jobs/{done}/files", "main h2"),
    "settings of a job": ("/jobs/{done}/settings", "main h2"),
    "failed": ("/jobs/{failed}", ".xterm-rows"),
    "lost": ("/jobs/{lost}", ".xterm-rows"),
    "waits for a secret": ("/jobs/{waits-for-secret}", "main form, main input"),
    "waits for a GPU": ("/jobs/{queued}", "main h1"),
    "no such job": ("/jobs/20200101-000000-gone", "main h1, main h2"),
    "settings": ("/settings", "#secrets h3"),
    "computer": ("/computer", "#disk h3, #disk li"),
    "pods": ("/pods", "main h2"),
    "nothing": ("/there/is/nothing", "main h1, main h2"),
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, Home]]:
    """A server of a home with jobs in every state."""
    place = tmp_path_factory.mktemp("pages")
    made = Home.make(place / "home", None, gpu=True)
    with contextlib.closing(made), App(made.path, {"TUNEYARD_GPUS": GPU}) as app:
        yield app, made
    shutil.rmtree(place)


def go(page: Page, app: App, home: Home, name: str) -> None:
    path, shows = PAGES[name]
    for what, job in home.jobs.items():
        path = path.replace(f"{{{what}}}", job)
    page.goto(app.url + path)
    expect(page.locator(shows).first).to_be_visible(timeout=SOON)
    expect(page.locator("main .animate-late")).to_have_count(0, timeout=SOON)  # skeletons


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_went_wrong(
    theme: str, browser: Browser, full: tuple[App, Home]
) -> None:
    page = visit(browser, full[0], color_scheme=theme, reduced_motion="reduce")
    for name in PAGES:
        go(page, *full, name)
        assert {name: violations(page)} == {name: []}
        assert {name: page.wrong} == {name: []}  # type: ignore[attr-defined]


def test_on_a_phone_no_page_is_wider_than_its_screen(
    browser: Browser, full: tuple[App, Home]
) -> None:
    screen = {"width": 390, "height": 844}
    page = visit(browser, full[0], viewport=screen, has_touch=True, is_mobile=True)
    for name in PAGES:
        go(page, *full, name)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert {name: wide <= screen["width"]} == {name: True}
        small = page.evaluate(
            """() => [...document.querySelectorAll("main button, main summary, nav a")]
                .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 24)
                .map((each) => each.getAttribute("aria-label") ?? each.textContent.trim())"""
        )
        assert {name: small} == {name: []}


def test_a_page_can_be_used_with_the_keyboard_alone(
    browser: Browser, full: tuple[App, Home]
) -> None:
    page = visit(browser, full[0])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/new"))
    expect(page.locator("main input[type=radio]").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{full[0].url}/jobs")
    expect(page.get_by_role("searchbox")).to_be_visible(timeout=SOON)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("loud")
    expect(page.get_by_role("link", name=re.compile("^made-up-loud-voice"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("half-voice"))).to_have_count(0)
    page.keyboard.press("Tab")  # to the choice of a recipe
    page.keyboard.press("Tab")  # and out of what one types in
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_menu_of_a_job_is_seen_whole_over_the_rows_below(
    browser: Browser, full: tuple[App, Home]
) -> None:
    page = visit(browser, full[0])
    page.get_by_role("button", name="More for made-up-quiet-voice").click()
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    items = menu.get_by_role("menuitem").all()
    assert len(items) > 2
    for item in items:
        item.click(trial=True)  # fails where something else is in front of it


def test_signed_out_it_says_how_to_get_in(browser: Browser, full: tuple[App, Home]) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{full[0].url}/jobs")
    expect(page.get_by_text("./launch")).to_be_visible(timeout=SOON)
    assert violations(page) == []
    page.goto(f"{full[0].url}/#open=not-the-token")
    expect(page.get_by_text("no longer valid")).to_be_visible(timeout=SOON)
    assert "not-the-token" not in page.url


SCRIPT = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
SECRET = "hf_CanaryThatNobodyMayEverRead"


@pytest.fixture
def hostile(full: tuple[App, Home]) -> Iterator[JobFolder]:
    """A job whose every text is somebody else's, and whose trainer printed its token."""
    folder = JobFolder(full[0].home / "jobs" / "20261101-000000-hostile")
    folder.make()
    settings = {**read_json(JobFolder(full[0].home / "jobs" / full[1].jobs["done"]).job)}
    write_json(folder.job, {**settings, "id": folder.id, "name": SCRIPT})
    cause = {"code": "x", "sentence": SCRIPT, "next_step": SCRIPT, "lines": [SCRIPT]}
    write_json(
        folder.state, {"state": "failed", "attempt": 1, "cause": cause, "started": 1, "ended": 2}
    )
    write_json(folder.attempt(1), {"created": 1.0})
    folder.log.write_text(
        f"{SCRIPT}\n\x1b]0;hacked\x07\x1b]8;;javascript:window.hacked=1\x07here\x1b]8;;\x07\n"
        f"\x1b]52;c;aGFja2Vk\x07HF_TOKEN={SECRET}\nthe last line\n"
    )
    masking.remember(folder.masks, [SECRET])
    (folder.outputs / f"{SCRIPT.replace('/', '')}.txt").write_text("x")
    (folder.outputs / "page.html").write_text(SCRIPT)
    yield folder
    shutil.rmtree(folder.path)


def test_what_others_wrote_is_text_and_a_printed_token_is_stars(
    browser: Browser, full: tuple[App, Home], hostile: JobFolder
) -> None:
    page = visit(browser, full[0])
    for tab in ("log", "files", "settings", "samples", "charts"):
        page.goto(f"{full[0].url}/jobs/{hostile.id}/{tab}")
        expect(page.get_by_role("heading", name=SCRIPT)).to_be_visible(timeout=SOON)
        if tab == "log":
            expect(page.get_by_text("the last line").first).to_be_visible(timeout=SOON)
            expect(page.get_by_text("*" * len(SECRET)).first).to_be_visible()
        if tab == "files":
            expect(page.get_by_text("page.html").first).to_be_visible(timeout=SOON)
        assert SECRET not in page.content()
        assert page.evaluate("window.hacked") is None
        assert page.title().endswith("Tuneyard")
    page.goto(f"{full[0].url}/jobs")
    expect(page.get_by_text(SCRIPT, exact=True).first).to_be_visible(timeout=SOON)
    assert page.evaluate("window.hacked") is None
    assert page.wrong == []  # type: ignore[attr-defined]


def test_whoever_leaves_a_new_job_while_it_loads_stays_away(
    browser: Browser, full: tuple[App, Home]
) -> None:
    page = visit(browser, full[0])
    expect(page.get_by_role("searchbox")).to_be_visible(timeout=SOON)
    held: list[Route] = []
    page.route("**/api/profiles", lambda route: held.append(route))  # noqa: PLW0108 - it is bound
    with page.expect_request("**/api/profiles"):
        page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/new"))
    page.keyboard.press("g")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{full[0].url}/jobs")
    with page.expect_response("**/api/profiles"):
        held[0].continue_()
    expect(page.get_by_role("searchbox")).to_be_visible(timeout=SOON)
    page.wait_for_load_state("networkidle")
    expect(page).to_have_url(f"{full[0].url}/jobs")
