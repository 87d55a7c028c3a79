import os
import ssl
from pathlib import Path

import certifi
import pytest

from tuneyard.runner import tls


def test_certificates_are_checked_where_an_image_has_authorities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = ssl.get_default_verify_paths()
    monkeypatch.setenv(where.openssl_cafile_env, certifi.where())
    context = tls.context(anyhow=True)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_bundle_of_another_place_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    without_authorities(monkeypatch)
    monkeypatch.setattr(tls, "_bundles", lambda: iter([Path(certifi.where())]))
    context = tls.context(anyhow=True)
    assert context.cert_store_stats()["x509_ca"] > 0
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_without_any_authority_only_the_end_of_a_pod_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_authorities(monkeypatch)
    monkeypatch.setattr(tls, "_bundles", lambda: iter([]))
    assert tls.context(anyhow=True).verify_mode is ssl.CERT_NONE
    # All else that is asked for isn't worth that.
    assert tls.context().verify_mode is ssl.CERT_REQUIRED


def without_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    where = ssl.get_default_verify_paths()
    monkeypatch.setenv(where.openssl_cafile_env, os.devnull)
    monkeypatch.setenv(where.openssl_capath_env, "/nowhere")
