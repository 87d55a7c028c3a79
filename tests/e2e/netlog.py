"""What Chromium itself notes of its network: all that any part of it did, whoever asked for it."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# Chromium's own errands, which no page can ask for: its updates, its account, its hints for forms.
_OWN = ("accounts.google.com", "update.googleapis.com", "content-autofill.googleapis.com")


@dataclass(frozen=True)
class NetLog:
    """`asked` are the origins of all requests but Chromium's own; `connected` the addresses that
    TCP led to, as ``host:port``; `datagrams` is how many were sent by UDP.
    """

    asked: frozenset[str]
    connected: frozenset[str]
    datagrams: int


def argument(file: Path) -> str:
    return f"--log-net-log={file}"


def read(file: Path) -> NetLog:
    """Of a browser that has ended."""
    log = json.loads(file.read_text(encoding="utf-8"))
    numbers = log["constants"]["logEventTypes"]

    def of(name: str) -> list[dict[str, str]]:
        return [each["params"] for each in log["events"] if _is(each, numbers[name])]

    asked = [each for each in of("URL_REQUEST_START_JOB") if "url" in each and not _is_own(each)]
    return NetLog(
        frozenset(_origin(each["url"]) for each in asked),
        frozenset(each["address"] for each in of("TCP_CONNECT_ATTEMPT") if "address" in each),
        len(of("UDP_BYTES_SENT")),
    )


def _is(event: dict[str, object], number: int) -> bool:
    return event["type"] == number and "params" in event


def _is_own(asked: dict[str, str]) -> bool:
    return asked["initiator"] == "not an origin" and urlsplit(asked["url"]).hostname in _OWN


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
