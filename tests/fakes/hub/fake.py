"""The fake as tests see it: what lies on it, what goes wrong, what was asked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Self

from .answering import Server
from .api import HubHandler
from .faults import Asked, Fault
from .large import StoreHandler
from .repositories import Repository, Token, entry_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from .repositories import Kind

_WAKEFUL = """
import time
time.sleep = lambda seconds: print(f"[slept {seconds:g}]", flush=True)
"""


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
        self._hub = Server(self, HubHandler)
        self._store = Server(self, StoreHandler)

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
            entries |= {name: entry_of(name, content) for name, content in files.items()}
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
