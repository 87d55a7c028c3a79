"""The search for secrets finds what it is to find."""

import base64
import gzip
import os

import pytest

from e2e.traces import traces

SECRET = "rpa_9F2C41D07A6BE83350C1DD74A2B96E0F8813C5D7"
AROUND = os.urandom(300)


@pytest.mark.parametrize(
    ("how", "written"),
    [
        ("as it is", SECRET.encode()),
        ("as it is", SECRET[:22].encode()),
        ("as it is", SECRET[20:].encode()),
        ("as it is", gzip.compress(b"words " * 99 + SECRET.encode() + b" more" * 99, mtime=0)),
        ("UTF-16", SECRET.encode("utf-16-le")),
        ("percent", "".join(f"%{ord(letter):02X}" for letter in SECRET).encode()),
        ("hex", SECRET.encode().hex().encode()),
        *(
            (
                "base64",
                encode(b'{"authorization": "Bearer '[:before] + SECRET.encode() + b'"}'[:after]),
            )
            for before in range(20, 24)
            for after in range(3)
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
        ),
    ],
)  # fmt: skip
def test_a_secret_is_found_however_it_is_written(how: str, written: bytes) -> None:
    assert how in traces(SECRET, AROUND + written + AROUND)


@pytest.mark.parametrize(
    "written", [b"", b"rpa_", b"ends with C5D7", gzip.compress(b"nothing", mtime=0)]
)
def test_what_says_little_of_it_is_no_trace(written: bytes) -> None:
    assert traces(SECRET, AROUND + written + AROUND) == []
