"""What pages of others can do to a server whose user is signed in, in a real browser: nothing.

The worst of them comes from another port of the same host: browsers send it our cookie.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import jobs_by_hand
from needs import chromium
from server.serving import Serving
from tuneyard.runner.folder import JobFolder

pytestmark = pytest.mark.browser

# A dot of one pixel, as PNG has it.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

# Each tries one thing and says what came of it: "refused", or what it got.
TRIES = """
async ([server, job]) => {
  const live = server.replace("http", "ws") + "/api/live";
  const api = server + "/api/jobs";
  const stop = api + "/" + job + "/stop";
  const answered = (promise) => promise.then((got) => got.text(), () => "refused");
  const element = (tag, set) => new Promise((done) => {
    const made = document.createElement(tag);
    made.onload = () => done("loaded");
    made.onerror = () => done("refused");
    set(made);
    document.body.append(made);
  });
  const socket = () => new Promise((done) => {
    const made = new WebSocket(live);
    made.onmessage = (message) => done(message.data);
    made.onerror = () => done("refused");
  });
  const form = () => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.name = "answer";
    frame.onload = () => done("sent");
    const made = document.createElement("form");
    Object.assign(made, {action: stop, method: "post", enctype: "text/plain", target: "answer"});
    const field = document.createElement("input");
    Object.assign(field, {name: '{"how": "now", "x": "', value: '"}'});
    made.append(field);
    document.body.append(frame, made);
    made.submit();
  });
  const blind = {method: "POST", mode: "no-cors", credentials: "include", body: '{"how": "now"}'};
  return {
    read: await answered(fetch(api, {credentials: "include"})),
    write: await answered(fetch(stop, {
      method: "POST", credentials: "include", headers: {"Content-Type": "application/json"},
      body: '{"how": "now"}',
    })),
    remove: await answered(fetch(api + "/" + job, {method: "DELETE", credentials: "include"})),
    blind: await answered(fetch(stop, blind)),
    beacon: navigator.sendBeacon(stop, '{"how": "now"}') ? "sent" : "refused",
    form: await form(),
    script: await element("script", (made) => { made.src = api; }),
    code: await element("script", (made) => { made.src = server + "/theme.js"; }),
    image: await element("img", (made) => { made.src = `${api}/${job}/files/outputs/dot.png`; }),
    socket: await socket(),
  };
}
"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another page</title><body>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def other() -> Iterator[int]:
    """The port of another site on this computer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield site.server_address[1]
        site.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for which every name is this computer's, as for a victim of DNS rebinding."""
    arguments = ["--disable-gpu", "--no-first-run", "--host-resolver-rules=MAP * 127.0.0.1"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield found
        found.close()


@pytest.fixture
def job(running: Serving) -> JobFolder:
    number = len(list(running.home.glob("jobs/*")))
    folder = jobs_by_hand.make(running.home, [], job_id=f"20261122-120000-job-{number}")
    (folder.outputs / "dot.png").write_bytes(DOT)
    return folder


@pytest.fixture
def victim(browser: Browser, running: Serving) -> Iterator[BrowserContext]:
    """A browser whose user is signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{running.url}/theme.js")
    token = running.token
    signed_in = page.evaluate(
        """(token) => fetch("/api/session", {
            method: "POST", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({token}),
        }).then((answer) => answer.status)""",
        token,
    )
    assert signed_in == 204
    yield context
    context.close()


def tried(page: Page, server: str, job: JobFolder) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(TRIES, [server, job.id])
    return found


def test_our_own_page_may_do_it_all(
    victim: BrowserContext, running: Serving, job: JobFolder
) -> None:
    """That the tries below fail means something only if they can succeed."""
    page = victim.new_page()
    page.goto(f"{running.url}/theme.js")
    found = page.evaluate(
        """async ([job]) => ({
            read: (await fetch("/api/jobs")).status,
            write: (await fetch("/api/jobs/" + job + "/stop", {
                method: "POST", headers: {"Content-Type": "application/json"}, body: "{}",
            })).status,
            socket: await new Promise((done) => {
                const made = new WebSocket("/api/live");
                made.onmessage = () => done("open");
                made.onerror = () => done("refused");
            }),
            image: await new Promise((done) => {
                const made = new Image();
                made.onload = () => done("loaded");
                made.onerror = () => done("refused");
                made.src = "/api/jobs/" + job + "/files/outputs/dot.png";
            }),
        })""",
        [job.id],
    )
    assert found == {"read": 200, "write": 200, "socket": "open", "image": "loaded"}
    assert job.stop.exists()
    jobs_by_hand.ended(job)


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_another_page_can_do_nothing(
    host: str, victim: BrowserContext, running: Serving, job: JobFolder, other: int
) -> None:
    page = victim.new_page()
    page.goto(f"http://{host}:{other}/")
    found = tried(page, running.url, job)
    # What is sent blindly says nothing of how it was answered.
    blind = {"beacon": "sent", "form": "sent"}
    assert found == {**dict.fromkeys(found, "refused"), **blind, "blind": found["blind"]}
    assert found["blind"] in {"", "refused"}
    assert not job.stop.exists()
    assert job.job.exists()


def test_another_page_shows_ours_in_no_frame(
    victim: BrowserContext, running: Serving, other: int
) -> None:
    page = victim.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"http://127.0.0.1:{other}/")
    page.evaluate(
        """(server) => new Promise((done) => {
            const frame = document.createElement("iframe");
            frame.onload = done;
            frame.src = server + "/jobs";
            document.body.append(frame);
        })""",
        running.url,
    )
    assert [text for text in said if "frame-ancestors 'none'" in text]


def test_a_name_that_was_made_to_lead_here_gets_nothing(
    victim: BrowserContext, running: Serving, job: JobFolder
) -> None:
    """DNS rebinding: to the browser, the other page's own server has our address now."""
    page = victim.new_page()
    rebound = f"http://evil.example:{httpx.URL(running.url).port}"
    answer = page.goto(f"{rebound}/")
    assert answer is not None
    assert answer.status == 403
    assert "Tuneyard doesn't answer to this name." in page.content()
    found = page.evaluate(
        """async ([job]) => ({
            session: await fetch("/api/session").then((got) => got.status),
            read: await fetch("/api/jobs").then((got) => got.status),
            write: await fetch("/api/jobs/" + job + "/stop", {method: "POST"}).then((got) => got.status),
        })""",
        [job.id],
    )
    assert set(found.values()) == {403}
    assert not job.stop.exists()


def test_script_that_got_into_the_page_doesnt_run(victim: BrowserContext, running: Serving) -> None:
    page = victim.new_page()
    page.goto(f"{running.url}/jobs")
    found = page.evaluate(
        """async () => {
            const tried = (act) => { try { act(); return "done"; } catch (error) { return error.name; } };
            const script = document.createElement("script");
            const link = document.createElement("a");
            link.href = "javascript:window.ran = 1";
            document.body.append(link);
            link.click();
            // Later, since a debugger's own call may use it.
            const evaluated = await new Promise((done) => {
                setTimeout(() => done(tried(() => eval("window.ran = 1"))));
            });
            const outside = await fetch("http://elsewhere.example/").catch(() => "refused");
            return {
                html: tried(() => { document.body.innerHTML = "<img src=x onerror='window.ran = 1'>"; }),
                text: tried(() => { script.text = "window.ran = 1"; }),
                evaluated,
                policy: tried(() => trustedTypes.createPolicy("mine", {})),
                outside,
                ran: window.ran ?? "nothing",
            };
        }"""
    )
    assert found == {
        "html": "TypeError",
        "text": "TypeError",
        "evaluated": "EvalError",
        "policy": "TypeError",
        "outside": "refused",
        "ran": "nothing",
    }
