"""What the trainer is run from: its repository, its Python, a tiny model, pictures.

The trainer's own files are those of a checkout, as they are. Its submodules are replaced by
modules of the same names, as far as it imports them for Flux and Wan: all of them are gigabytes.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from PIL import Image

HERE = Path(__file__).parent

_SUBMODULES = (
    *("ComfyUI", "Cosmos", "HiDream", "HunyuanImage-2.1", "HunyuanVideo", "LTX_Video"),
    *("Lumina_2", "OmniGen2", "flow"),
)

# By its path below submodules/. ComfyUI has a package `utils`, as the trainer has a folder.
_STANDS_IN = {
    "ComfyUI/utils/__init__.py": "",
    "ComfyUI/comfy/__init__.py": "",
    "ComfyUI/comfy/model_management.py": "def unload_all_models(): pass",
    "ComfyUI/comfy/utils.py": "",
    "ComfyUI/comfy/sd.py": "",
    "ComfyUI/comfy/sd1_clip.py": "class ClipTokenWeightEncoder: pass\nclass SD1Tokenizer: pass",
    "ComfyUI/comfy/ldm/__init__.py": "",
    "ComfyUI/comfy/ldm/flux/__init__.py": "",
    "ComfyUI/comfy/ldm/flux/math.py": "attention = None",
    "ComfyUI/comfy/ldm/flux/layers.py": (
        "apply_mod = None\nclass DoubleStreamBlock: pass\nclass SingleStreamBlock: pass"
    ),
    "ComfyUI/comfy_api/__init__.py": "",
    "ComfyUI/comfy_api/latest/__init__.py": (HERE / "clip_reader.py").read_text(),
    "HunyuanVideo/hyvideo/__init__.py": "",
    "HunyuanVideo/hyvideo/text_encoder/__init__.py": "",
    "HunyuanVideo/hyvideo/constants.py": "PRECISION_TO_TYPE = {}\nTEXT_ENCODER_PATH = {}",
}


class Repository(NamedTuple):
    path: Path
    revision: str


def repository(checkout: Path, place: Path) -> Repository:
    """A git repository of a checkout's files, whose submodules are repositories beside it."""
    trainer = place / "diffusion-pipe"
    left_out = shutil.ignore_patterns(".git", ".gitmodules", "submodules", "__pycache__")
    shutil.copytree(checkout, trainer, ignore=left_out)
    _git(trainer, "init", "-q")
    for name in _SUBMODULES:
        module = place / name
        _stand_in(name, module)
        local = ("-c", "protocol.file.allow=always")
        _git(trainer, *local, "submodule", "--quiet", "add", str(module), f"submodules/{name}")
    return Repository(trainer, _commit(trainer))


def python(real: Path, place: Path) -> Path:
    """Another Python with the packages of `real`, in which "cuda" means the CPU."""
    asked = (
        "import sys, site; print(*sys.version_info[:2], sys.base_prefix, *site.getsitepackages())"
    )
    major, minor, base, *packages = _said(str(real), "-c", asked).split()
    version = f"python{major}.{minor}"
    own = place / "lib" / version / "site-packages"
    own.mkdir(parents=True)
    shutil.copy(HERE / "on_cpu.py", own / "tuneyard_on_cpu.py")
    # With the .pth files in them: setuptools has one without which there is no distutils.
    theirs = (f"import site; site.addsitedir({package!r})" for package in packages)
    lines = "\n".join((*theirs, "import tuneyard_on_cpu", ""))
    (own / "on_cpu.pth").write_text(lines)
    (place / "pyvenv.cfg").write_text(f"home = {base}/bin\n")
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(Path(base) / "bin" / version)
    return place / "bin" / "python"


def model(python: Path, place: Path) -> Path:
    """A Flux with next to no weights."""
    _said(str(python), str(HERE / "tiny_flux.py"), str(place))
    return place


def wan(python: Path, checkout: Path, place: Path) -> Path:
    """A Wan whose text encoder and VAE are small; see on_cpu.py, which makes the trainer's so too."""
    _said(str(python), str(HERE / "tiny_wan.py"), str(checkout), str(place))
    return place


def clips(python: Path, place: Path, count: int, frames: int, fps: int) -> None:
    """So many further clips, each with a caption."""
    place.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        file = place / f"{frames}-{fps}-{number}.mp4"
        _said(str(python), str(HERE / "clip.py"), str(file), str(frames), str(fps))
        file.with_suffix(".txt").write_text(f"clip {number} of {frames} frames")


def pictures(place: Path, count: int, size: tuple[int, int] = (64, 64)) -> Path:
    """So many further pictures of one size, each with a caption."""
    place.mkdir(parents=True, exist_ok=True)
    there = len(list(place.glob("*.png")))
    for number in range(there, there + count):
        color = (number * 37 % 256, number * 91 % 256, number * 53 % 256)
        Image.new("RGB", size, color).save(place / f"{number:03d}.png")
        (place / f"{number:03d}.txt").write_text(f"picture {number}")
    return place


def _stand_in(name: str, place: Path) -> None:
    files = {
        path.partition("/")[2]: text
        for path, text in _STANDS_IN.items()
        if path.startswith(f"{name}/")
    }
    for path, text in (files or {"nothing.txt": "of no use here"}).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(f"{text}\n")
    _git(place, "init", "-q")
    _commit(place)


def _commit(folder: Path) -> str:
    _git(folder, "add", "-A", "--force")
    _git(folder, "commit", "-q", "-m", "As it is")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost")
    return _said("git", "-C", str(folder), *who, *arguments)


def _said(*command: str) -> str:
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        command, env={**os.environ, **nobody}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout
