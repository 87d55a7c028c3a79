"""Signing in and out, over the whole app."""

from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from server.guarded import Guarded
from tuneyard.server.keys import SESSION

PASSWORD = "a long enough password"


@pytest.fixture
def server(home: Path) -> Guarded:
    return Guarded(home)


@pytest.fixture
def closed(home: Path) -> Guarded:
    """One that has a password."""
    return Guarded(home, PASSWORD)


def cookie_of(answer: Response) -> "Morsel[str]":
    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return cookie


def refusal(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in answer.headers
    found: dict[str, Any] = answer.json()
    return found


def test_who_is_signed_out_learns_no_more_than_that(server: Guarded, closed: Guarded) -> None:
    server.app.state.context.practice = True
    out = {"signed_in": False, "practice": False}
    assert server.browser().get("/api/session").json() == {**out, "password": False}
    assert closed.browser().get("/api/session").json() == {**out, "password": True}


def test_a_page_learns_that_it_is_a_rehearsal(server: Guarded) -> None:
    page = server.browser(signed_in=True)
    assert not page.get("/api/session").json()["practice"]
    server.app.state.context.practice = True
    assert page.get("/api/session").json()["practice"]


def test_the_token_opens_a_session(server: Guarded) -> None:
    page = server.browser()
    assert page.get("/api/jobs").status_code == 401
    answer = page.post("/api/session", json={"token": server.keys.token})
    assert (answer.status_code, answer.content) == (204, b"")
    assert page.get("/api/session").json()["signed_in"]
    assert page.get("/api/jobs").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(server: Guarded) -> None:
    answer = server.browser().post("/api/session", json={"token": server.keys.token})
    cookie = cookie_of(answer)
    assert cookie.key == server.keys.cookie
    assert server.keys.is_session(cookie.value)
    assert server.keys.token not in answer.headers["set-cookie"]
    assert cookie["httponly"]
    assert not cookie["secure"]
    assert cookie["samesite"] == "strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(SESSION)


def test_over_https_it_stays_on_https(server: Guarded) -> None:
    page = server.browser(url="https://127.0.0.1:8400")
    answer = page.post("/api/session", json={"token": server.keys.token})
    assert cookie_of(answer)["secure"]


def test_the_link_that_a_browser_is_started_with_opens_one_session(server: Guarded) -> None:
    once = server.keys.once()
    assert server.browser().post("/api/session", json={"token": once}).status_code == 204
    again = refusal(server.browser().post("/api/session", json={"token": once}), 401)
    assert again["code"] == "wrong-link"
    assert "`tuneyard serve`" in again["next_step"]


def test_the_password_opens_a_session(closed: Guarded) -> None:
    page = closed.browser()
    assert page.post("/api/session", json={"password": PASSWORD}).status_code == 204
    assert page.get("/api/jobs").status_code == 200


def test_without_a_password_none_is_right(server: Guarded) -> None:
    for given in ("", PASSWORD, server.keys.token):
        answer = server.browser().post("/api/session", json={"password": given})
        assert refusal(answer, 401)["code"] == "no-password"


def test_too_many_wrong_passwords_make_others_wait(closed: Guarded) -> None:
    page = closed.browser()
    for _ in range(3):
        answer = page.post("/api/session", json={"password": "wrong"})
        found = refusal(answer, 401)
        assert (found["code"], found["field"]) == ("wrong-password", "password")
    for given in ("wrong", PASSWORD):
        answer = page.post("/api/session", json={"password": given})
        assert refusal(answer, 429)["code"] == "too-many-tries"
        assert answer.headers["retry-after"] == "1"
        assert "1 s" in answer.json()["next_step"]
    link = {"token": closed.keys.token}
    assert page.post("/api/session", json=link).status_code == 204  # the link needs no guessing


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": "x" * 43, "password": PASSWORD},
        {"token": None},
        {"token": 7},
        {"token": "x" * 201},
        {"tokn": "x"},
        [],
        "x",
    ],
    ids=str,
)
def test_anything_else_is_wrong_input_and_is_not_repeated(body: Any, closed: Guarded) -> None:
    answer = closed.browser().post("/api/session", json=body)
    refusal(answer, 422)
    assert PASSWORD not in answer.text
    assert "xxx" not in answer.text


@pytest.mark.parametrize(
    "token", ["", "wrong", "ünïcode", "\udc00".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_a_wrong_link_opens_nothing(token: str, closed: Guarded) -> None:
    found = refusal(closed.browser().post("/api/session", json={"token": token}), 401)
    assert found["code"] == "wrong-link"


def test_another_site_signs_nobody_in(server: Guarded) -> None:
    page = server.browser()
    evil = {"Origin": "http://evil.example"}
    body = {"token": server.keys.token}
    assert refusal(page.post("/api/session", json=body, headers=evil), 403)["code"] == "origin"


def test_signing_out_ends_this_browsers_session(server: Guarded) -> None:
    page = server.browser()
    page.post("/api/session", json={"token": server.keys.token})
    answer = page.delete("/api/session")
    assert (answer.status_code, answer.content) == (204, b"")
    assert cookie_of(answer)["max-age"] == "0"
    assert cookie_of(answer)["path"] == "/"
    assert not page.get("/api/session").json()["signed_in"]
    assert page.get("/api/jobs").status_code == 401


def test_a_session_outlives_the_server(home: Path) -> None:
    before, after = Guarded(home).browser(signed_in=True), Guarded(home).browser()
    after.cookies = before.cookies
    assert after.get("/api/session").json()["signed_in"]


def test_a_new_password_signs_everybody_out(home: Path, closed: Guarded) -> None:
    before = closed.browser(signed_in=True)
    assert before.get("/api/session").json()["signed_in"]
    after = Guarded(home, f"another {PASSWORD}").browser()
    after.cookies = before.cookies
    assert not after.get("/api/session").json()["signed_in"]


def test_servers_of_two_homes_dont_disturb_each_other(tmp_path: Path) -> None:
    """They are on one host, by two ports, which cookies don't know."""
    one, other = Guarded(tmp_path / "one"), Guarded(tmp_path / "other")
    page = one.browser(signed_in=True)
    page.cookies.set(other.keys.cookie, other.keys.session(), domain="127.0.0.1")
    assert page.get("/api/session").json()["signed_in"]
    both = other.browser()
    both.cookies = page.cookies
    assert both.get("/api/session").json()["signed_in"]


def test_a_script_with_the_token_is_signed_in(server: Guarded) -> None:
    with server.script() as script:
        assert script.get("/api/session").json()["signed_in"]
        assert script.get("/api/jobs").status_code == 200
