"""A recipe that is too large for the request that rents a pod: the page sends it after that."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.visiting import SOON, Site, bring, enter, give_key, start, wrong
from pictures import pictures

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

JOB = """\
format = 1
recipe = "diffusion-pipe"
name = "kettles"

[settings]
model = "sdxl"
checkpoint_path = "hf:me/models/one.safetensors"

[[settings.directories]]
path = "hf:me/kettles"

[compute]
name = "runpod"
"""
SAID = "The recipe itself travels after the pod has started: keep this page open until then."
PIECE = re.compile(r"/programs/[0-9a-f]{64}\.bz2$")
# A rehearsed pod has no GPU: so says the recipe, once it is there.
PLANNED = "diffusion-pipe needs an NVIDIA GPU, and there is none."


@pytest.fixture(autouse=True)
def _hub(site: Site, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "kettles", (64, 64))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    site.hub.add("me/kettles", files, kind="dataset")
    site.hub.add("me/models", {"one.safetensors": b"weights"})


def test_the_page_sends_it_and_says_so_before(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, JOB)
    expect(page.get_by_text(SAID).first).to_be_visible(timeout=SOON)
    start(page)
    expect(page.get_by_text(PLANNED).first).to_be_visible(timeout=SOON)
    assert wrong(page) == []


def test_a_page_that_was_reloaded_before_sends_it(page: Page, site: Site) -> None:
    enter(page, site)
    bring(page, JOB)
    page.route(PIECE, lambda _: None)  # no answer comes, until the page is reloaded
    with page.expect_request(PIECE, timeout=SOON):
        start(page)
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    give_key(page, site.practice.key())
    expect(page.get_by_text(PLANNED).first).to_be_visible(timeout=SOON)
