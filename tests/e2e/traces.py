"""Looks for a secret in what others wrote: whole or in pieces, however it is spelt or packed."""

import base64
import contextlib
import zlib
from collections.abc import Iterator

# Of a secret that was cut up or packed by a compression that keeps what it sees first (LevelDB's),
# a run of 20 characters is enough to be found.
_PIECE, _STEP = 12, 8
_GZIP = b"\x1f\x8b\x08"


def spellings(secret: str) -> dict[str, set[bytes]]:
    """What would betray a secret, by how it is spelt."""
    pieces = list(_pieces(secret, _PIECE))
    assert pieces, "so short a secret would be found everywhere"
    raw = [piece.encode() for piece in pieces]
    encoded = {piece for shift in range(3) for piece in _base64(secret.encode(), shift)}
    return {
        "as it is": set(raw),
        "UTF-16": {piece.encode("utf-16-le") for piece in pieces},
        "percent": {"".join(f"%{byte:02X}" for byte in piece).encode() for piece in raw},
        "hex": {piece.hex().encode() for piece in raw}
        | {piece.hex().upper().encode() for piece in raw},
        "base64": encoded | {piece.translate(_URL_SAFE) for piece in encoded},
    }


def traces(secret: str, data: bytes) -> list[str]:
    """How a secret is spelt in these bytes or in what is packed in them; empty if it isn't there."""
    looked_at = [data, *_unpacked(data)]
    return [
        how
        for how, pieces in spellings(secret).items()
        if any(piece in each for each in looked_at for piece in pieces)
    ]


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text) - size + 1, _STEP):
        yield text[start : start + size]


def _base64(secret: bytes, shift: int) -> Iterator[bytes]:
    """Pieces of it where it begins so many bytes after a whole group, without what its
    neighbours decide.
    """
    text = base64.b64encode(b"\0" * shift + secret).decode()
    own = text[(shift * 8 + 5) // 6 : (shift + len(secret)) * 8 // 6]
    return (piece.encode() for piece in _pieces(own, 16))


def _unpacked(data: bytes) -> Iterator[bytes]:
    """All that is compressed as web servers do it, from wherever it begins."""
    start = data.find(_GZIP)
    while start >= 0:
        with contextlib.suppress(zlib.error):  # three bytes that only look like it
            yield zlib.decompressobj(wbits=31).decompress(data[start:])
        start = data.find(_GZIP, start + 1)
