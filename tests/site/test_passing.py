"""The site's own way to RunPod: for its own page alone, and nothing of it stays."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import sites
from fakes.runpod import A_POD, FakeRunPod, Fault
from sites import KEY
from tuneyard.site.hosts import Hosts

PODS = "/runpod/v2/pods"


@pytest.fixture
def asked(runpod: FakeRunPod) -> FakeRunPod:
    """The same, having been asked nothing yet."""
    runpod.asked.clear()
    runpod.faults.requests.clear()
    return runpod


@pytest.fixture
def browser(url: str) -> Iterator[httpx.Client]:
    """The page's, with a key."""
    with sites.page(url) as page:
        page.headers["Authorization"] = f"Bearer {KEY}"
        yield page


def test_it_says_that_it_is_there(url: str) -> None:
    answer = httpx.get(f"{url}/runpod/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"


def test_a_pod_is_rented_looked_at_and_ended(browser: httpx.Client, asked: FakeRunPod) -> None:
    made = browser.post(PODS, json={**A_POD, "disk": 20})
    assert made.status_code == 201, made.text
    pod = made.json()["id"]
    assert pod in [each["id"] for each in browser.get(PODS).json()["pods"]]
    assert browser.get(f"{PODS}/{pod}").json()["name"] == A_POD["name"]
    balance = browser.post("/runpod/graphql", json={"query": "query { myself { clientBalance } }"})
    assert balance.json()["data"]["myself"]["clientBalance"] > 0
    gpus = browser.get("/runpod/v2/catalog/gpus?include=AVAILABILITY&product=POD&count=1")
    assert gpus.json()["gpus"][0]["availability"]
    assert browser.delete(f"{PODS}/{pod}").status_code == 204
    assert browser.get(f"{PODS}/{pod}").status_code == 404
    assert [each.mistake for each in asked.asked] == [""] * 7


def test_lines_come_as_they_are_said(browser: httpx.Client, runpod: FakeRunPod) -> None:
    """Through whatever stands between: a stream that is collected first would never end here."""
    pod = runpod.rent(cost=0.5)
    pod.log.add("container", "first")
    with browser.stream("GET", f"{PODS}/{pod.id}/logs?tail=10") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert any('"first"' in line for line in lines)
        pod.log.add("container", "second")
        assert any('"second"' in line for line in lines)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_no_other_page_is_answered(url: str, asked: FakeRunPod, headers: dict[str, str]) -> None:
    given = {**headers, "Authorization": f"Bearer {KEY}"}
    refused = httpx.get(f"{url}{PODS}", headers=given)
    assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")
    assert refused.headers["cross-origin-resource-policy"] == "same-origin"
    assert httpx.post(f"{url}{PODS}", headers=given, json=dict(A_POD)).status_code == 403
    preflight = httpx.options(f"{url}{PODS}", headers=given)
    assert preflight.status_code in {403, 405}
    assert "access-control-allow-origin" not in preflight.headers
    assert list(asked.asked) == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "{url}"}, {"Origin": "https{rest}"}]
)
def test_its_own_page_is_known_by_either_sign(url: str, headers: dict[str, str]) -> None:
    """Behind a proxy of its own that speaks HTTPS, too."""
    rest = url.removeprefix("http")
    said = {name: text.format(url=url, rest=rest) for name, text in headers.items()}
    given = {**said, "Authorization": f"Bearer {KEY}", "User-Agent": "Mozilla/5.0"}
    assert httpx.get(f"{url}{PODS}", headers=given).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/runpod/v2/account/ssh-keys"),
        ("PUT", "/runpod/v2/account/ssh-keys"),
        ("GET", "/runpod/v2/billing/pods"),
        ("PATCH", "/runpod/v2/pods/abc"),
        ("DELETE", "/runpod/v2/pods"),
        ("GET", "/runpod/v2/pods/abc/action"),
        ("GET", "/runpod/v2/pods/"),
        ("GET", "/runpod/v2/pods/a/../../account/ssh-keys"),
        ("GET", "/runpod/v2/pods/a%2F..%2F..%2Fbilling"),
        ("GET", "/runpod/v2/pods%0d%0aX: y"),
        ("GET", "/runpod/graphql"),
        ("GET", "/runpod/https://evil.example/"),
        ("GET", "/runpod//evil.example/v2/pods"),
    ],
)
def test_nothing_else_is_passed_on(
    browser: httpx.Client, asked: FakeRunPod, method: str, path: str
) -> None:
    assert browser.request(method, path).status_code in {400, 404, 405}
    assert [each.path for each in asked.asked if each.path != "/v2/pods"] == []


