"""What a site's own way to RunPod passes on, and nothing else. One list, for nginx and for `serve`.

Keys go through it: so whoever passes on notes nothing, keeps nothing, and answers no page
but its own.
"""

from __future__ import annotations

_POD = "[A-Za-z0-9_-]+"

# Methods, and the paths of RunPod's API, as a regular expression that PCRE reads as Python does.
ALLOWED: tuple[tuple[str, str], ...] = (
    ("GET|POST", "v2/pods"),
    ("GET|DELETE", f"v2/pods/{_POD}"),
    ("POST", f"v2/pods/{_POD}/action"),
    ("GET", f"v2/pods/{_POD}/logs"),
    ("GET", "v2/catalog/gpus"),
    ("GET", "v2/network-volumes"),
    ("POST", "graphql"),
)

SENT = ("Authorization", "Content-Type", "Accept", "User-Agent", "Last-Event-ID")
"""Headers that go to RunPod; no cookie, address or referrer does."""

WITHHELD = (
    "Set-Cookie",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Alt-Svc",
    "Cache-Control",
    "Clear-Site-Data",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Expires",
    "Link",
    "NEL",
    "Permissions-Policy",
    "Refresh",
    "Referrer-Policy",
    "Report-To",
    "Reporting-Endpoints",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
)
"""Headers of its answers that don't reach the page: what would speak for the site's own host."""

LARGEST = 131_072  # bytes of a request; RunPod takes less than 102,400
CONNECT = 10  # seconds
SILENT = 3600  # seconds that a stream of log lines may be
