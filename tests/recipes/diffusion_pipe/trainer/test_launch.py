import os
import socket
from pathlib import Path
from typing import Any

import pytest

from recipes.diffusion_pipe.trainings import complete
from tuneyard.recipes.diffusion_pipe.trainer import launch
from tuneyard.runner import gpus
from tuneyard.runner.folder import held

FOUR = "gpu-a,gpu-b,gpu-c,gpu-d"


@pytest.fixture
def settings() -> dict[str, Any]:
    return complete(directories=[{"path": "/data"}])


def test_the_port_comes_after_the_script_and_gpus_by_their_places() -> None:
    command = launch.command(
        Path("/job/job.toml"), devices=[1, 3], port=29512, run="20261122_10-00-00", options=["--x"]
    )
    assert command[1:] == [
        "-u",
        "-m",
        "deepspeed.launcher.runner",
        "--include",
        "localhost:1,3",
        "train.py",
        "--deepspeed",
        "--config",
        "/job/job.toml",
        "--master_port",
        "29512",
        "--resume_from_checkpoint",
        "20261122_10-00-00",
        "--x",
    ]
    assert "--resume_from_checkpoint" not in launch.command(
        Path("x"), devices=[0], port=1, run="", options=[]
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [("gpu-c", [2]), ("gpu-d,gpu-b", [1, 3]), ("gpu-a,gpu-b,gpu-c,gpu-d", [0, 1, 2, 3])],
)
def test_gpus_are_those_that_the_runner_gave(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: list[int]
) -> None:
    monkeypatch.setenv(gpus.FAKE, FOUR)
    assert launch.devices({"CUDA_VISIBLE_DEVICES": given}, 1) == expected


def test_without_given_ones_the_first_are_taken() -> None:
    assert launch.devices({}, 2) == [0, 1]
    assert launch.devices({"CUDA_VISIBLE_DEVICES": ""}, 1) == [0]


def test_a_gpu_that_went_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpus.FAKE, FOUR)
    with pytest.raises(ValueError, match="The GPU gpu-x is not there any more"):
        launch.devices({"CUDA_VISIBLE_DEVICES": "gpu-a,gpu-x"}, 2)


def test_two_jobs_never_have_the_same_port(tmp_path: Path) -> None:
    ports = [launch.free_port(tmp_path) for _ in range(3)]
    assert len({port.number for port in ports}) == 3
    assert all(29501 <= port.number < 30000 for port in ports)
    for port in ports:
        path = tmp_path / "locks" / f"port-{port.number}.lock"
        assert held(path)
        port.close()
        assert not held(path)


def test_a_port_that_somebody_listens_at_is_left_to_them(tmp_path: Path) -> None:
    free = launch.free_port(tmp_path)
    free.close()
    with socket.socket() as other:
        other.bind(("127.0.0.1", free.number))
        other.listen()
        port = launch.free_port(tmp_path)
        port.close()
    assert port.number != free.number


def test_no_port_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no port from 29501 to 29999 is free"):
        launch.free_port(tmp_path, range(29501, 30000))


def test_the_environment_holds_nothing_that_leads_astray(settings: dict[str, Any]) -> None:
    ours = {"PYTHONPATH": "/elsewhere", "CUDA_VISIBLE_DEVICES": "gpu-a", "HOME": "/home/me"}
    found = launch.environment(settings, {}, ours)
    assert found == {
        "HOME": "/home/me",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "WANDB_MODE": "disabled",
    }
    chosen = {**settings, "expandable_segments": True, "nccl": "off", "wandb": True}
    found = launch.environment(chosen, {"pythonpath": ["/a", "/b"]}, ours)
    assert found == {
        "HOME": "/home/me",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "PYTHONPATH": f"/a{os.pathsep}/b",
        "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
        "NCCL_P2P_DISABLE": "1",
        "NCCL_IB_DISABLE": "1",
    }


@pytest.mark.parametrize(
    ("nccl", "model", "told"),
    [
        ("auto", "NVIDIA GeForce RTX 4090", True),
        ("auto", "NVIDIA GeForce RTX 3090", False),
        ("auto", "NVIDIA H100 80GB HBM3", False),
        ("on", "NVIDIA GeForce RTX 4090", False),
        ("off", "NVIDIA H100 80GB HBM3", True),
    ],
)
def test_cards_without_links(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, nccl: str, model: str, *, told: bool
) -> None:
    monkeypatch.setattr(gpus, "models", lambda: {"gpu-a": model})
    found = launch.environment({**settings, "nccl": nccl}, {}, {})
    assert ("NCCL_P2P_DISABLE" in found) is told
