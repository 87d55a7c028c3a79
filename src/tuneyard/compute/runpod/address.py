"""Where RunPod is: its API, its pods' faces, its console."""

from __future__ import annotations

import os
from urllib.parse import quote, urlsplit

ADDRESS = "TUNEYARD_RUNPOD_URL"  # names another address than RunPod's own, for rehearsals
PROXY = "TUNEYARD_RUNPOD_PROXY"  # the same of its pods' faces, a template of {pod} and {port}

PUBLIC = "https://api.runpod.io"
PUBLIC_PROXY = "https://{pod}-{port}.proxy.runpod.net"
PUBLIC_CONSOLE = "https://console.runpod.io/pods?id={pod}"


def address() -> str:
    """RunPod's address without a slash at its end."""
    return (os.environ.get(ADDRESS) or PUBLIC).rstrip("/")


def face(pod: str, port: int) -> str:
    """The address at which a pod's own port is reached, without a slash at its end."""
    template = os.environ.get(PROXY) or PUBLIC_PROXY
    return template.replace("{pod}", part(pod)).replace("{port}", str(port)).rstrip("/")


def console(pod: str) -> str:
    """The page on which RunPod shows a pod to its owner."""
    return PUBLIC_CONSOLE.replace("{pod}", part(pod))


def part(text: str) -> str:
    """A text as one part of a path, whatever is in it: ids come from others, or are typed."""
    return quote(text.encode(errors="replace"), safe="").replace(".", "%2E")


def shown() -> str:
    """RunPod's address without what may be secret in it."""
    try:
        parts = urlsplit(address())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the address that is set"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
