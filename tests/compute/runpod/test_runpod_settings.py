from typing import Any

import pytest
from pydantic import ValidationError

from tuneyard.compute.runpod.settings import DISK_GB, IMAGE, RunPodSettings

SHOWN = {"title", "description", "importance", "group"}


def test_the_defaults_are_careful() -> None:
    settings = RunPodSettings()
    assert (settings.max_hours, settings.max_dollars) == (6.0, 5.0)
    assert settings.gpus == []
    assert (settings.gpu_count, settings.cloud) == (1, "any")


def test_every_field_can_be_asked_for_in_a_form() -> None:
    for name, field in RunPodSettings.model_json_schema()["properties"].items():
        assert field.keys() >= SHOWN, name
        assert field["description"].endswith("."), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"gpus": [""]}, {"gpus": ["A\nB"]}, {"gpu_count": 0}, {"cloud": "spot"}, {"max_hours": 0},
        {"max_dollars": -1}, {"image": "a b"}, {"disk_gb": 1}, {"volume": "../x"}, {"min_cuda": "12"},
        {"data_centers": ["a/b"]}, {"spot": True}, {"max_hours": float("nan")},
        {"max_dollars": float("inf")},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunPodSettings(**wrong)


def test_what_was_left_empty_is_the_recipes_choice() -> None:
    assert (
        RunPodSettings().completed(image="a/b", disk_gb=30).model_dump().items()
        >= {
            "image": "a/b",
            "disk_gb": 30,
        }.items()
    )
    chosen = RunPodSettings(image="mine", disk_gb=60).completed(image="a/b", disk_gb=30)
    assert (chosen.image, chosen.disk) == ("mine", 60)
    assert (RunPodSettings().completed().image, RunPodSettings().disk) == (IMAGE, DISK_GB)


@pytest.mark.parametrize(
    ("settings", "clouds"),
    [
        ({}, ("secure", "community")),
        ({"cloud": "community"}, ("community",)),
        ({"volume": "v"}, ("secure",)),
    ],
)
def test_clouds(settings: dict[str, Any], clouds: tuple[str, ...]) -> None:
    assert RunPodSettings(**settings).clouds == clouds
