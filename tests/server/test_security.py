"""The rules before every request, at a stand-in for the app."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from server.asgi import HOST, ORIGIN, Answer, ask, knock
from tuneyard.server.keys import Keys
from tuneyard.server.security import Hosts, Security

TOKEN = "t" * 43
KEYS = Keys(TOKEN)
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COOKIE = {"Cookie": f"{KEYS.cookie}={KEYS.session()}"}
OWN = {"Origin": ORIGIN}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},  # its cookies are ours too: they know no ports
    {"Origin": "http://localhost:8400"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": f"http://{HOST}@evil.example"},
    {"Origin": "http://[::1"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", **OWN},
    {"Sec-Fetch-Site": "anything"},
]


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def parse(request: Request) -> PlainTextResponse:
    """As FastAPI does it: whatever goes wrong with the body is the sender's fault."""
    try:
        await request.body()
    except Exception:  # noqa: BLE001 - that is the point
        return PlainTextResponse("There was an error parsing the body", 400)
    return PlainTextResponse("fine")


async def stream(_: Request) -> StreamingResponse:
    async def forever() -> AsyncIterator[str]:
        while True:
            yield "more"
            await asyncio.sleep(0)

    return StreamingResponse(forever())


async def fail(_: Request) -> PlainTextResponse:
    raise ZeroDivisionError


async def live(socket: WebSocket) -> None:
    await socket.accept()


def guarded(hosts: Hosts | None = None, keys: Keys = KEYS) -> ASGIApp:
    anything = [*METHODS, "PROPFIND"]
    app = Starlette(
        routes=[
            Route("/api/parse", parse, methods=["POST"]),
            Route("/api/stream", stream),
            Route("/api/fail", fail),
            WebSocketRoute("/api/live", live),
            Route("/{path:path}", echo, methods=anything),
        ]
    )
    return Security(keys, hosts).middleware(app)


@pytest.fixture
def app() -> ASGIApp:
    return guarded()


def code(answer: Answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    found = json.loads(answer.body)
    assert found["status"] == answer.status
    assert found["detail"].endswith(".")
    assert found["next_step"].endswith(".")
    return str(found["code"])


# -- the name ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", [HOST, "localhost:8400", "LOCALHOST", "[::1]:8400", "127.0.0.1:9000", "127.1.2.3"]
)
def test_this_computer_is_asked_for_by_its_names(host: str, app: ASGIApp) -> None:
    """By any port: the other end of a tunnel has one of its own."""
    assert ask(app, "/api/jobs", headers={"Host": host, **BEARER}).status == 200


REBOUND = [
    "evil.example",
    "evil.example:8400",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8400",
    "localhost@evil.example",
    "evil.example#localhost",
    "192.0.2.7:8400",
    "0.0.0.0:8400",
    "[fe80::1]:8400",
    "2130706433",
    "127.0.0.1:8400:8400",
    "127.0.0.1:x",
    "[::1",
    "localhost ",
    "",
]


@pytest.mark.parametrize("path", ["/", "/jobs", "/api/jobs", "/api/session"])
@pytest.mark.parametrize("host", REBOUND)
def test_another_name_is_refused_whoever_asks(host: str, path: str, app: ASGIApp) -> None:
    """DNS rebinding: a page elsewhere makes its own name lead here, and counts as our own."""
    same = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    answer = ask(app, path, headers={"Host": host, **same, **COOKIE})
    assert answer.status == 403
    assert b"--allow-host NAME" in answer.body


def test_a_refused_name_is_a_problem_in_the_api_and_plain_text_on_the_page(app: ASGIApp) -> None:
    assert code(ask(app, "/api/jobs", headers={"Host": "evil.example"})) == "host"
    page = ask(app, "/jobs", headers={"Host": "evil.example"})
    assert page.headers["content-type"].startswith("text/plain")


def test_no_name_or_two_are_refused(app: ASGIApp) -> None:
    two = [("Host", HOST), ("Host", "evil.example"), *BEARER.items()]
    assert code(ask(app, "/api/jobs", headers=two)) == "host"
    scope_without = [("Host", ""), *BEARER.items()]
    assert code(ask(app, "/api/jobs", headers=scope_without)) == "host"


def test_the_websocket_too_is_asked_for_by_our_names(app: ASGIApp) -> None:
    refused = knock(app, "/api/live", {"Host": "evil.example", **COOKIE})
    assert refused is not None
    assert code(refused) == "host"


def test_a_name_may_be_added() -> None:
    app = guarded(Hosts(allowed=["Train.Example"]))
    assert ask(app, "/api/jobs", headers={"Host": "train.example", **BEARER}).status == 200
    assert ask(app, "/api/jobs", headers={"Host": "evil.example", **BEARER}).status == 403


