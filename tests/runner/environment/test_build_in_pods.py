"""In a pod the image's own torch is used, where it will do."""

import json
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from runner.environment.conftest import make_wheel, set_gpu, spec, trainer
from tuneyard.runner import environment
from tuneyard.runner.environment import image, main
from tuneyard.runner.environment import spec as specs


class PodsImage(NamedTuple):
    """A Python with a torch of its own; `torch` is where that can be changed."""

    python: str
    packages: Path


@pytest.fixture
def pods_image(tmp_path: Path, runner_python: str, monkeypatch: pytest.MonkeyPatch) -> PodsImage:
    """The index has two versions of torch and what comes with it; the image has the older one."""
    place = tmp_path / "image"
    subprocess.run([runner_python, "-m", "venv", "--without-pip", place], check=True)
    packages = next(place.glob("lib/python*/site-packages"))
    for version in ("2.8.0", "2.9.0"):
        parts = (f"triton=={version}", f"nvidia-cublas-cu12=={version}")
        make_wheel(
            tmp_path / "wheels", "torch", "WHERE = 'index'\n", version=version, requires=parts
        )
        for name in ("triton", "nvidia_cublas_cu12"):
            make_wheel(tmp_path / "wheels", name, "#\n", version=version)
    make_wheel(
        tmp_path / "wheels", "tiny_lightning", "#\n", requires=("torch>=2,<3", "tiny-helper")
    )
    make_wheel(tmp_path / "wheels", "tiny_helper", "#\n")
    own = make_wheel(tmp_path, "torch", "WHERE = 'image'\n", version="2.8.0+cu128")
    with zipfile.ZipFile(own) as wheel:
        wheel.extractall(packages)
    monkeypatch.setenv("TUNEYARD_POD", "1")
    set_gpu(monkeypatch, False)
    return PodsImage(str(place / "bin/python"), packages)


def training(pods_image: PodsImage, **changes: object) -> str:
    imports = ["torch", "tiny_lightning", "tiny_helper"]
    asked = {"requirements": ["tiny-lightning"], "imports": imports, **changes}
    return spec(preferred=pods_image.python, **asked)


def torch_of_trainer() -> str:
    ask = "import torch; print(torch.WHERE)"
    told = subprocess.run(
        [trainer()["python"], "-c", ask], capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def packages_of(home: Path) -> set[str]:
    """What was installed into the trainer's environment itself."""
    built = home / "envs" / trainer()["env"]
    return {path.name.partition("-")[0] for path in built.glob("lib/*/site-packages/*.dist-info")}


def test_a_pods_own_torch_is_used(
    pods_image: PodsImage, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([training(pods_image)]) == 0
    assert torch_of_trainer() == "image"
    assert packages_of(home) == {"tiny_lightning", "tiny_helper"}
    assert "beside torch 2.8.0+cu128, which the image has" in capsys.readouterr().out


def test_a_second_job_in_a_pod_finds_it_ready(
    pods_image: PodsImage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([training(pods_image)]) == 0
    first = trainer()
    capsys.readouterr()
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")
    assert main([training(pods_image)]) == 0
    assert trainer() == first
    assert "Building" not in capsys.readouterr().out


def test_another_image_has_another_environment(pods_image: PodsImage, tmp_path: Path) -> None:
    assert main([training(pods_image)]) == 0
    first = trainer()
    with zipfile.ZipFile(make_wheel(tmp_path, "numpy", "#\n", version="2.0")) as wheel:
        wheel.extractall(pods_image.packages)
    assert main([training(pods_image)]) == 0
    assert trainer() != first
    assert torch_of_trainer() == "image"


@pytest.mark.parametrize("requirement", ["torch==2.9.0", "torch>2.8"])
def test_a_torch_that_is_too_old_is_left_alone(
    requirement: str, pods_image: PodsImage, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = training(pods_image, requirements=["tiny-lightning", requirement])
    assert main([asked]) == 0
    assert "The image's torch 2.8.0+cu128 can't be used" in capsys.readouterr().out
    assert torch_of_trainer() == "index"
    assert {"torch", "triton", "nvidia_cublas_cu12"} <= packages_of(home)
    assert main([asked]) == 0
    assert "can't be used" not in capsys.readouterr().out  # it isn't tried again


def test_a_torch_that_does_not_load_is_left_alone(
    pods_image: PodsImage, capsys: pytest.CaptureFixture[str]
) -> None:
    (pods_image.packages / "torch/__init__.py").write_text("raise ImportError('no CUDA here')")
    assert main([training(pods_image)]) == 0
    said = capsys.readouterr().out
    assert "no CUDA here" in said
    assert "can't be used: installing another" in said
    assert torch_of_trainer() == "index"


def test_a_torch_without_the_gpu_is_left_alone(
    pods_image: PodsImage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    info = pods_image.packages / "torch-2.8.0+cu128.dist-info"
    text = (info / "METADATA").read_text().replace("+cu128", "+cpu")
    (info / "METADATA").write_text(text)
    info.rename(info.with_name("torch-2.8.0+cpu.dist-info"))
    set_gpu(monkeypatch, True)
    assert main([training(pods_image)]) == 0
    assert "would not use the GPU" in capsys.readouterr().out
    assert torch_of_trainer() == "index"


def test_pips_constraints_count_beside_the_image(
    pods_image: PodsImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path / "wheels", "tiny_helper", "#\n", version="2.0")
    (tmp_path / "constraints.txt").write_text("tiny-helper<2")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    assert main([training(pods_image)]) == 0
    built = Path(trainer()["python"]).parents[1]
    assert list(built.glob("lib/*/site-packages/tiny_helper-1.0.dist-info"))


@pytest.mark.parametrize(
    ("changes", "pod"),
    [({}, False), ({"imports": ["tiny_helper"]}, True), ({"python": ">=3.98,<3.99"}, True)],
)
def test_the_image_is_not_asked_without_need(
    changes: dict[str, object], pod: bool, pods_image: PodsImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_pythons", lambda _: [pods_image.python])
    if not pod:
        monkeypatch.delenv("TUNEYARD_POD")
    path = Path(training(pods_image, **changes))
    asked = specs.Spec.from_json(json.loads(path.read_text()))
    assert environment._of_image(asked) is None
