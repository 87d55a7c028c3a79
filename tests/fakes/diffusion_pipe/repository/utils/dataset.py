"""Datasets, by what the trainer says of them while it caches them.

Pictures are known by their size alone, captions by their files. A cache is a folder
beside them, as the real one's, that remembers how many items it has.
"""

import hashlib
import json
import math
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepspeed.steering import once_more, option

sys.path.insert(0, str(Path(__file__).parents[1] / "submodules" / "ComfyUI"))

import comfy.model_management  # type: ignore[import-not-found] # noqa: F401 - as the real one
from utils.common import Bar, bar_at_once, is_main_process

Key = tuple[float, int, int, int]  # aspect ratio, width, height, frames

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})


class ArrowIndexError(IndexError):
    """The one of ``pyarrow.lib``."""


ArrowIndexError.__module__ = "pyarrow.lib"


class Directory:
    def __init__(self, config: dict[str, Any], above: dict[str, Any], model: str) -> None:
        def value(name: str, default: Any) -> Any:
            return config.get(name, above.get(name, default))

        self.path = Path(config["path"])
        if not self.path.is_dir():
            raise RuntimeError(f"Invalid path: {self.path}")
        self.cache = self.path / "cache" / model
        self.repeats = value("num_repeats", 1)
        self.resolutions = value("resolutions", None) or above["resolutions"]
        self.ratios = _ratios(value) if value("enable_ar_bucket", False) else [1.0]
        self.skips = value("skip_empty_caption", True)
        self.skips_checks = False

    def validate(self) -> None:
        if len(self.resolutions) > 3:
            if is_main_process():
                print(
                    "WARNING: You have set a lot of resolutions in the dataset config. Please read the"
                    " comments in the example dataset.toml file, and make sure you understand what this"
                    " setting does. If you still want to proceed with the current configuration, run the"
                    " script with the --i_know_what_i_am_doing flag."
                )
            sys.exit()

    def groups(self) -> dict[tuple[float, int], list[Path]]:
        """The pictures with a caption, by aspect ratio and frames; widest first."""
        found: dict[tuple[float, int], list[Path]] = {}
        for picture in self._pictures():
            if picture.with_suffix(".txt").exists() or not self.skips:
                ratio = min(self.ratios, key=lambda r: abs(math.log(r) - math.log(_ratio(picture))))
                found.setdefault((float(ratio), 1), []).append(picture)
        return dict(sorted(found.items(), reverse=True))

    def buckets(self, ratio: float) -> list[Key]:
        sides = [math.sqrt(side**2 * ratio) for side in self.resolutions]
        return [
            (ratio, _rounded(width), _rounded(side**2 / width), 1)
            for side, width in zip(self.resolutions, sides, strict=True)
        ]

    def cache_metadata(self) -> None:
        files = len(list(self.path.glob("*")))
        pictures = len(self._pictures())
        if not pictures:
            raise AssertionError(f"Directory {self.path} had no images/videos!")
        print("Grouped metadata is not cached. Computing ungrouped metadata and then grouping.")
        print("Intermediate metadata is not cached. Enumerating all files.")
        bar_at_once(files)
        print("Saving intermediate metadata dataset.")
        _saved(pictures)
        print("Loading intermediate metadata dataset.")
        print("Caching ungrouped metadata.")
        self._warn_of_captions()
        bar_at_once(pictures, "Map (num_proc=2)", " examples")
        groups = self.groups()
        bar_at_once(sum(map(len, groups.values())), "Grouping examples")
        for items in groups.values():
            _saved(len(items))
        for key in groups:
            print(f"Loading grouped metadata with grouping key {key}")

    def _warn_of_captions(self) -> None:
        said = "Skipping image" if self.skips else "Using empty caption"
        for picture in self._pictures():
            if not picture.with_suffix(".txt").exists():
                print(f"Cound not find caption for {picture}. {said}.")

    def cache_latents(self) -> None:
        print(f"caching latents: {self.path}")
        for (ratio, frames), items in self.groups().items():
            print(f"caching latents: {(ratio, frames)}")
            for _ in self.resolutions:
                bar_at_once(len(items), "Adding size bucket", " examples")
            if option("caching", "") == "dies":
                raise ArrowIndexError("Negative buffer slice length")
            for key in self.buckets(ratio):
                print(f"caching latents: {key}")
                _cached(self.cache / f"cache_{'x'.join(map(str, key))}" / "latents", items)
                print("Building iteration order")
                _saved(len(items))

    def cache_text_embeddings(self) -> None:
        print(f"caching text embeddings: {self.path}")
        for (ratio, frames), items in self.groups().items():
            print(f"caching text embeddings: {(ratio, frames)}")
            bar_at_once(len(items), "Map", " examples")
            _cached(self.cache / f"ar_frames_{ratio}x{frames}" / "text_embeddings_1", items)
        _cached(self.cache / "uncond_text_embeddings_1", [self.path])

    def load(self) -> None:
        groups = self.groups()
        load_from_disk()
        print("Found grouped metadata cache. Directly loading it.")
        for key in groups:
            print(f"Loading grouped metadata with grouping key {list(key)}")

    def load_latents(self) -> None:
        print(f"caching latents: {self.path}")
        for (ratio, frames), items in self.groups().items():
            print(f"caching latents: {[ratio, frames]}")
            for key in self.buckets(ratio):
                print(f"caching latents: {key}")
                _cached(self.cache / f"cache_{'x'.join(map(str, key))}" / "latents", items)

    def load_text_embeddings(self) -> None:
        print(f"caching text embeddings: {self.path}")
        for (ratio, frames), items in self.groups().items():
            print(f"caching text embeddings: {[ratio, frames]}")
            bar_at_once(len(items), "Map", " examples")
            _cached(self.cache / f"ar_frames_{ratio}x{frames}" / "text_embeddings_1", items)
        _cached(self.cache / "uncond_text_embeddings_1", [self.path])

    def _pictures(self) -> list[Path]:
        return sorted(p for p in self.path.glob("*") if p.suffix.lower() in _PICTURES)


