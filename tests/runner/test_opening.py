import io
import urllib.request

import pytest

from tuneyard.runner import opening

HERE = "https://here.example/a"


def redirected(url: str, newurl: str) -> urllib.request.Request:
    headers = {**opening.bearer("hf_canary"), "Cookie": "x=y", "Range": "bytes=7-"}
    asked = opening.request(url, headers, method="HEAD")
    found = opening.Redirects().redirect_request(asked, io.BytesIO(), 302, "", {}, newurl)
    assert found
    return found


@pytest.mark.parametrize("url", ["https://here.example/b", "https://HERE.example:443/b"])
def test_a_credential_goes_along_within_its_origin(url: str) -> None:
    found = redirected(HERE, url)
    assert found.headers["Authorization"] == "Bearer hf_canary"
    assert (found.full_url, found.get_method()) == (url, "HEAD")


@pytest.mark.parametrize(
    ("url", "newurl"),
    [
        (HERE, "https://there.example/a"),
        (HERE, "https://here.example:444/a"),
        ("http://here.example/a", HERE),
        ("http://here.example/a", "http://here.example:81/a"),
    ],
)
def test_a_credential_stays_with_its_origin(url: str, newurl: str) -> None:
    found = redirected(url, newurl)
    assert not {"Authorization", "Cookie"} & found.headers.keys()
    assert found.headers["Range"] == "bytes=7-"  # all else goes along


@pytest.mark.parametrize("newurl", ["http://here.example/a", "file:///etc/passwd", "ftp://x/a"])
def test_what_isnt_safe_is_not_followed(newurl: str) -> None:
    answer = io.BytesIO()
    with pytest.raises(OSError, match="which isn't safe"):
        opening.Redirects().redirect_request(opening.request(HERE, {}), answer, 302, "", {}, newurl)
    assert answer.closed


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    shown = opening.shown("https://alice:hunter2@a.example:8/b/c%20d.ckpt?signature=x#y")
    assert shown == "https://a.example:8/b/c%20d.ckpt"
