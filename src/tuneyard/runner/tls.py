"""Certificates are checked, wherever an image keeps its authorities."""

from __future__ import annotations

import contextlib
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def context(*, anyhow: bool = False) -> ssl.SSLContext:
    """For connections that this program opens.

    On an image that has no authorities at all it can't check. `anyhow`, certificates go
    unchecked then: only for the end of a pod, see ``pod/ending.py``.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(OSError):
        made.load_default_certs()
    if made.cert_store_stats()["x509_ca"] or _is_filled(ssl.get_default_verify_paths().capath):
        return made
    for bundle in _bundles():
        with contextlib.suppress(OSError):
            made.load_verify_locations(bundle)
            return made
    if anyhow:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def _is_filled(folder: str | None) -> bool:
    """Whether it holds certificates, which are read one by one when they are asked for."""
    return folder is not None and Path(folder).is_dir() and any(Path(folder).iterdir())


def _bundles() -> Iterator[Path]:
    """Of certifi, which most images with a Python have, and of other distributions."""
    library = Path(os.__file__).parent
    for place in ("site-packages", "dist-packages"):
        yield from (library / place).glob("certifi/cacert.pem")
    for known in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"):
        if Path(known).is_file():
            yield Path(known)
