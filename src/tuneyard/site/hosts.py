"""Whom the page may talk to: named when a site is built, and nobody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tuneyard.compute.runpod.address import PUBLIC, PUBLIC_CONSOLE, PUBLIC_PROXY
from tuneyard.errors import WrongInput
from tuneyard.runner.problems import Problem

HUB = "https://huggingface.co"
HUB_FILES = ("https://*.hf.co",)  # where the Hub sends whoever asks for a large file
WAY = "runpod/"  # the site's own way to RunPod, relative to the page

_HOST = r"([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?"
_SOURCE = re.compile(rf"https?://(\*\.)?{_HOST}")
_ADDRESS = re.compile(rf"https?://{_HOST}(/[A-Za-z0-9_.~-]+)*")
_PATH = re.compile(r"/([A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*")


@dataclass(frozen=True)
class Hosts:
    """Addresses without a slash at their end. `proxy` is a template of {pod} and {port};
    `path` is where the page lies on its own host; `passes` tells whether that host also
    hands requests on to RunPod.
    """

    runpod: str = PUBLIC
    proxy: str = PUBLIC_PROXY
    hub: str = HUB
    files: tuple[str, ...] = HUB_FILES
    console: str = PUBLIC_CONSOLE
    path: str = "/"
    passes: bool = True

    def __post_init__(self) -> None:
        """Raises WrongInput: each goes into a policy and into nginx's settings as it stands."""
        filled = re.sub(r"\{pod\}|\{port\}", "0", self.proxy)
        wrong = [
            *_wrong("runpod", self.runpod, _ADDRESS, "an address such as https://api.runpod.io"),
            *_wrong("hub", self.hub, _ADDRESS, "an address such as https://huggingface.co"),
            *_wrong("proxy", filled, _ADDRESS, f"an address with {{pod}}, such as {PUBLIC_PROXY}"),
            *_wrong("path", self.path, _PATH, "a path such as / or /tuneyard/"),
        ]
        for source in self.files:
            wrong += _wrong("files", source, _SOURCE, "a host such as https://*.hf.co")
        if "{pod}" not in self.proxy or not _SOURCE.fullmatch(self.faces):
            wrong += _wrong(
                "proxy", "", _ADDRESS, f"an address with {{pod}}, such as {PUBLIC_PROXY}"
            )
        if wrong:
            raise WrongInput(wrong)

    @property
    def faces(self) -> str:
        """Where pods are reached, as a policy names them: ``https://*.proxy.runpod.net``."""
        scheme, _, rest = self.proxy.partition("://")
        *named, last = re.split(r"\{(?:pod|port)\}", rest.partition("/")[0])
        if not named:  # all pods are on one host
            return f"{scheme}://{last}"
        return f"{scheme}://*.{last.partition('.')[2]}"

    @property
    def asked(self) -> tuple[str, ...]:
        """All that the page sends requests to, beside its own host."""
        named = (origin(self.runpod), self.faces, origin(self.hub), *self.files)
        return tuple(dict.fromkeys(named))

    def as_json(self) -> dict[str, Any]:
        """As the page reads them."""
        return {
            "runpod": self.runpod,
            "proxy": self.proxy,
            "hub": self.hub,
            "files": list(self.files),
            "console": self.console,
            "pass": WAY if self.passes else "",
        }


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _wrong(field: str, value: str, pattern: re.Pattern[str], wanted: str) -> list[Problem]:
    if pattern.fullmatch(value):
        return []
    return [Problem(f"--{field} has to be {wanted}.", "site-address", field)]
