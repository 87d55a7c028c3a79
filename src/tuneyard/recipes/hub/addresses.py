"""Addresses of files on the Hub: which are, what they say, how they are made."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

from tuneyard.recipes import downloads
from tuneyard.recipes.hub.about import About, Kind, endpoint
from tuneyard.recipes.hub.problems import HubError
from tuneyard.runner.problems import Problem

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_FILE_ADDRESS = re.compile(
    r"/(?:(?P<kind>datasets|spaces)/)?(?P<repository>[^/]+/[^/]+)"
    r"/(?:resolve|blob|raw)/(?P<revision>[^/]+)/(?P<path>.+)"
)


def is_address(text: str) -> bool:
    """Whether this is the address of a file on the Hub."""
    parts = urllib.parse.urlsplit(text)
    at_hub = parts.netloc in {*_HOSTS, urllib.parse.urlsplit(endpoint()).netloc}
    scheme = parts.scheme in ("http", "https")
    return scheme and at_hub and _FILE_ADDRESS.fullmatch(parts.path) is not None


def repository_of(address: str) -> tuple[Kind, str] | None:
    """What a file's address on the Hub is part of: kind and owner/name. None for other addresses."""
    if not is_address(address):
        return None
    place = Place.of(address)
    return place.kind, place.repository


def address_of(about: About, revision: str, path: str) -> str:
    revision, path = urllib.parse.quote(revision, safe=""), urllib.parse.quote(path)
    return f"{about.page}/resolve/{revision}/{path}"


@dataclass(frozen=True)
class Place:
    """A file on the Hub, as its address says it."""

    kind: Kind
    repository: str
    revision: str
    path: str

    @classmethod
    def of(cls, address: str) -> Place:
        found = _FILE_ADDRESS.fullmatch(urllib.parse.urlsplit(address).path)
        if not found or not is_address(address):
            raise HubError(
                Problem(
                    f"{downloads.shown(address)} is not the address of a file on the Hub.",
                    "address",
                    next_step="Open the file's page on the Hub and copy its address.",
                )
            )
        kinds: dict[str | None, Kind] = {"datasets": "dataset", "spaces": "space", None: "model"}
        named = (urllib.parse.unquote(found[part]) for part in ("repository", "revision", "path"))
        return cls(kinds[found["kind"]], *named)

    @property
    def name(self) -> str:
        return plain(self.path.rpartition("/")[2])


def plain(text: str) -> str:
    """Text from elsewhere as part of a path here."""
    return re.sub(r"[^A-Za-z0-9_.=-]", "-", text)