class Dataset:
    def __init__(self, config: dict[str, Any], model: str, *, unchecked: bool) -> None:
        self.directories = [Directory(each, config, model) for each in config["directory"]]
        for directory in self.directories:
            if not unchecked:
                directory.validate()

    def steps(self, batch: int) -> int:
        """Of one epoch: each bucket, of all directories together, is rounded down."""
        buckets: dict[Key, int] = {}
        for directory in self.directories:
            for (ratio, _), items in directory.groups().items():
                for key in directory.buckets(ratio):
                    repeated = int(len(items) * directory.repeats)
                    buckets[key] = buckets.get(key, 0) + repeated
        return sum(count // batch for count in buckets.values())


def cache(datasets: list[Dataset], queue: Any) -> None:
    """What runs in a process of its own; the queue's None says that it is done."""
    directories = [each for dataset in datasets for each in dataset.directories]
    for directory in directories:
        directory.cache_metadata()
    for directory in directories:
        directory.cache_latents()
    if option("caching", "") == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    for directory in directories:
        directory.cache_text_embeddings()
    queue.put(None)


def load(datasets: list[Dataset]) -> None:
    for dataset in datasets:
        for directory in dataset.directories:
            directory.load()
        for directory in dataset.directories:
            directory.load_latents()
        for directory in dataset.directories:
            directory.load_text_embeddings()


def _ratios(value: Callable[[str, Any], Any]) -> list[float]:
    """Named one by one, or a range of them."""
    if named := value("ar_buckets", None):
        return [each[0] / each[1] if isinstance(each, list) else each for each in named]
    low, high, number = (value(name, None) for name in ("min_ar", "max_ar", "num_ar_buckets"))
    steps = max(number - 1, 1)
    return [round(low * (high / low) ** (step / steps), 3) for step in range(number)]


def load_from_disk() -> None:
    """As if another process were writing at this moment what this one reads."""
    if once_more("collides"):
        raise json.JSONDecodeError("Expecting value", "", 0)


def _saved(count: int) -> None:
    bar = Bar(count, "Saving the dataset (0/1 shards)", " examples")
    bar.name("Saving the dataset (1/1 shards)")
    bar.update(count)
    bar.update(0)
    bar.close()


def _cached(place: Path, items: list[Path]) -> None:
    fingerprint = hashlib.sha256(repr(sorted(items)).encode()).hexdigest()[:16]
    print("[CACHE] Initializing")
    known = _known(place)
    if known and known["fingerprint"] != fingerprint:
        print(f"[CACHE] Existing cache has fingerprint {known['fingerprint']}")
        print("[CACHE] Fingerprint changed, deleting existing cache files")
        known = {}
    elif known:
        print(f"[CACHE] Existing cache has fingerprint {fingerprint}")
    if not known:
        print(f"[CACHE] Storing new fingerprint: {fingerprint}")
    done = known.get("length", 0)
    print(f"[CACHE] Existing cache length: {done}")
    if done < len(items):
        _fill(place, fingerprint, done, len(items))


def _fill(place: Path, fingerprint: str, done: int, total: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    bar = Bar(total)
    print("[CACHE] Creating new shard: shard_0")
    for length in range(done + 1, total + 1):
        time.sleep(option("cache_seconds", 0.0))
        text = json.dumps({"fingerprint": fingerprint, "length": length})
        (place / "metadata.new").write_text(text)
        (place / "metadata.new").replace(place / "metadata.json")  # as whole as a database
        bar.update()
    bar.close()


def _known(place: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((place / "metadata.json").read_text()))
    except FileNotFoundError:
        return {}


def _ratio(picture: Path) -> float:
    """Width over height of a PNG; any other picture counts as square."""
    with picture.open("rb") as file:
        head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return 1.0
    width, height = struct.unpack(">II", head[16:24])
    return float(width / height)


def _rounded(side: float) -> int:
    return round(side / 16) * 16
