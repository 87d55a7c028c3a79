import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tuneyard.runner.environment import image
from tuneyard.runner.environment.image import Image


def of(**packages: str) -> Image:
    named = {name.replace("_", "-"): version for name, version in packages.items()}
    return Image("/usr/bin/python3", "3.11.9", ("/usr/lib/python3/dist-packages",), named)


def test_pins_are_versions_that_an_index_has() -> None:
    found = of(torch="2.8.0+cu128", torchaudio="2.8.0+cu128", numpy="2.0")
    assert found.pins() == "torch==2.8.0\ntorchaudio==2.8.0\n"


def test_what_the_image_has_of_torch_is_not_installed() -> None:
    resolved = (
        "# a comment\n"
        "numpy==2.0\n"
        "nvidia-cublas-cu12==12.8 ; platform_machine == 'x86_64'\n"
        "Torch==2.8.0\n"
        "torchaudio==2.8.0\n"
        "torchmetrics==1.0\n"
        "torchvision==0.23\n"
        "triton==3.4\n"
        "voice @ file:///voice.whl\n"
    )
    kept = of(torch="2.8.0", torchvision="0.23").without(resolved)
    assert kept == (
        "# a comment\nnumpy==2.0\ntorchaudio==2.8.0\ntorchmetrics==1.0\nvoice @ file:///voice.whl\n"
    )


def test_everything_an_environment_relies_on_is_told() -> None:
    facts = of(torch="2.8.0", numpy="2.0").facts
    assert facts == ["/usr/bin/python3", "3.11.9", "numpy==2.0", "torch==2.8.0"]


def test_a_python_without_torch_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = str(tmp_path / "bare/bin/python")
    monkeypatch.setattr(image, "_pythons", lambda _: [bare, "/nothing/there"])
    assert image.find(bare, lambda _: True) is None


def test_the_first_that_fits_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pythons = []
    for name, version in (("old", "3.9.1"), ("fit", "3.11.2"), ("too", "3.11.3")):
        script = tmp_path / name
        answer = f'{{"version": "{version}", "sites": [], "packages": {{"Torch": "2.8.0"}}}}'
        script.write_text(f"#!/bin/sh\necho 'a warning'\necho '{answer}'\n")
        script.chmod(0o755)
        pythons.append(str(script))
    monkeypatch.setattr(image, "_pythons", lambda _: pythons)
    found = image.find("", lambda version: version != "3.9.1")
    assert found
    assert (found.python, found.version, found.torch) == (pythons[1], "3.11.2", "2.8.0")


def test_pythons_are_looked_for_where_images_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3.12", "python3.11"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "python3").symlink_to("python3.12")
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment/python").symlink_to(tmp_path / "python3.12")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(image, "_ELSEWHERE", (str(tmp_path / "environment/python"), "/nothing"))
    preferred = str(tmp_path / "python3.11")
    names = [os.path.relpath(python, tmp_path) for python in image._pythons(preferred)]
    assert names == ["python3.11", "python3", "environment/python"]
    assert shutil.which("python3.12")
