"""The Hub itself: its API, and where its files are."""

from __future__ import annotations

import base64
import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from .answering import Handler
from .faults import Refused
from .repositories import is_large, may_write, sees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .repositories import Entry, Kind, Repository, Token

PAGE = 3  # entries of a listing: small, so that every listing test turns pages


class HubHandler(Handler):
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
        if found is None or (found.private and not sees(who, found.name)):
            raise Refused(404 if who else 401, "RepoNotFound", "Repository not found")
        return found

    def writable(self, named: Mapping[str, str]) -> Repository:
        found = self.repository(named)
        if not may_write(self.who(), found.name):
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
        if repository.gated and not sees(self.who(), repository.name):
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
        if repository.gated and not sees(self.who(), repository.name):
            raise Refused(403, "GatedRepo", "Access is restricted")
        self.reply_json({})

    def create(self, _named: Mapping[str, str], _query: Mapping[str, list[str]]) -> None:
        who, asked = self.who(), self.json()
        if who is None:
            raise Refused(401, "", "Invalid username or password.")
        name = f"{asked.get('organization') or who.owner}/{asked['name']}"
        kind: Kind = asked.get("type") or "model"
        if not may_write(who, name):
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
            mode = "lfs" if is_large(name, file["size"]) else "regular"
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


def _shown(name: str, entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "file", "path": name, "size": entry.size, "oid": entry.oid}
    if entry.sha256:
        shown["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": 130}
    return shown


_NAME = r"(?P<name>[^/]+/[^/]+)"
_API = rf"/api/(?P<kind>models|datasets)/{_NAME}"
_ROUTES: list[tuple[str, str, Any]] = [
    ("GET", r"/api/whoami-v2", HubHandler.whoami),
    ("GET", rf"{_API}(?:/revision/(?P<revision>[^/]+))?", HubHandler.info),
    ("GET", rf"{_API}/tree/(?P<revision>[^/]+)", HubHandler.tree),
    ("POST", rf"{_API}/paths-info/(?P<revision>[^/]+)", HubHandler.paths_info),
    ("GET", rf"{_API}/auth-check(?P<write>/write)?", HubHandler.auth_check),
    ("POST", r"/api/repos/create", HubHandler.create),
    ("POST", r"/api/validate-yaml", HubHandler.validate_yaml),
    ("POST", rf"{_API}/preupload/(?P<revision>[^/]+)", HubHandler.preupload),
    ("POST", rf"{_API}/commit/(?P<revision>[^/]+)", HubHandler.commit),
    (
        "GET HEAD",
        rf"/api/resolve-cache/(?P<kind>models|datasets)/{_NAME}/(?P<revision>[^/]+)/(?P<path>.+)",
        HubHandler.resolve_cache,
    ),
    (
        "GET HEAD",
        rf"/(?:(?P<kind>datasets)/)?{_NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
        HubHandler.resolve,
    ),
    (
        "POST",
        rf"/(?:(?P<kind>datasets)/)?{_NAME}\.git/info/lfs/objects/batch",
        HubHandler.lfs_batch,
    ),
]
