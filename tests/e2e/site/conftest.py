"""A site behind nginx, by the nginx.conf that it was built with; RunPod and the Hub are rehearsed."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

import sites
from compute.runpod.practice.calling import Caller, quick
from e2e.browsing import watched
from e2e.visiting import Site
from fakes.diffusion_pipe import making
from fakes.hub import FakeHub
from rented import seen_by_pods
from tuneyard.compute.runpod.practice.faults import Faults
from tuneyard.compute.runpod.practice.server import Practice
from tuneyard.site.build import build
from tuneyard.site.hosts import Hosts


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all: to pack what its pods run takes some ten seconds."""
    place = tmp_path_factory.mktemp("site")
    folder = place / "site"
    trainer = os.environ.get("TUNEYARD_TEST_TRAINER")
    scripted = place / "scripted"
    making.repository(scripted / "git", step_seconds=0.5)
    python = making.whole_python(scripted / "python", copied=True)
    seen = [seen_by_pods(each) for each in (trainer, str(python)) if each]
    kept = (str(scripted), *dict.fromkeys(path for paths in seen for path in paths))
    settings = quick(place / "practice", kept=kept)
    with FakeHub(place / "hub") as hub, Practice(settings, Faults(cors=True)) as practice:
        hosts = Hosts(practice.url, practice.proxy, hub.url, files=(hub.store,))
        build(folder, hosts)
        caller = Caller(practice)
        nginx = sites.Nginx(folder, place / "nginx")
        with caller.http, nginx.running():
            yield Site(nginx.url, folder, nginx.place, caller, hub, scripted)


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    yield served
    faults = served.practice.faults
    faults.cors = True
    faults.gpus = False
    faults.capacity.clear()
    faults.requests.clear()
    served.hub.faults.clear()
    for pod in served.caller.listed():
        served.caller.http.delete(f"/v2/pods/{pod}")


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", accept_downloads=True)
    page = watched(context)
    page.goto(site.url)
    yield page
    context.close()
