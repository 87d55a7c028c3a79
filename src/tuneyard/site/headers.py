"""The headers of a site's files and of what it passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneyard.strictness import DATA, EVERYWHERE, policy

if TYPE_CHECKING:
    from .hosts import Hosts

FOR_GOOD = "public, max-age=31536000, immutable"  # of what has its content's hash in its name
ASKED_EACH_TIME = "no-cache"
NEVER_KEPT = "no-store"


def of_site(hosts: Hosts) -> dict[str, str]:
    """Of all that the site itself answers, refusals too."""
    return {**EVERYWHERE, "Content-Security-Policy": policy(hosts.asked, (hosts.faces,))}


def of_answer() -> dict[str, str]:
    """Of what RunPod answered through the site."""
    return {**EVERYWHERE, "Content-Security-Policy": DATA, "Cache-Control": NEVER_KEPT}
