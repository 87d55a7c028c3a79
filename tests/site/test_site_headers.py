"""What browsers are told with each file, by both servers."""

import httpx
import pytest

import sites
from tuneyard.strictness import EVERYWHERE

KINDS = {
    "/": "text/html; charset=utf-8",
    "/index.html": "text/html; charset=utf-8",
    "/site.json": "application/json",
    "/theme.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
    "/assets/index-0123abcd.js": "text/javascript; charset=utf-8",
    "/assets/index-0123abcd.css": "text/css; charset=utf-8",
    "/programs/piper-0123456789ab.txt": "text/plain; charset=utf-8",
    f"/programs/{sites.RECIPE}.bz2": "application/octet-stream",
}
FOR_GOOD = ("/assets/", "/programs/")
REFUSED = (
    "/nothing",
    "/assets/nothing-0123abcd.js",
    "/nginx.conf",
    "/README.md",
    "/assets/",
    "/assets/../nginx.conf",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2fnginx.conf",
)


@pytest.mark.parametrize("path", [*KINDS, *REFUSED])
def test_the_policy_names_the_hosts_of_the_build_and_no_other(url: str, path: str) -> None:
    found = sites.policy(httpx.get(f"{url}{path}"))
    runpod = next(host for host in found["connect-src"] if host.startswith("http://127.0.0.1"))
    pods, hub = "https://*.proxy.runpod.net", ["https://huggingface.co", "https://*.hf.co"]
    assert found == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "blob:", pods],
        "media-src": ["'self'", "blob:", pods],
        "connect-src": ["'self'", runpod, pods, *hub],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["svelte-trusted-html"],
    }


@pytest.mark.parametrize(("path", "kind"), KINDS.items())
def test_each_file_has_its_type_and_is_kept_as_it_may_be(url: str, path: str, kind: str) -> None:
    answer = httpx.get(f"{url}{path}")
    assert answer.status_code == 200
    assert answer.text == sites.FILES.get(path.strip("/") or "index.html", answer.text)
    assert answer.headers["content-type"].partition(";")[0] == kind.partition(";")[0]
    if kind.startswith("text"):
        assert answer.headers["content-type"].lower() == kind
    kept = "public, max-age=31536000, immutable" if path.startswith(FOR_GOOD) else "no-cache"
    assert answer.headers["cache-control"] == kept
    assert {name: answer.headers[name] for name in EVERYWHERE} == dict(EVERYWHERE)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", REFUSED)
def test_nothing_else_is_answered_and_no_refusal_is_kept_for_good(url: str, path: str) -> None:
    answer = httpx.get(f"{url}{path}")
    assert answer.status_code in {400, 403, 404}
    assert "max-age" not in answer.headers.get("cache-control", "")
    assert "server {" not in answer.text
    assert "root:" not in answer.text


def test_what_didnt_change_is_not_sent_again(url: str) -> None:
    first = httpx.get(f"{url}/site.json")
    again = httpx.get(f"{url}/site.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_can_be_changed(url: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert httpx.request(method, f"{url}/index.html").status_code in {403, 405}
