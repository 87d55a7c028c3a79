"""`tuneyard site`: what is said of a site that is built and tried."""

import contextlib
import json
from pathlib import Path

import httpx
import pytest

import sites
from cli.calling import Tuneyard
from fakes.runpod import FakeRunPod
from tuneyard.site import build as module
from tuneyard.site import data
from tuneyard.site.hosts import Hosts


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page as installed, in a Tuneyard without recipes."""

    def made(hosts: Hosts) -> dict[str, bytes]:
        return {"site.json": json.dumps({"hosts": hosts.as_json()}).encode()}

    place = tmp_path / "page"
    place.mkdir()
    (place / "index.html").write_text(sites.PAGE)
    monkeypatch.setattr(module, "installed", lambda: place)
    monkeypatch.setattr(data, "made", made)
    return place


@pytest.mark.usefixtures("static")
def test_a_site_is_built_and_tried(tuneyard: Tuneyard, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    ran = tuneyard("site", "build", folder)
    assert ran.code == 0, ran.err
    assert f"The site is in {folder}: 4 files, 0.0 MB." in ran.out
    assert f"tuneyard site serve {folder}" in ran.out
    with sites.served(folder) as url:
        assert httpx.get(url).text == sites.PAGE


@pytest.mark.usefixtures("static")
def test_hosts_are_named_at_build(tuneyard: Tuneyard, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    ran = tuneyard(
        *("site", "build", folder, "--runpod", "http://127.0.0.1:9/", "--no-pass-through"),
        *("--proxy", "http://127.0.0.1:9/proxy/{pod}/{port}", "--hub", "https://hub.example"),
        *("--files", "https://a.example", "--files", "https://b.example", "--path", "/sub/"),
        *("--root", "/srv/site"),
    )
    assert ran.code == 0, ran.err
    config = (folder / "nginx.conf").read_text()
    asked = "http://127.0.0.1:9 https://hub.example https://a.example"
    assert f"connect-src 'self' {asked} https://b.example;" in config
    assert "location /sub/ {" in config
    assert 'set $site "/srv/site";' in config
    assert json.loads((folder / "site.json").read_text())["hosts"]["runpod"] == "http://127.0.0.1:9"


@pytest.mark.usefixtures("static")
def test_what_cant_be_is_said(tuneyard: Tuneyard, tmp_path: Path) -> None:
    ran = tuneyard("site", "build", tmp_path / "site", "--runpod", "api.runpod.io")
    assert ran.code == 2
    assert "--runpod has to be an address such as https://api.runpod.io." in ran.err
    assert tuneyard("site", "build", tmp_path).code == 2  # the page lies in it
    ran = tuneyard("site", "serve", tmp_path)
    assert ran.code == 2
    assert f"There is no site in {tmp_path}." in ran.err


@pytest.mark.usefixtures("static")
def test_a_port_that_is_taken_is_said(tuneyard: Tuneyard, tmp_path: Path) -> None:
    folder = sites.make(tmp_path / "site", Hosts(passes=False))
    with sites.served(folder) as url:
        ran = tuneyard("site", "serve", folder, "--port", httpx.URL(url).port)
    assert ran.code == 2
    assert "can't be used" in ran.err
    assert "--port 0" in ran.err


def test_others_are_not_answered(tmp_path: Path) -> None:
    """A page elsewhere whose name leads here is no page of ours."""
    with sites.served(sites.make(tmp_path / "site", Hosts())) as url:
        assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 400


def test_it_ends_though_somebody_follows_a_log(tmp_path: Path) -> None:
    with FakeRunPod() as runpod:
        runpod.keys.add(sites.KEY)
        pod = runpod.rent(cost=0.5)
        site = sites.make(tmp_path / "site", Hosts(runpod=runpod.url))
        with contextlib.ExitStack() as following, sites.served(site) as url:
            page = following.enter_context(sites.page(url))
            page.headers["Authorization"] = f"Bearer {sites.KEY}"
            logs = page.stream("GET", f"/runpod/v2/pods/{pod.id}/logs")
            assert following.enter_context(logs).status_code == 200
