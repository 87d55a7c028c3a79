"""Pictures, clips, captions and models' files, as small as they can be."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from tuneyard.recipes.diffusion_pipe.settings import Settings


def asked(*folders: Path | Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """Complete settings of a job with these folders; SDXL, with nothing sorted by shape."""
    directories = [{"path": str(each)} if isinstance(each, Path) else each for each in folders]
    chosen: dict[str, Any] = {"enable_ar_bucket": False, "directories": directories, **others}
    return Settings(**chosen).model_dump()


def picture(
    path: Path, size: tuple[int, int] = (64, 64), caption: str | None = "a cup", **saving: Any
) -> Path:
    """`saving` goes to Pillow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "teal").save(path, **saving)
    if caption is not None:
        path.with_suffix(".txt").write_text(caption)
    return path


def pictures(folder: Path, *sizes: tuple[int, int], of_each: int = 1) -> Path:
    for number, size in enumerate(size for size in sizes for _ in range(of_each)):
        picture(folder / f"{number:03}.png", size)
    return folder


def clip(
    path: Path,
    frames: int,
    fps: int = 16,
    size: tuple[int, int] = (64, 64),
    caption: str | None = "a kettle",
) -> Path:
    """The contents of an .mp4, without what it is the contents of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = _box(b"mdia", _box(b"hdlr", b"\0" * 8 + b"soun" + b"\0" * 12))
    entry = b"\0" * 32 + struct.pack(">HH", *size) + b"\0" * 50
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1) + entry),
        _box(b"stts", struct.pack(">IIII", 0, 1, frames, 1000)),
        _box(b"stsz", struct.pack(">III", 0, 0, frames)),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, fps * 1000, frames * 1000)),
        _box(b"hdlr", b"\0" * 8 + b"vide" + b"\0" * 12),
        _box(b"minf", table),
    )
    tracks = [_box(b"trak", sound), _box(b"trak", media)]
    path.write_bytes(_box(b"ftyp", b"isom") + _box(b"mdat", b"\0" * 100) + _box(b"moov", *tracks))
    if caption is not None:
        path.with_suffix(".txt").write_text(caption)
    return path


def _box(name: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + name + data


def weights(path: Path, tensors: Mapping[str, Sequence[int]], dtype: str = "BF16") -> Path:
    """A .safetensors of tensors with these names and shapes, and no numbers in them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {
        name: {"dtype": dtype, "shape": list(shape), "data_offsets": [0, 0]}
        for name, shape in tensors.items()
    }
    data = json.dumps({"__metadata__": {"format": "pt"}, **head}).encode()
    path.write_bytes(struct.pack("<Q", len(data)) + data)
    return path
