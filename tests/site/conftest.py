"""A RunPod that isn't one, and a site in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import sites
from fakes.runpod import FakeRunPod
from tuneyard.site.hosts import Hosts


@pytest.fixture(scope="module")
def runpod() -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        runpod.keys.add(sites.KEY)
        yield runpod


@pytest.fixture(scope="module")
def site(runpod: FakeRunPod, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """At the top of its host."""
    return sites.make(tmp_path_factory.mktemp("site") / "site", Hosts(runpod=runpod.url))


@pytest.fixture(
    scope="module", params=[pytest.param("nginx", marks=pytest.mark.nginx), "tuneyard site serve"]
)
def url(
    request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where it is served: by nginx, and by our own server, which is to do the same."""
    if request.param == "nginx":
        with sites.Nginx(site, tmp_path_factory.mktemp("at") / "nginx").running() as server:
            yield server.url
    else:
        with sites.served(site) as address:
            yield address