@pytest.mark.parametrize("bound", ["0.0.0.0", "::", "192.0.2.7"])
def test_reachable_from_elsewhere_any_address_is_right_but_no_name(bound: str) -> None:
    app = guarded(Hosts(bound))
    for host in ("192.0.2.7:8400", "[2001:db8::1]:8400", "203.0.113.9", HOST, "localhost:8400"):
        assert ask(app, "/api/jobs", headers={"Host": host, **BEARER}).status == 200
    for host in ("evil.example:8400", "192.0.2.7.evil.example"):
        assert ask(app, "/api/jobs", headers={"Host": host, **BEARER}).status == 403


# -- the page it comes from -------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_another_page_gets_nothing(foreign: dict[str, str], method: str, app: ASGIApp) -> None:
    for path in ("/api/jobs", "/api/session"):
        answer = ask(app, path, method, {**foreign, **COOKIE})
        assert answer.status == 403
        assert code(answer) == "origin"


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_another_page_gets_nothing_with_the_token_either(
    foreign: dict[str, str], app: ASGIApp
) -> None:
    assert ask(app, "/api/jobs", "POST", {**foreign, **BEARER}).status == 403


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_another_page_opens_no_websocket(foreign: dict[str, str], app: ASGIApp) -> None:
    refused = knock(app, "/api/live", {**foreign, **COOKIE})
    assert refused is not None
    assert refused.status == 403
    assert code(refused) == "origin"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_what_may_change_something_says_where_it_comes_from(method: str, app: ASGIApp) -> None:
    assert ask(app, "/api/jobs", method, COOKIE).status == 403
    for own in (OWN, {"Sec-Fetch-Site": "same-origin"}, {"Origin": ORIGIN.upper()}):
        assert ask(app, "/api/jobs", method, {**own, **COOKIE}).status == 200
    typed = {"Sec-Fetch-Site": "none"}  # into the address bar: that is never a POST
    assert ask(app, "/api/jobs", method, {**typed, **COOKIE}).status == 403
    assert ask(app, "/api/jobs", "GET", {**typed, **COOKIE}).status == 200


def test_two_origins_are_none(app: ASGIApp) -> None:
    two = [("Origin", ORIGIN), ("Origin", "http://evil.example"), *COOKIE.items()]
    assert ask(app, "/api/jobs", "POST", two).status == 403


def test_behind_a_proxy_our_page_is_still_our_own() -> None:
    app = guarded(Hosts(allowed=["train.example"]))
    through = {"Host": "train.example", "Origin": "https://train.example", **COOKIE}
    assert ask(app, "/api/jobs", "POST", through).status == 200


def test_a_script_with_the_token_needs_no_page(app: ASGIApp) -> None:
    assert ask(app, "/api/jobs", "POST", BEARER).status == 200
    assert knock(app, "/api/live", BEARER) is None


def test_our_own_page_opens_the_websocket(app: ASGIApp) -> None:
    assert knock(app, "/api/live", {**OWN, **COOKIE}) is None
    assert knock(app, "/api/live", COOKIE) is not None


