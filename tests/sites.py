"""Sites to look at: a small one in a folder, and real servers that serve it."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from needs import nginx
from ports import free_port
from tuneyard.site import nginx as config
from tuneyard.site.hosts import Hosts
from waiting import wait_for

KEY = "rpa_canaryKey0123456789"  # that the fake RunPod behind a site knows

SCRIPT = "import './other.js';\n" + "// so long that it is worth compressing\n" * 50
PAGE = '<!doctype html><script type="module" src="./assets/index-0123abcd.js"></script>'
RECIPE = "0123456789abcdef" * 4  # the SHA-256 of one that travels by itself
FILES = {
    "index.html": PAGE,
    "theme.js": "document.title = 'a';",
    "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "assets/index-0123abcd.js": SCRIPT,
    "assets/index-0123abcd.css": "a { color: red }",
    "programs/piper-0123456789ab.txt": "!#()*+,-./" * 200,
    f"programs/{RECIPE}.bz2": "BZh9",
    "README.md": "# Not part of the page",
}


def make(folder: Path, hosts: Hosts) -> Path:
    """A site of a few files, with its true nginx.conf."""
    about = json.dumps({"format": 1, "hosts": hosts.as_json()})
    for name, text in {**FILES, "site.json": about}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "nginx.conf").write_text(config.text(hosts, str(folder)))
    return folder


class Nginx:
    """A real one, whose only server is a site's own nginx.conf, at another port."""

    def __init__(self, site: Path, place: Path) -> None:
        self.place = place
        place.mkdir()
        self.port = free_port()
        text = (site / "nginx.conf").read_text()
        self.server = text.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        assert self.server != text

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def errors(self) -> str:
        return (self.place / "error.log").read_text()

    def check(self) -> "subprocess.CompletedProcess[str]":
        """What it says of its own settings."""
        return subprocess.run(self._command("-t"), capture_output=True, text=True, check=False)

    @contextlib.contextmanager
    def running(self) -> Iterator["Nginx"]:
        process = subprocess.Popen(self._command())
        try:
            wait_for(self._answers, what=lambda: f"an answer of nginx: {self.errors}")
            yield self
        finally:
            process.kill()
            process.wait()

    def kept(self) -> bytes:
        """Every byte that it left anywhere."""
        return b"\0".join(path.read_bytes() for path in self.place.rglob("*") if path.is_file())

    def _command(self, *more: str) -> list[str]:
        temporary = "".join(
            f"    {kind}_temp_path temp_{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.place / "server.conf").write_text(self.server)
        (self.place / "nginx.conf").write_text(
            # One process: another one might not be let into a test's folder.
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log info;\n"
            "events {}\nhttp {\n    access_log access.log;\n    server_names_hash_bucket_size 128;\n"
            f"{temporary}    include server.conf;\n}}\n"
        )
        found = nginx()
        assert found
        own = ["-p", str(self.place), "-e", "error.log", "-c", str(self.place / "nginx.conf")]
        return [found, *own, *more]

    def _answers(self) -> bool:
        with socket.socket() as there:
            return there.connect_ex(("127.0.0.1", self.port)) == 0


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """`tuneyard site serve` as a process of its own; gives its address."""
    command = [sys.executable, "-m", "tuneyard.cli.main", "site", "serve", str(site), "--port", "0"]
    said = site.parent / f"served-{os.urandom(4).hex()}.txt"
    with open(said, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: _link(said) or process.poll() is not None, what="an address")
        found = _link(said)
        assert found, said.read_text()
        yield found
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, said.read_text()
        assert len(said.read_text().splitlines()) == 1  # nothing of what was asked
    finally:
        process.kill()
        process.wait()


def page(url: str) -> httpx.Client:
    """What the browser of somebody who has the page open sends by itself."""
    headers = {"Origin": url, "Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0"}
    return httpx.Client(base_url=url, headers=headers, timeout=60)


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


def _link(said: Path) -> str:
    found = re.search(r"http://[0-9.:]+", said.read_text())
    return found[0] if found else ""
