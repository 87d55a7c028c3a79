"""nginx.conf as it is shipped, read and run by a real nginx."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certifi
import httpx
import pytest

import sites
from fakes.runpod import A_POD, FakeRunPod
from ports import free_port
from tuneyard.errors import WrongInput
from tuneyard.site import nginx
from tuneyard.site.hosts import Hosts

pytestmark = pytest.mark.nginx

PEM = Path(__file__).parent / "localhost.pem"
DEBIANS = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> sites.Nginx:
    """Of a site that was built for other hosts."""
    site = sites.make(tmp_path / "site", request.param)
    return sites.Nginx(site, tmp_path / "nginx")


@pytest.mark.parametrize(
    "server",
    [
        Hosts(runpod="https://localhost:8443/base"),
        Hosts(runpod="http://127.0.0.1:9", path="/a/b.c/"),
        Hosts(passes=False, path="/tuneyard/"),
    ],
    indirect=True,
)
def test_nginx_finds_nothing_wrong_with_it(server: sites.Nginx) -> None:
    """Wherever certificates lie on this computer."""
    server.server = server.server.replace(DEBIANS, certifi.where())
    said = server.check()
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


@pytest.mark.parametrize("name", ["with a space", "ümlaut; #1", "a'b", "{x}"])
def test_the_folder_may_be_called_anything(tmp_path: Path, name: str) -> None:
    site = sites.make(tmp_path / name, Hosts(passes=False))
    with sites.Nginx(site, tmp_path / "nginx").running() as server:
        assert httpx.get(server.url).text == sites.PAGE


@pytest.mark.parametrize("name", ['a"b', "a$b", "a\\b", "a\nb"])
def test_but_not_what_nginx_would_read_otherwise(name: str) -> None:
    with pytest.raises(WrongInput, match="a folder called"):
        nginx.text(Hosts(), f"/srv/{name}")


def test_it_works_below_another_path(runpod: FakeRunPod, tmp_path: Path) -> None:
    site = sites.make(tmp_path / "site", Hosts(runpod=runpod.url, path="/x.y/sub/"))
    with sites.Nginx(site, tmp_path / "nginx").running() as server, sites.page(server.url) as page:
        page.headers["Authorization"] = f"Bearer {sites.KEY}"
        moved = page.get("/x.y/sub")
        assert (moved.status_code, moved.headers["location"]) == (301, "/x.y/sub/")
        assert page.get("/x.y/sub/").text == sites.PAGE
        assert page.get("/x.y/sub/assets/index-0123abcd.js").text == sites.SCRIPT
        assert page.get("/x.y/sub/runpod/").status_code == 204
        assert page.get("/x.y/sub/runpod/v2/pods").status_code == 200
        for elsewhere in ("/", "/index.html", "/runpod/", "/xzy/sub/", "/x.y/sub/nginx.conf"):
            assert page.get(elsewhere).status_code == 404, elsewhere


def test_another_server_may_hand_on_to_it(runpod: FakeRunPod, tmp_path: Path) -> None:
    """As the guide says."""
    guide = (Path(__file__).parents[2] / "docs/guide/site.md").read_text(encoding="utf-8")
    location = guide.partition("```nginx\n")[2].partition("```")[0]
    site = sites.make(tmp_path / "site", Hosts(runpod=runpod.url, path="/tuneyard/"))
    server = sites.Nginx(site, tmp_path / "nginx")
    inside = f"127.0.0.1:{server.port}"
    server.port = free_port()
    location = location.replace("127.0.0.1:8080", inside)
    server.server += f"server {{\n listen 127.0.0.1:{server.port};\n {location}\n}}\n"
    with server.running(), sites.page(server.url) as page:
        page.headers["Authorization"] = f"Bearer {sites.KEY}"
        assert page.get("/tuneyard/").text == sites.PAGE
        assert page.get("/tuneyard/runpod/v2/pods").status_code == 200
        body = {**A_POD, "env": {"HF_TOKEN": "hf_canary" * 4000}}
        assert page.post("/tuneyard/runpod/v2/pods", json=body).status_code == 201
        foreign = {"Origin": f"http://{inside}"}
        assert page.get("/tuneyard/runpod/v2/pods", headers=foreign).status_code == 403
        assert b"canary" not in server.kept()


def test_large_texts_are_compressed(site: Path, tmp_path: Path) -> None:
    with sites.Nginx(site, tmp_path / "nginx").running() as server:
        for path in ("assets/index-0123abcd.js", "programs/piper-0123456789ab.txt"):
            answer = httpx.get(f"{server.url}/{path}", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.text == sites.FILES[path]


class TestTheWayToRunPod:
    """Over TLS: to whoever proves to be RunPod, and to nobody else."""

    @contextmanager
    def runpod(self) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f"{self.headers['Host']} {self.path}".encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield f"https://localhost:{server.server_port}"
            server.shutdown()

    def asked(self, server: sites.Nginx) -> httpx.Response:
        with server.running(), sites.page(server.url) as page:
            return page.get("/runpod/v2/pods?a=b%20c")

    def of(self, runpod: str, trusted: str, place: Path) -> sites.Nginx:
        site = sites.make(place / "site", Hosts(runpod=runpod))
        server = sites.Nginx(site, place / "nginx")
        assert DEBIANS in server.server
        server.server = server.server.replace(DEBIANS, trusted)
        return server

    def test_one_that_is_known_is_asked(self, tmp_path: Path) -> None:
        with self.runpod() as runpod:
            answer = self.asked(self.of(f"{runpod}/base", str(PEM), tmp_path))
        host = runpod.removeprefix("https://")
        assert (answer.status_code, answer.text) == (200, f"{host} /base/v2/pods?a=b%20c")

    def test_one_that_nobody_vouches_for_gets_no_key(self, tmp_path: Path) -> None:
        with self.runpod() as runpod:
            assert self.asked(self.of(runpod, certifi.where(), tmp_path)).status_code == 502

    def test_one_with_another_name_gets_no_key(self, tmp_path: Path) -> None:
        with self.runpod() as runpod:
            other = runpod.replace("localhost", "127.0.0.1")
            assert self.asked(self.of(other, str(PEM), tmp_path)).status_code == 502
