"""A recipe that travels by itself."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tuneyard.jobs.inputs import hub, recipe
from tuneyard.jobs.job import Job, build


def job(name: str, **compute: str) -> Job:
    settings = {"script": "#!/bin/sh\ntrue\n"}
    return build({"recipe": name, "settings": settings, "compute": {"name": "runpod", **compute}})


@pytest.mark.usefixtures("large")
def test_it_is_the_same_file_each_time(home: Path) -> None:
    (one,) = recipe.of(job("large"), home)
    data = one.file.read_bytes()
    assert (one.sha256, one.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (one.name, one.kind, one.place, one.setting) == ("the recipe", "program", "", "")
    assert recipe.of(job("large"), home) == [one]
    assert recipe.kept(one.sha256, home) == [one]


@pytest.mark.usefixtures("large")
def test_a_cache_that_was_emptied_is_filled_again(home: Path) -> None:
    (one,) = recipe.of(job("large"), home)
    shutil.rmtree(home / "cache")
    assert recipe.kept(one.sha256, home) == []
    assert recipe.of(job("large"), home) == [one]
    assert one.file.is_file()


def test_what_fits_into_the_request_has_none(home: Path) -> None:
    assert recipe.of(job("script"), home) == []
    assert recipe.kept("a" * 64, home) == []


@pytest.mark.usefixtures("large")
def test_by_the_hub_it_needs_a_token_although_no_data_travels(home: Path) -> None:
    assert hub.secrets(job("large", inputs="hub"), home) == ["HF_WRITE_TOKEN"]
    assert hub.secrets(job("large"), home) == []