def test_cookies_and_what_speaks_for_the_host_stay_out(
    browser: httpx.Client, asked: FakeRunPod
) -> None:
    theirs = {
        "Set-Cookie": "canary=1",
        "Access-Control-Allow-Origin": "*",
        "Clear-Site-Data": '"*"',
        "Cache-Control": "public, max-age=9",
        "Content-Security-Policy": "default-src *",
        "Report-To": "{}",
        "X-Accel-Redirect": "/index.html",
        "RateLimit": '"minute";r=1;t=1',
        "Retry-After": "7",
        "Content-Type": "application/json",
    }
    asked.faults += [Fault(429, b'{"detail":"slower"}', theirs)]
    given = {"Cookie": "session=canary", "Referer": "https://a.example/canary", "X-Other": "canary"}
    answer = browser.get(PODS, headers=given)
    assert (answer.status_code, answer.json()) == (429, {"detail": "slower"})
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["ratelimit"] == theirs["RateLimit"]
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers.get_list("content-security-policy") == [
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    ]
    withheld = {"set-cookie", "access-control-allow-origin", "clear-site-data", "report-to"}
    assert withheld & set(answer.headers) == set()
    (passed,) = asked.asked
    own = {"host", "authorization", "user-agent", "accept"}
    assert {name.lower() for name in passed.headers} == own
    assert passed.headers["host"] == httpx.URL(asked.url).netloc.decode()


def test_a_wrong_key_is_told_in_runpods_own_words(browser: httpx.Client) -> None:
    answer = browser.get(PODS, headers={"Authorization": "Bearer rpa_wrong"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "invalid bearer token")


def test_what_is_too_large_is_not_taken(browser: httpx.Client, asked: FakeRunPod) -> None:
    assert browser.post(PODS, content=b"x" * 131_073).status_code == 413
    assert list(asked.asked) == []
    assert browser.post(PODS, content=b"x" * 102_401).status_code == 413  # RunPod's own limit
    assert len(asked.asked) == 1


def test_nothing_is_asked_twice(browser: httpx.Client, asked: FakeRunPod) -> None:
    """An answer that is lost may have rented a pod."""
    from tuneyard.compute.runpod.practice.faults import Wrong

    asked.faults += [Wrong("create", lost="drop", times=9)]
    assert browser.post(PODS, json=dict(A_POD)).status_code == 502
    assert len(asked.asked) == 1


class TestNothingStays:
    """In no file of nginx, wherever that may be."""

    pytestmark = pytest.mark.nginx

    def visit(self, server: sites.Nginx, body: dict[str, Any]) -> None:
        with sites.page(server.url) as page:
            page.headers["Authorization"] = f"Bearer {KEY}"
            page.get("/")
            page.get(PODS)
            page.post(PODS, json=body)
            page.post(PODS, content=b"canary" * 30_000)
            page.get(f"{PODS}/canary/nothing")
            page.post("/runpod/graphql?api_key=canary", json=body)
            foreign = {"Origin": "https://evil.example"}
            page.post(PODS, json=body, headers=foreign)

    def test_of_a_visit(self, site: Path, tmp_path: Path, asked: FakeRunPod) -> None:
        with sites.Nginx(site, tmp_path / "nginx").running() as server:
            self.visit(server, {**A_POD, "env": {"HF_TOKEN": "hf_canary" * 4000}})
            assert len(asked.asked) == 3
            assert b'"GET / HTTP/1.1" 200' in server.kept()  # it does note what it may
            assert b"canary" not in server.kept()

    def test_where_runpod_cant_be_reached(self, tmp_path: Path) -> None:
        site = sites.make(tmp_path / "site", Hosts(runpod="http://127.0.0.1:9"))
        with sites.Nginx(site, tmp_path / "nginx").running() as server:
            self.visit(server, {"canary": "x" * 60_000})
            with sites.page(server.url) as page:
                assert page.get(PODS).status_code == 502
            assert b"canary" not in server.kept()


def test_a_site_without_it_has_none(tmp_path: Path) -> None:
    site = sites.make(tmp_path / "site", Hosts(passes=False))
    assert json.loads((site / "site.json").read_text())["hosts"]["pass"] == ""
    assert "proxy_pass" not in (site / "nginx.conf").read_text()
    with sites.served(site) as url:
        assert httpx.get(f"{url}/runpod/").status_code == 404
