"""One file over http(s), which goes on where it broke off. Standard library only.

What has arrived lies in ``<target>.part``, beside a note of the version it is
part of: a killed job, or the next one, asks for the rest alone. The target itself
appears when it is complete and verified, never before.
"""

from tuneyard.recipes.downloads.fetching import TRIES, download, head
from tuneyard.recipes.downloads.part import digest
from tuneyard.recipes.downloads.words import (
    DISK,
    DownloadError,
    disk_full,
    mb,
    retry_after,
)
from tuneyard.runner.opening import shown

__all__ = [
    "DISK",
    "TRIES",
    "DownloadError",
    "digest",
    "disk_full",
    "download",
    "head",
    "mb",
    "retry_after",
    "shown",
]
