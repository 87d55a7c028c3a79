"""A Hugging Face Hub over a real socket: what huggingface_hub and we ask of it.

Repositories are folders, so that a test can look at what was pushed. There are two
origins, as in life: the Hub itself and the storage of large files, which is reached
by signed addresses and refuses a token. Xet isn't spoken: set HF_HUB_DISABLE_XET.

    with FakeHub(tmp_path) as hub:
        hub.token("hf_abc", "alice", writes=True)
        hub.add("alice/clips", {"metadata.csv": b"1.wav|One."}, kind="dataset")
        hub.python("...", cwd=tmp_path, HF_TOKEN="hf_abc")
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

Kind = Literal["model", "dataset"]
LARGE = {
    ".wav",
    ".flac",
    ".mp3",
    ".onnx",
    ".ckpt",
    ".bin",
    ".zip",
    ".pth",
    ".safetensors",
}  # not in git
_WAKEFUL = """
import time
time.sleep = lambda seconds: print(f"[slept {seconds:g}]", flush=True)
"""
_SHOWN = (
    "Link, ETag, Content-Range, Accept-Ranges, X-Repo-Commit, X-Error-Code, X-Error-Message, "
    "X-Linked-Size, X-Linked-ETag"
)
PAGE = 3  # entries of a listing: small, so that every listing test turns pages


@dataclass
class Token:
    """Whose a token is; `writes` anywhere its owner may, or only in `only` repositories."""

    owner: str
    writes: bool = False
    only: tuple[str, ...] | None = None


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose line holds `where`.

    The request's line is like ``GET /datasets/a/b/resolve/main/x.wav``. A `status`
    is answered instead of doing it; `cut` is the number of body bytes after which the
    connection ends (of the answer, or of the upload for PUT), `reset` how. One that
    `hangs` is left alone until the fake ends.
    """

    where: str
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: int | None = None
    reset: bool = False
    hangs: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it came, and how many body bytes were answered."""

    method: str
    path: str
    range: str
    if_range: str
    token: str
    status: int
    sent: int
    received: int


@dataclass
class Entry:
    """A file of a commit: `oid` is git's name of it, `sha256` is there for a large one."""

    size: int
    oid: str
    sha256: str | None


@dataclass
class Repository:
    kind: Kind
    name: str
    folder: Path
    private: bool = False
    gated: bool = False
    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, Entry]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def commit_of(self, revision: str) -> str | None:
        return self.refs.get(revision) or (revision if revision in self.commits else None)

    def path(self, commit: str, name: str) -> Path:
        return self.folder / commit / name


