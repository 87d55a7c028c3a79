"""A whole visit leaves no secret behind: in the browser, in an address, or at nginx."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e import netlog
from e2e.browsing import watched
from e2e.profile import Profile, parts
from e2e.traces import traces
from e2e.visiting import SOON, Site, bring, kept, logged, start
from elsewhere import Elsewhere
from tuneyard.compute.runpod.practice.faults import NoCapacity, Wrong
from waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

FACE_TOKEN = "TUNEYARD_FACE_TOKEN"
FIELDS = {
    "RUNPOD_API_KEY": "RunPod key",
    "HF_TOKEN": "Hugging Face token",
    "HF_READ_TOKEN": "Token that reads",
    "HF_WRITE_TOKEN": "Token that writes",
}

# It prints what it is given, as careless programs do.
TRAINS = """\
format = 1
recipe = "script"
name = "whole"

[settings]
source = "inline"
script = '''
#!/usr/bin/env python3
import os, struct, wave
for name in ("HF_TOKEN", "HF_READ_TOKEN", "HF_WRITE_TOKEN", "WANDB_API_KEY"):
    print(f"{name} is", os.environ[name])
os.mkdir("samples")
with wave.open("samples/hello.wav", "wb") as sound:
    sound.setparams((1, 2, 8000, 0, "NONE", ""))
    sound.writeframes(struct.pack("<4000h", *(i % 99 * 99 for i in range(4000))))
open("small.txt", "w").write("trained")
open("large.bin", "wb").truncate(21_000_000)
for step in range(1, 21):
    print(f"step {step}/20 loss: {1 / step}")
print("it has ended")
'''
secrets = ["HF_TOKEN", "HF_READ_TOKEN", "HF_WRITE_TOKEN", "WANDB_API_KEY"]
samples = ["samples/*.wav"]
outputs = ["small.txt", "large.bin"]

[compute]
name = "runpod"
"""

PUSHES = """\
format = 1
recipe = "script"
name = "pushes"

[settings]
source = "inline"
script = "#!/bin/sh"

[compute]
name = "runpod"