def test_a_link_from_anywhere_leads_to_the_page(app: ASGIApp) -> None:
    answer = ask(app, "/jobs", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200


# -- the key ----------------------------------------------------------------------

KEYLESS = {
    "nothing": {},
    "an empty cookie": {"Cookie": f"{KEYS.cookie}="},
    "a cookie made up": {"Cookie": f"{KEYS.cookie}=9999999999.0.0"},
    "the token as a cookie": {"Cookie": f"{KEYS.cookie}={TOKEN}"},
    "another cookie": {"Cookie": f"other={KEYS.session()}"},
    "another app's cookie": {"Cookie": f"{KEYS.cookie}={Keys('o' * 43).session()}"},
    "no token": {"Authorization": "Bearer "},
    "a longer token": {"Authorization": f"Bearer {TOKEN}x"},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "no scheme": {"Authorization": TOKEN},
    "the cookie as a token": {"Authorization": f"Bearer {KEYS.session()}"},
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("keyless", KEYLESS.values(), ids=KEYLESS)
def test_without_a_key_nothing_is_answered(
    keyless: dict[str, str], method: str, app: ASGIApp
) -> None:
    for path in ("/api", "/api/", "/api/jobs", "/api/session/", "/api/nowhere"):
        answer = ask(app, path, method, {**OWN, **keyless})
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert code(answer) == "signed-out"
        assert (
            "Open the link that `tuneyard serve` printed." in json.loads(answer.body)["next_step"]
        )


@pytest.mark.parametrize("keyless", KEYLESS.values(), ids=KEYLESS)
def test_without_a_key_there_is_no_websocket(keyless: dict[str, str], app: ASGIApp) -> None:
    refused = knock(app, "/api/live", {**OWN, **keyless})
    assert refused is not None
    assert refused.status == 401


def test_the_password_is_named_where_there_is_one() -> None:
    answer = ask(guarded(keys=Keys(TOKEN, "a long password")), "/api/jobs")
    assert "sign in with the password" in json.loads(answer.body)["next_step"]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_the_token_is_a_key(kind: str, app: ASGIApp) -> None:
    assert ask(app, "/api/jobs", headers={"Authorization": f"{kind} {TOKEN}"}).status == 200


def test_the_cookie_is_a_key_among_others(app: ASGIApp) -> None:
    several = {"Cookie": f"a=b; {KEYS.cookie}={KEYS.session()}; tuneyard-00000000=x"}
    assert ask(app, "/api/jobs", headers=several).status == 200


def test_signing_in_and_the_page_need_no_key(app: ASGIApp) -> None:
    for path, method in (
        ("/api/session", "GET"),
        ("/api/session", "HEAD"),
        ("/api/session", "POST"),
        ("/", "GET"),
        ("/assets/index.js", "GET"),
        ("/apidocs", "GET"),
    ):
        assert ask(app, path, method, OWN).status == 200
    assert ask(app, "/api/session", "DELETE", OWN).status == 401


# -- the bound --------------------------------------------------------------------

LIMIT = 1_000_000
FULL = [b"x" * 50_000] * 20
MORE = [*FULL, b"x"]


@pytest.mark.parametrize("said", [{}, {"Content-Length": "1"}, {"Content-Length": "nonsense"}])
def test_a_body_is_counted_whatever_length_it_said(said: dict[str, str], app: ASGIApp) -> None:
    headers = {**BEARER, **said}
    assert ask(app, "/api/jobs", "POST", headers, FULL).body == str(LIMIT).encode()
    for path in ("/api/jobs", "/api/parse"):
        answer = ask(app, path, "POST", headers, MORE)
        assert (answer.status, code(answer)) == (413, "too-large")
        assert "1,000,000 bytes at most" in json.loads(answer.body)["detail"]
        assert answer.headers["connection"] == "close"


def test_a_length_that_is_too_large_is_refused_before_anything_is_read(app: ASGIApp) -> None:
    answer = ask(app, "/api/jobs", "POST", {**BEARER, "Content-Length": str(LIMIT + 1)}, [])
    assert code(answer) == "too-large"


def test_the_page_takes_no_large_body_either(app: ASGIApp) -> None:
    assert ask(app, "/anything", "POST", {}, MORE).status == 413


def test_a_body_that_nobody_reads_ends_even_an_endless_answer(app: ASGIApp) -> None:
    assert ask(app, "/api/stream", headers=BEARER, body=MORE).status == 413


def test_uploads_are_counted_by_their_route(app: ASGIApp) -> None:
    answer = ask(app, "/api/uploads/u1/files/a/b.wav", "PUT", BEARER, [*MORE, *MORE])
    assert answer.body == str(2 * LIMIT + 2).encode()
    for other in ("/api/uploads", "/api/uploads/u1/done", "/api/uploads/u1/files/"):
        assert ask(app, other, "POST", BEARER, MORE).status == 413


def test_a_mistake_of_the_app_is_passed_on(app: ASGIApp) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(app, "/api/fail", headers=BEARER)


# -- what every answer carries ----------------------------------------------------


def policy(answer: Answer) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def test_every_answer_makes_the_browser_strict(app: ASGIApp) -> None:
    answers = [
        ask(app, "/"),
        ask(app, "/", headers={"Host": "evil.example"}),
        ask(app, "/api/jobs", headers=BEARER),
        ask(app, "/api/jobs"),
        ask(app, "/api/jobs", "POST", BEARER, MORE),
        ask(app, "/api/live", headers=BEARER),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert policy(answer)["default-src"] == "'none'"
        assert policy(answer)["frame-ancestors"] == "'none'"
        assert "access-control-allow-origin" not in answer.headers


def test_the_page_runs_only_what_we_serve(app: ASGIApp) -> None:
    found = policy(ask(app, "/jobs"))
    assert found["script-src"] == found["style-src"] == found["connect-src"] == "'self'"
    assert found["base-uri"] == found["form-action"] == "'none'"
    assert found["require-trusted-types-for"] == "'script'"
    for source in ("unsafe", "*", "http:", "data:"):
        assert source not in str(found)


def test_what_a_job_wrote_runs_nothing_when_it_is_opened(app: ASGIApp) -> None:
    found = policy(ask(app, "/api/jobs/x/files/page.html", headers=BEARER))
    assert found == {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}


def test_answers_of_the_api_are_not_kept(app: ASGIApp) -> None:
    assert ask(app, "/api/jobs", headers=BEARER).headers["cache-control"] == "no-store"
    assert ask(app, "/api/jobs").headers["cache-control"] == "no-store"
    assert "cache-control" not in ask(app, "/assets/index.js").headers