class Refused(Exception):
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class FakeHub:
    """Starts when it is entered; raises at the end what went wrong inside the fake itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.broken: list[BaseException] = []
        self.hanging: list[str] = []  # lines of the requests that hang
        self.over = threading.Event()
        self.lock = threading.RLock()
        self._hub = _Server(self, _HubHandler)
        self._store = _Server(self, _StoreHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self._store.server_port}"

    @property
    def env(self) -> dict[str, str]:
        return {"HF_ENDPOINT": self.url, "HF_HUB_DISABLE_XET": "1"}

    def __enter__(self) -> Self:
        for server in (self._hub, self._store):
            server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        for server in (self._hub, self._store):
            server.stop()
        if self.broken and error is None:
            raise self.broken[0]

    def token(
        self, secret: str, owner: str, *, writes: bool = False, only: tuple[str, ...] | None = None
    ) -> str:
        self.tokens[secret] = Token(owner, writes, only)
        return secret

    def add(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        kind: Kind = "model",
        private: bool = False,
        gated: bool = False,
    ) -> Repository:
        """Makes a repository with one commit, or adds a commit to the one that is there."""
        found = self.repositories.get((kind, name))
        repository = found or self.create(kind, name, private=private, gated=gated)
        self.commit(repository, files, [], "Added by the test")
        return repository

    def tag(self, name: str, tag: str, *, kind: Kind = "model") -> str:
        repository = self.repositories[kind, name]
        repository.refs[tag] = repository.refs["main"]
        return repository.refs[tag]

    def files(self, name: str, *, kind: Kind = "model", revision: str = "main") -> dict[str, bytes]:
        """What lies in a repository, without the ``.gitattributes`` that each begins with."""
        repository = self.repositories[kind, name]
        commit = repository.refs[revision]
        names = repository.commits[commit]
        return {
            path: repository.path(commit, path).read_bytes()
            for path in sorted(names)
            if path != ".gitattributes"
        }

    def fail(self, where: str, status: int, *, times: int = 1, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(Fault(where, times, status, named))

    def cut(self, where: str, after: int, *, times: int = 1, reset: bool = False) -> None:
        self.faults.append(Fault(where, times, cut=after, reset=reset))

    def hang(self, where: str, *, times: int = 1) -> None:
        self.faults.append(Fault(where, times, hangs=True))

    def requests(self, where: str) -> list[Asked]:
        """The requests whose line holds `where`, in order."""
        return [ask for ask in self.asked if where in f"{ask.method} {ask.path}"]

    def python(
        self, code: str, *arguments: object, cwd: Path, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs Python in `cwd` against this Hub, and with nothing else of this environment.

        HF_ENDPOINT is read when huggingface_hub is imported, so this has to be a
        process of its own. What it would sleep is said instead: ``[slept 2]``.
        """
        home = cwd / "home"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-c", _WAKEFUL + code, *map(str, arguments)],
            cwd=cwd,
            env={**kept, **self.env, "HOME": str(home), "TUNEYARD_HOME": str(home), **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def fault(self, line: str) -> Fault | None:
        with self.lock:
            found = next((fault for fault in self.faults if fault.where in line), None)
            if found:
                found.times -= 1
                if not found.times:
                    self.faults.remove(found)
            return found

    def create(
        self, kind: Kind, name: str, *, private: bool = False, gated: bool = False
    ) -> Repository:
        folder = self.folder / f"{kind}s" / name
        repository = Repository(kind, name, folder, private, gated)
        self.commit(repository, {".gitattributes": b"*.wav filter=lfs\n"}, [], "initial commit")
        self.repositories[kind, name] = repository  # whoever finds it finds it whole
        return repository

    def commit(
        self,
        repository: Repository,
        files: Mapping[str, bytes],
        deleted: list[str],
        message: str,
        branch: str = "main",
    ) -> str:
        with self.lock:
            before = repository.refs.get(branch, "")
            entries = dict(repository.commits.get(before, {}))
            entries |= {name: _entry(name, content) for name, content in files.items()}
            for name in deleted:
                entries.pop(name, None)
            facts = [before, message, sorted((k, v.oid, v.sha256) for k, v in entries.items())]
            commit = hashlib.sha1(json.dumps(facts).encode()).hexdigest()
            for name in entries:
                target = repository.path(commit, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                if name in files:
                    target.write_bytes(files[name])
                else:
                    shutil.copyfile(repository.path(before, name), target)
            repository.commits[commit] = entries
            repository.refs[branch] = commit
            repository.messages.append(message)
            return commit

    def blob(self, sha256: str) -> Path:
        """Where the storage keeps a large file that was uploaded."""
        return self.folder / "lfs" / sha256

    def find_blob(self, sha256: str) -> Path | None:
        if self.blob(sha256).exists():
            return self.blob(sha256)
        for repository in self.repositories.values():
            for commit, entries in repository.commits.items():
                for name, entry in entries.items():
                    if entry.sha256 == sha256:
                        return repository.path(commit, name)
        return None


def _entry(name: str, content: bytes) -> Entry:
    sha256 = hashlib.sha256(content).hexdigest() if _is_large(name, len(content)) else None
    shown = f"sha256:{sha256}".encode() if sha256 else content
    oid = hashlib.sha1(b"blob %d\0" % len(shown) + shown).hexdigest()
    return Entry(len(content), oid, sha256)


def _is_large(name: str, size: int) -> bool:
    return size > 0 and (PurePosixPath(name).suffix in LARGE or size > 10_000_000)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: FakeHub, handler: type[_Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.hub = hub
        self._open: set[socket.socket] = set()

    def start(self) -> None:
        # The interval is how long stop() takes.
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self._open):  # kept alive by a client: nobody else closes them
            _hang_up(connection)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the tests; anything else is a fault of the fake."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    fault: Fault | None
    received: int
    from_pages = ""  # headers that pages of others may send

    @property
    def hub(self) -> FakeHub:
        return self.server.hub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its signature
        """Quiet: what was asked is in `FakeHub.asked`."""

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names that http.server looks for

    def do_OPTIONS(self) -> None:
        """A browser asks so before it lets a page send a token."""
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", self.from_pages)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def act(self) -> None:
        raise NotImplementedError

    def _handle(self) -> None:
        self.received = 0
        self.fault = self.hub.fault(f"{self.command} {self.path}")
        try:
            if self.fault and self.fault.hangs:
                self._hang()
            elif self.fault and self.fault.status:
                self._drain()
                self.reply(self.fault.body, self.fault.status, dict(self.fault.headers))
            else:
                self.act()
        except Refused as no:
            self._drain()
            headers = {"X-Error-Code": no.code} if no.code else {}
            if no.message:
                headers["X-Error-Message"] = no.message
            self.reply(json.dumps({"error": no.message}).encode(), no.status, headers)
        except ConnectionError:
            self.close_connection = True
        except BaseException as error:
            self.hub.broken.append(error)
            self.close_connection = True
            raise

    def _hang(self) -> None:
        self.hub.hanging.append(f"{self.command} {self.path}")
        self.hub.over.wait()
        self.close_connection = True

    def _drain(self) -> None:
        """A kept connection needs the body read, wanted or not."""
        if not self.received:
            self.body()

    def body(self) -> bytes:
        """The request's body; a fault on an upload ends the connection inside of it."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            content = self._chunks()
        else:
            wanted = int(self.headers.get("Content-Length", 0))
            if self.command == "PUT" and self.fault and self.fault.cut is not None:
                self.received = len(self.rfile.read(min(self.fault.cut, wanted)))
                self._break_off(self.fault.reset)
            content = self.rfile.read(wanted)
        self.received = len(content)
        return content

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
            cut = self.fault.cut if self.fault and self.command == "PUT" else None
            if self.fault and cut is not None and len(content) >= cut:
                self.received = len(content)
                self._break_off(self.fault.reset)
        self.rfile.readline()
        return content

    def _break_off(self, reset: bool) -> None:
        self._note(0, 0)
        self._end(reset)
        raise ConnectionAbortedError

    def _end(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        else:
            _hang_up(self.connection)

    def reply(
        self,
        content: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", _SHOWN)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            content = b""
        cut = self.fault.cut if self.fault and self.command == "GET" else None
        content = content if cut is None else content[:cut]
        # Noted first: a client that has the answer may look before this thread goes on.
        self._note(status, len(content))
        self.wfile.write(content)
        if cut is not None:
            self.wfile.flush()
            self._end(self.fault.reset if self.fault else False)

    def reply_json(self, data: Any, headers: Mapping[str, str] | None = None) -> None:
        named = {"Content-Type": "application/json", **(headers or {})}
        self.reply(json.dumps(data).encode(), 200, named)

    def reply_file(self, content: bytes, etag: str, headers: Mapping[str, str]) -> None:
        """The file, or the rest of it: Range and If-Range as RFC 9110 has them."""
        named = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes", **headers}
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        current = self.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
        if not found or not current:
            self.reply(content, 200, named)
        elif int(found[1]) >= len(content):
            self.reply(b"", 416, {"Content-Range": f"bytes */{len(content)}"})
        else:
            start, end = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
            place = f"bytes {start}-{end}/{len(content)}"
            self.reply(content[start : end + 1], 206, {**named, "Content-Range": place})

    def _note(self, status: int, sent: int) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(
            self.command,
            self.path,
            self.headers.get("Range", ""),
            self.headers.get("If-Range", ""),
            token,
            status,
            sent,
            self.received,
        )
        with self.hub.lock:
            self.hub.asked.append(asked)


class _StoreHandler(_Handler):
    """The storage of large files: signed addresses instead of tokens."""

    def act(self) -> None:
        parts = urlsplit(self.path)
        if self.headers.get("Authorization") or "signature=" not in parts.query:
            raise Refused(400, "", "Only one auth mechanism allowed")
        sha256 = parts.path.rpartition("/")[2]
        if self.command == "PUT":
            content = self.body()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise Refused(400, "", "BadDigest")
            self.hub.blob(sha256).parent.mkdir(parents=True, exist_ok=True)
            self.hub.blob(sha256).write_bytes(content)
            self.reply(b"", 200, {"ETag": f'"{sha256[:32]}"'})
            return
        found = self.hub.find_blob(sha256)
        if found is None:
            raise Refused(404)
        self.reply_file(found.read_bytes(), sha256[:32], {})


class _HubHandler(_Handler):
    from_pages = "Authorization, Range"

    def act(self) -> None:
        parts = urlsplit(self.path)
        for method, pattern, action in _ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if found and self.command in method.split():
                named = {k: unquote(v) for k, v in found.groupdict().items() if v is not None}
                action(self, named, parse_qs(parts.query))
                return
        raise Refused(404, "", "Not Found")

    def who(self) -> Token | None:
        secret = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secret:
            return None
        if secret not in self.hub.tokens:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        return self.hub.tokens[secret]

    def repository(self, named: Mapping[str, str]) -> Repository:
        """The repository if it may be seen; one that may not is one that isn't there."""
        kind: Kind = "dataset" if named.get("kind", "") == "datasets" else "model"
        who = self.who()
        found = self.hub.repositories.get((kind, named["name"]))
        if found is None or (found.private and not _sees(who, found.name)):
            raise Refused(404 if who else 401, "RepoNotFound", "Repository not found")
        return found

    def writable(self, named: Mapping[str, str]) -> Repository:
        found = self.repository(named)
        if not _may_write(self.who(), found.name):
            raise Refused(
                403, "", "Forbidden: you must use a write token to upload to a repository."
            )
        return found

    def commit_of(self, repository: Repository, revision: str) -> str:
        commit = repository.commit_of(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def json(self) -> Any:
        return json.loads(self.body() or b"{}")

    def whoami(self, _named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        who = self.who()
        if who is None:
            raise Refused(401, "", "Invalid username or password.")
        role = "write" if who.writes else "read"
        key: dict[str, Any] = {"displayName": "a token", "role": role}
        if who.only is not None:
            permissions = ["repo.content.read", *(["repo.write"] if who.writes else [])]
            scoped = [{"entity": {"name": n}, "permissions": permissions} for n in who.only]
            key = {"displayName": "a token", "role": "fineGrained"}
            key["fineGrained"] = {"global": [], "scoped": scoped}
        self.reply_json(
            {"type": "user", "name": who.owner, "orgs": [], "auth": {"accessToken": key}}
        )

    def info(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        repository = self.repository(named)
        commit = self.commit_of(repository, named.get("revision", "main"))
        names = sorted(repository.commits[commit])
        self.reply_json(
            {
                "_id": "0",
                "id": repository.name,
                "sha": commit,
                "private": repository.private,
                "gated": "manual" if repository.gated else False,
                "disabled": False,
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "siblings": [{"rfilename": name} for name in names],
            }
        )

    def tree(self, named: Mapping[str, str], query: Mapping[str, list[str]]) -> None:
        repository = self.repository(named)
        commit = self.commit_of(repository, named["revision"])
        entries = repository.commits[commit]
        folders = {str(parent) for name in entries for parent in PurePosixPath(name).parents}
        shown = [{"type": "directory", "path": p, "oid": "0"} for p in sorted(folders - {"."})]
        shown += [_shown(name, entry) for name, entry in sorted(entries.items())]
        start = int(query.get("cursor", ["0"])[0])
        headers = {}
        if start + PAGE < len(shown):
            more = f"{self.hub.url}{urlsplit(self.path).path}?recursive=true&cursor={start + PAGE}"
            headers["Link"] = f'<{more}>; rel="next"'
        self.reply_json(shown[start : start + PAGE], headers)

    def paths_info(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        repository = self.repository(named)
        wanted = parse_qs(self.body().decode()).get("paths", [])
        commit = self.commit_of(repository, named["revision"])
        entries = repository.commits[commit]
        files = [_shown(name, entries[name]) for name in wanted if name in entries]
        folders = [
            {"type": "directory", "path": name, "oid": commit, "size": 0}
            for name in wanted
            if any(path.startswith(f"{name}/") for path in entries)
        ]
        self.reply_json(files + folders)

    def resolve(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        repository = self.repository(named)
        commit = self.commit_of(repository, named["revision"])
        if repository.gated and not _sees(self.who(), repository.name):
            raise Refused(403 if self.who() else 401, "GatedRepo", "Access is restricted")
        entry = repository.commits[commit].get(named["path"])
        if entry is None:
            raise Refused(404, "EntryNotFound", "Entry not found")
        headers = {
            "X-Repo-Commit": commit,
            "X-Linked-Size": str(entry.size),
            "X-Linked-ETag": f'"{entry.sha256 or entry.oid}"',
            "ETag": f'"{entry.oid}"',
        }
        if entry.sha256:
            location = f"{self.hub.store}/large/{entry.sha256}?signature=for-one-hour"
            self.reply(b"", 302, {**headers, "Location": location})
            return
        prefix = "datasets" if repository.kind == "dataset" else "models"
        path = f"{prefix}/{repository.name}/{commit}/{quote(named['path'])}"
        self.reply(b"", 307, {**headers, "Location": f"/api/resolve-cache/{path}"})

    def resolve_cache(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        repository = self.repository(named)
        commit = named["revision"]
        entry = repository.commits[commit][named["path"]]
        content = repository.path(commit, named["path"]).read_bytes()
        self.reply_file(content, entry.oid, {"X-Repo-Commit": commit})

    def auth_check(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        repository = self.writable(named) if named.get("write") else self.repository(named)
        if repository.gated and not _sees(self.who(), repository.name):
            raise Refused(403, "GatedRepo", "Access is restricted")
        self.reply_json({})

    def create(self, _named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        who, asked = self.who(), self.json()
        if who is None:
            raise Refused(401, "", "Invalid username or password.")
        name = f"{asked.get('organization') or who.owner}/{asked['name']}"
        kind: Kind = asked.get("type") or "model"
        if not _may_write(who, name):
            raise Refused(
                403, "", f"You don't have the rights to create a {kind} under this namespace"
            )
        if (kind, name) in self.hub.repositories:
            raise Refused(409, "", "You already created this repo")
        private = asked.get("visibility") == "private" or asked.get("private") is True
        self.hub.create(kind, name, private=private)
        prefix = "datasets/" if kind == "dataset" else ""
        self.reply_json({"url": f"{self.hub.url}/{prefix}{name}", "name": name})

    def validate_yaml(self, _named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        asked = self.json()
        if not asked["content"].startswith("---\n"):
            self.reply_json({"errors": [], "warnings": [{"message": "empty or missing yaml"}]})
            return
        self.reply_json({"errors": [], "warnings": []})

    def preupload(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        asked = self.json()
        repository = self.writable(named)
        entries = repository.commits[self.commit_of(repository, named["revision"])]
        answer = []
        for file in asked["files"]:
            name, old = file["path"], entries.get(file["path"])
            mode = "lfs" if _is_large(name, file["size"]) else "regular"
            known = {"oid": old.sha256 or old.oid} if old else {}
            answer.append({"path": name, "uploadMode": mode, "shouldIgnore": False, **known})
        self.reply_json({"files": answer})

    def lfs_batch(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        asked = self.json()
        self.writable(named)
        objects: list[dict[str, Any]] = []
        for wanted in asked["objects"]:
            answer = dict(wanted)
            if not self.hub.find_blob(wanted["oid"]):
                href = f"{self.hub.store}/large/{wanted['oid']}?signature=for-one-hour"
                answer["actions"] = {"upload": {"href": href, "header": {}}}
            objects.append(answer)
        self.reply_json({"transfer": "basic", "objects": objects})

    def commit(self, named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        lines = [json.loads(line) for line in self.body().splitlines()]
        repository = self.writable(named)
        message, files, deleted = "", {}, []
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                message = value["summary"]
            elif line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                found = self.hub.find_blob(value["oid"])
                if found is None:
                    raise Refused(400, "", "LFS pointer pointed to a file that does not exist")
                files[value["path"]] = found.read_bytes()
            else:
                deleted.append(value["path"])
        commit = self.hub.commit(repository, files, deleted, message, named["revision"])
        url = f"{self.hub.url}/{repository.name}/commit/{commit}"
        self.reply_json({"success": True, "commitOid": commit, "commitUrl": url, "hookOutput": ""})


def _sees(who: Token | None, name: str) -> bool:
    if who is None:
        return False
    return name in who.only if who.only is not None else who.owner == name.partition("/")[0]


def _may_write(who: Token | None, name: str) -> bool:
    return who is not None and who.writes and _sees(who, name)


def _shown(name: str, entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "file", "path": name, "size": entry.size, "oid": entry.oid}
    if entry.sha256:
        shown["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": 130}
    return shown


_NAME = r"(?P<name>[^/]+/[^/]+)"
_API = rf"/api/(?P<kind>models|datasets)/{_NAME}"
_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", r"/api/whoami-v2", _HubHandler.whoami),
    ("GET", rf"{_API}(?:/revision/(?P<revision>[^/]+))?", _HubHandler.info),
    ("GET", rf"{_API}/tree/(?P<revision>[^/]+)", _HubHandler.tree),
    ("POST", rf"{_API}/paths-info/(?P<revision>[^/]+)", _HubHandler.paths_info),
    ("GET", rf"{_API}/auth-check(?P<write>/write)?", _HubHandler.auth_check),
    ("POST", r"/api/repos/create", _HubHandler.create),
    ("POST", r"/api/validate-yaml", _HubHandler.validate_yaml),
    ("POST", rf"{_API}/preupload/(?P<revision>[^/]+)", _HubHandler.preupload),
    ("POST", rf"{_API}/commit/(?P<revision>[^/]+)", _HubHandler.commit),
    (
        "GET HEAD",
        rf"/api/resolve-cache/(?P<kind>models|datasets)/{_NAME}/(?P<revision>[^/]+)/(?P<path>.+)",
        _HubHandler.resolve_cache,
    ),
    (
        "GET HEAD",
        rf"/(?:(?P<kind>datasets)/)?{_NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
        _HubHandler.resolve,
    ),
    (
        "POST",
        rf"/(?:(?P<kind>datasets)/)?{_NAME}\.git/info/lfs/objects/batch",
        _HubHandler.lfs_batch,
    ),
]