[results]
repository = "alice/voice"
"""

# All that a careless page would leave: in each place that a browser has for it.
LEAVE = """async (canary) => {
  localStorage.setItem("key", canary);
  sessionStorage.setItem("key", canary);
  document.cookie = `key=${canary};max-age=9999`;
  history.pushState({ canary }, "", `#/pods?key=${canary}`);
  await (await fetch(`theme.js?${canary}`)).text();
  await (await caches.open("c")).put("/x", new Response(canary));
  const opening = indexedDB.open("d", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("s");
  await new Promise((done) => (opening.onsuccess = done));
  const writing = opening.result.transaction("s", "readwrite");
  writing.objectStore("s").put(canary, "key");
  await new Promise((done) => (writing.oncomplete = done));
}"""
LEFT = {
    "Cache", "History", "IndexedDB", "Local Storage", "Service Worker", "Session Storage",
    "Sessions",
}  # fmt: skip

# What a browser as people have it writes. One that wrote it elsewhere, or not at all, would be
# searched in vain. (What is in Sessions, it also writes encrypted.)
SEARCHED = LEFT | {
    "Code Cache", "Cookies", "Favicons", "GPUCache", "Local State", "Login Data",
    "Network Persistent State", "Preferences", "Reporting and NEL", "Shared Dictionary",
    "Top Sites", "Trust Tokens", "Web Data", "WebStorage",
}  # fmt: skip


@dataclass
class Visit:
    """A visitor with secrets of every kind, in a browser that keeps what browsers keep."""

    context: BrowserContext
    site: Site
    held: dict[str, str]
    page: Page = field(init=False)
    asked: set[str] = field(default_factory=set)  # origins

    def __post_init__(self) -> None:
        self.context.on("request", lambda each: self.asked.add(_origin(each.url)))
        self.page = watched(self.context)
        self.page.goto(self.site.url)

    def type_keys(self) -> None:
        """Letter by letter, as by hand."""
        self.page.get_by_text("Two tokens, one to read").click()
        for name, label in FIELDS.items():
            self.page.get_by_label(label).press_sequentially(self.held[name])
        self.is_offered_to_nobody(len(FIELDS))

    def enter(self, way: str) -> None:
        self.page.get_by_role("button", name="Check the keys and begin").click()
        if way == "through":
            dialog = self.page.get_by_role("dialog")
            dialog.get_by_role("button", name=re.compile("^Send it through")).click()
        self.page.get_by_role("navigation").first.wait_for()

    def is_offered_to_nobody(self, fields: int) -> None:
        """No field with a secret in it is one that a browser offers to keep or fills in."""
        found = self.page.evaluate(
            """(held) => [...document.querySelectorAll("input, textarea, [contenteditable]")]
              .filter((each) => held.includes(each.value ?? each.textContent))
              .map((each) => [each.type, each.autocomplete, each.form?.autocomplete ?? "no form"])
            """,
            list(self.held.values()),
        )
        assert len(found) == fields
        assert {tuple(each[:2]) for each in found} == {("text", "off")}
        assert {each[2] for each in found} <= {"off", "no form"}

    def asks_where_nothing_is_free(self) -> None:
        """Of a job that is to be pushed; RunPod is told all, and refuses."""
        page = self.page
        self.site.practice.faults.capacity.append(NoCapacity())
        bring(page, PUSHES)
        page.get_by_role("button", name="Start the job").click()
        expect(page.get_by_text("Looking for a free GPU at RunPod")).to_be_visible(timeout=SOON)
        expect(page.get_by_text("none free").first).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("menuitem").first.click()
        expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=SOON)
        self.site.practice.faults.capacity.clear()

    def trains(self) -> None:
        """With a secret that is given on the way, and a request that breaks off."""
        page, name = self.page, "WANDB_API_KEY"
        bring(page, TRAINS)
        page.get_by_role("button", name=f"Give it: {name}").click()
        page.get_by_label(f"Value of {name}").press_sequentially(self.held[name])
        self.is_offered_to_nobody(1)
        page.get_by_role("button", name="Keep for this visit").click()
        page.get_by_role("button", name="Dry run").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text(re.compile(FACE_TOKEN)).first).to_be_visible(timeout=SOON)
        dialog.get_by_role("button", name="Close").last.click()
        self.site.practice.faults.requests.append(Wrong("get", lost="drop"))
        start(page)
        logged(page, "it has ended")
        (pod,) = self.site.practice.pods
        self.held[FACE_TOKEN] = pod.asked["env"][FACE_TOKEN]
        assert 0 in {asked.status for asked in [*self.site.practice.asked]}  # it did break off
        assert self.held.items() - pod.asked["env"].items() == {
            ("RUNPOD_API_KEY", self.held["RUNPOD_API_KEY"])
        }

    def takes_the_results(self) -> None:
        page = self.page
        page.get_by_role("link", name="Samples").click()
        page.get_by_role("button", name="Play “hello”, samples").click()
        page.get_by_role("link", name="Charts").click()
        expect(page.get_by_role("heading", name="Losses")).to_be_visible(timeout=SOON)
        page.get_by_role("link", name="Files", exact=True).click()
        for name, size in (("small.txt", 7), ("large.bin", 21_000_000)):
            with page.expect_download() as fetched:
                page.get_by_role("button", name=f"Download {name}").click()
            assert Path(fetched.value.path()).stat().st_size == size

    def comes_again(self, way: str) -> None:
        """What was typed and not yet given is gone too."""
        page = self.page
        page.reload()
        self.type_keys()
        page.reload()
        for label in FIELDS.values():
            expect(page.get_by_label(label)).to_have_value("")
        self.type_keys()
        self.enter(way)
        expect(page.get_by_role("heading", name="whole")).to_be_visible(timeout=SOON)

    def ends_it(self) -> None:
        page = self.page
        page.get_by_role("link", name="Pods").first.click()
        page.get_by_role("button", name="End the pod of whole").click()
        page.get_by_role("dialog").get_by_role("button", name="End the pod").click()
        expect(page.get_by_text("No pods now")).to_be_visible(timeout=SOON)
        assert self.site.caller.listed() == []
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("button", name="Replace HF_TOKEN").click()
        page.get_by_label("Value").press_sequentially(self.held["HF_TOKEN"])
        self.is_offered_to_nobody(1)
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_text("HF_TOKEN is in the memory of this page.")).to_be_visible()


@pytest.fixture
def held(site: Site) -> dict[str, str]:
    """A secret of each kind, by name."""
    tokens = {name: f"hf_{secrets.token_hex(17)}" for name in FIELDS if name.startswith("HF_")}
    for name, token in tokens.items():
        site.hub.token(token, "alice", writes=name != "HF_READ_TOKEN")
    return {
        "RUNPOD_API_KEY": site.practice.key(),
        **tokens,
        "WANDB_API_KEY": secrets.token_hex(20),
    }


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as found:
        yield found


@pytest.mark.parametrize("way", ["straight", "through"])
def test_a_whole_visit_leaves_no_secret(
    way: str, site: Site, held: dict[str, str], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    site.practice.faults.cors = way == "straight"
    profile, log, canary = Profile(tmp_path / "profile"), tmp_path / "net.json", _canary()
    with profile.browser(netlog.argument(log), accept_downloads=True) as context:
        visit = Visit(context, site, held)
        visit.type_keys()
        visit.enter(way)
        visit.asks_where_nothing_is_free()
        visit.trains()
        visit.takes_the_results()
        visit.comes_again(way)
        visit.ends_it()
        stored = kept(visit.page)
        assert not any(traces(secret, str(stored).encode()) for secret in held.values())
        assert "key" not in visit.page.url + stored.pop("state")
        assert stored == {"stores": [], "databases": 0, "caches": 0, "workers": 0, "cookies": ""}
        named = {site.url, site.practice.url, site.hub.url}
        assert visit.asked <= named
        visit.page.evaluate(LEAVE, canary)
        sent = _types_carelessly(visit.page, elsewhere, profile)

    # All that is searched would have been found, also in what nginx sent compressed.
    assert profile.parts() >= SEARCHED
    assert parts(profile.traces(canary)) >= LEFT
    known = (site.folder / "site.json").read_text(encoding="utf-8")[2000:2040]
    assert "Cache" in parts(profile.traces(known))
    assert parts(profile.traces(sent)) >= {"History", "Web Data"}
    assert profile.rows() == {"Cookies": 1, "Web Data": 1}
    assert httpx.get(f"{site.url}/{canary}").status_code == 404
    assert {"access.log", "error.log"} <= _holding(site.logs, canary)

    # And no secret is.
    for name, secret in held.items():
        assert {name: profile.traces(secret)} == {name: {}}
        assert {name: _holding(site.logs, secret)} == {name: set()}
        assert {name: _holding(site.folder, secret)} == {name: set()}

    # Nobody was asked whom the site doesn't name.
    network = netlog.read(log)
    assert network.asked == {*named, elsewhere.url}
    assert network.connected == {origin.removeprefix("http://") for origin in network.asked}
    assert network.datagrams == 0


def _types_carelessly(page: Page, elsewhere: Elsewhere, profile: Profile) -> str:
    """Into a page that takes no care; answers what was sent."""
    page.goto(elsewhere.url)
    page.evaluate(
        "document.body.innerHTML = '<input name=left><form><input name=sent><button>Send</button>'"
    )
    left, sent = _canary(), _canary()
    page.locator("[name=left]").press_sequentially(left)
    # What only stands in a field is written down too, some seconds later.
    wait_for(lambda: "Sessions" in parts(profile.traces(left)), 60, "a trace of what was typed")
    page.locator("[name=sent]").press_sequentially(sent)
    page.locator("button").click()
    page.wait_for_url(f"**/?sent={sent}")
    return sent


def _canary() -> str:
    return secrets.token_hex(20)


def _holding(folder: Path, secret: str) -> set[str]:
    """The names of all files below a folder that have something of a secret."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in files if traces(secret, path.read_bytes())}


def _origin(url: str) -> str:
    """Of a blob: too, which is the page's own."""
    return "/".join(url.removeprefix("blob:").split("/")[:3])
