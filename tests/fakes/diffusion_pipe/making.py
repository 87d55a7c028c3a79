"""Makes what the scripted trainer is run from: its checkout, its repository, its Python, its data."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
PACKAGES = HERE / "packages"
STEERING = "fake.json"  # in the trainer's checkout

_IGNORED = shutil.ignore_patterns("__pycache__")


class Repository(NamedTuple):
    path: Path
    revision: str


def checkout(place: Path) -> Path:
    """The trainer as a clone with all its submodules has it; without git."""
    shutil.copytree(HERE / "repository", place, ignore=_IGNORED)
    for module in (HERE / "submodules").iterdir():
        shutil.copytree(module, place / "submodules" / module.name, ignore=_IGNORED)
    return place


def repository(place: Path, **options: Any) -> Repository:
    """A git repository on this disk, whose submodules are repositories beside it.

    Git clones submodules from a disk only with ``protocol.file.allow=always``. `options` are
    what the trainer does unless it is steered otherwise: see `deepspeed.steering`.
    """
    place.mkdir(parents=True)
    modules = {each.name: place / each.name for each in (HERE / "submodules").iterdir()}
    for name, path in modules.items():
        shutil.copytree(HERE / "submodules" / name, path, ignore=_IGNORED)
        _commit(path)
    trainer = place / "diffusion-pipe"
    shutil.copytree(HERE / "repository", trainer, ignore=_IGNORED)
    (trainer / STEERING).write_text(json.dumps(options))
    _git(trainer, "init", "-q")
    for name, path in sorted(modules.items()):
        local = ("-c", "protocol.file.allow=always")
        _git(trainer, *local, "submodule", "--quiet", "add", str(path), f"submodules/{name}")
    return Repository(trainer, _commit(trainer))


def python(place: Path) -> Path:
    """A Python of its own, in which `deepspeed` and `toml` can be imported, and nothing else."""
    import toml

    base = Path(sys.executable).resolve()
    packages = place / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "scripted.pth").write_text(f"{PACKAGES}\n")
    (packages / "toml").symlink_to(Path(toml.__file__).parent)
    (place / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(base)
    return place / "bin" / "python"


def found(place: Path) -> Repository:
    """The one that was made there."""
    trainer = place / "diffusion-pipe"
    return Repository(trainer, _git(trainer, "rev-parse", "HEAD").strip())


def whole_python(place: Path, *, copied: bool = False) -> Path:
    """The same, in which all that the steps before and after a training import is there too.

    `copied`: for pods, which don't see where tests have their packages.
    """
    import PIL

    found = python(place)
    (packages,) = place.glob("lib/*/site-packages")
    for name in ("torch", "torchvision", "torchaudio", "diffusers", "huggingface_hub", "imageio"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").touch()
    (packages / "imageio" / "config.py").write_text("video_extensions = ()\n")
    (packages / "PIL").symlink_to(Path(PIL.__file__).parent)
    (packages / "pillow.libs").symlink_to(Path(PIL.__file__).parents[1] / "pillow.libs")
    if copied:
        (packages / "scripted.pth").unlink()
        shutil.copytree(PACKAGES, packages, ignore=_IGNORED, dirs_exist_ok=True)
    for link in [each for each in packages.iterdir() if copied and each.is_symlink()]:
        target = link.resolve()
        link.unlink()
        shutil.copytree(target, link, ignore=_IGNORED)
    if copied:
        shutil.rmtree(packages / "huggingface_hub")  # what fetches from the Hub has to be real
        for path in _files_of("huggingface_hub", set()):
            target = packages / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path.locate(), target)
    return found


def _files_of(package: str, seen: set[str]) -> Iterator[metadata.PackagePath]:
    """Of a package that is installed here, and of all that it needs."""
    seen.add(package)
    try:
        found = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return  # of another platform
    yield from (each for each in found.files or () if ".." not in each.parts)
    for line in found.requires or ():
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        if "extra ==" not in line and name not in seen:
            yield from _files_of(name, seen)


def model(place: Path) -> Path:
    """A file as those of models are, with nothing in it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((2).to_bytes(8, "little") + b"{}")
    return place


def wheel(place: Path) -> Path:
    """The stand-in for DeepSpeed as an installer takes it, with ``bin/deepspeed``."""
    name = "deepspeed-0.18.4"
    about = {
        "METADATA": "Metadata-Version: 2.1\nName: deepspeed\nVersion: 0.18.4\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "[console_scripts]\ndeepspeed = deepspeed.launcher.runner:main\n",
    }
    path = place / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(PACKAGES.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(PACKAGES))
        for file_name, text in about.items():
            archive.writestr(f"{name}.dist-info/{file_name}", text)
        names = [*archive.namelist(), f"{name}.dist-info/RECORD"]
        archive.writestr(f"{name}.dist-info/RECORD", "".join(f"{each},,\n" for each in names))
    return path


def pictures(place: Path, count: int, *, size: tuple[int, int] = (64, 64)) -> Path:
    """So many pictures of one size, each with a caption."""
    place.mkdir(parents=True, exist_ok=True)
    there = len(list(place.glob("*.png")))
    for number in range(there, there + count):
        (place / f"{number:03d}.png").write_bytes(_png(*size, shade=number % 256))
        (place / f"{number:03d}.txt").write_text(f"picture {number}")
    return place


def _png(width: int, height: int, *, shade: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes([shade]) * width) * height)
    parts: Iterable[tuple[bytes, bytes]] = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _commit(folder: Path) -> str:
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "As it is")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=Tests", "-c", "user.email=tests@localhost")
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        env={**os.environ, **nobody},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
