"""What decides what an environment holds, and so its name."""

import json
import sys
from pathlib import Path

import pytest

from runner.environment.conftest import set_gpu, spec
from tuneyard.runner.environment import spec as specs


def name_of(**changes: object) -> str:
    asked = specs.Spec.from_json(json.loads(Path(spec(**changes)).read_text()))
    base = specs.Base.of(asked)
    return specs.name_of(asked, base, specs.Choices.of(base))


def test_an_environment_is_named_by_all_that_decides_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("numpy<3")
    monkeypatch.setenv("PIP_CONSTRAINT", str(constraints))
    names = [name_of(), name_of(requirements=["tiny-trainer"]), name_of(preferred="")]
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    names.append(name_of())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a:b@mirror.invalid/simple")
    names.append(name_of())
    constraints.write_text("numpy<2")
    names.append(name_of())
    assert len(set(names)) == len(names)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://c:d@mirror.invalid/simple")
    monkeypatch.setenv("PIP_TIMEOUT", "9")
    assert name_of(size_gb={}, imports=[], requirements=["tiny-trainer==1.0"]) == names[-1]


def test_a_new_gpu_asks_for_another_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")  # so that uv chooses
    set_gpu(monkeypatch, False)
    without = name_of()
    set_gpu(monkeypatch, True)
    assert name_of() != without


@pytest.mark.parametrize(
    ("variables", "backend"),
    [
        ({}, "auto"),
        ({"PIP_NO_INDEX": "1"}, None),
        ({"PIP_INDEX_URL": "https://mirror.invalid/simple"}, None),
        ({"UV_TORCH_BACKEND": "cu126"}, "cu126"),
    ],
)
def test_uv_chooses_torch_where_nobody_else_does(
    variables: dict[str, str], backend: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    choices = specs.Choices.of(specs.Base(sys.executable, "cp311"))
    assert choices.environ.get("UV_TORCH_BACKEND") == backend


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("3.11.7", ">=3.10,<3.14", True),
        ("3.10.0", ">=3.10,<3.14", True),
        ("3.9.18", ">=3.10,<3.14", False),
        ("3.14.0", ">=3.10,<3.14", False),
        ("3.9.18", " >= 3.9 ", True),
    ],
)
def test_which_pythons_lie_in_a_range(version: str, wanted: str, fits: bool) -> None:
    assert specs.fits(version, wanted) is fits


def test_a_range_is_written_in_one_way() -> None:
    with pytest.raises(ValueError, match=r"~=3\.10"):
        specs.fits("3.11.0", "~=3.10")
