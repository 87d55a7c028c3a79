import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tuneyard.runner import pack
from tuneyard.runner.step import Plan, Secret, Step, Stop, fingerprint


def test_the_runner_starts_from_one_file(tmp_path: Path, runner_python: str) -> None:
    target = tmp_path / "runner.pyz"
    pack.pack(target, "tuneyard.recipes.piper")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import tuneyard.runner.supervise as s; print(s.__file__)"
    answer = subprocess.run(
        [runner_python, "-S", "-I", "-c", code, target], capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith(str(target))


def test_it_holds_one_recipe_without_what_only_home_needs(tmp_path: Path) -> None:
    target = tmp_path / "runner.pyz"
    pack.pack(target, "tuneyard.recipes.piper", compiled=False)
    names = zipfile.ZipFile(target).namelist()
    assert "tuneyard/recipes/piper/steps.py" in names
    assert "tuneyard/recipes/piper/trainer/train.py" in names
    assert "tuneyard/recipes/piper/languages.tsv" in names
    assert not [name for name in names if name.endswith(("/settings.py", ".pyc", "/pack.py"))]
    assert not [name for name in names if "presets" in name or "__pycache__" in name]
    for other in ("script", "diffusion_pipe"):
        assert not [name for name in names if f"/{other}/" in name]
    pack.pack(target, "tuneyard.recipes.diffusion_pipe", compiled=False)
    names = zipfile.ZipFile(target).namelist()
    assert "tuneyard/recipes/diffusion_pipe/requirements.txt" in names
    assert not [name for name in names if "/settings/" in name or "/at_home/" in name]
    pack.pack(target)
    assert not [name for name in zipfile.ZipFile(target).namelist() if "recipes" in name]


def test_a_recipe_from_elsewhere_is_packed_with_the_packages_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs" / "voices"
    folder.mkdir(parents=True)
    for path in (folder.parent / "__init__.py", folder / "__init__.py", folder / "steps.py"):
        path.write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    target = tmp_path / "runner.pyz"
    pack.pack(target, "theirs.voices", compiled=False)
    names = set(zipfile.ZipFile(target).namelist())
    assert names >= {"theirs/__init__.py", "theirs/voices/steps.py"}
    assert names >= {"tuneyard/recipes/downloads/__init__.py", "tuneyard/recipes/hub/__init__.py"}
    assert not [name for name in names if name.startswith("tuneyard/recipes/piper/")]


def test_what_recipes_share_loads_from_the_file_with_no_library(
    tmp_path: Path, runner_python: str
) -> None:
    target = tmp_path / "runner.pyz"
    pack.pack(target, "tuneyard.recipes.piper")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from tuneyard.recipes import hub; print(hub.__file__)"
    answer = subprocess.run(
        [runner_python, "-S", "-I", "-c", code, target], capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith(str(target))


def test_our_bytecode_is_used_here_and_passed_over_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "runner.pyz"
    pack.pack(target)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import tuneyard.runner.states as s;"
        "print(s.__cached__ or s.__file__)"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-c", code, target], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip().endswith("states.pyc")


def test_a_plan_survives_json() -> None:
    step = Step(
        "train",
        "Train",
        "train",
        ("sh", "-c", "true"),
        env={"A": "1"},
        secrets=(Secret("HF_TOKEN", required=True),),
        reads={"epochs": 3},
        stop=Stop(file="save_quit", grace=3),
        gpu=True,
    )
    plan = Plan("piper", "m", (step,), {"work/a": "b"}, notes=("n",))
    assert Plan.from_json(plan.as_json()) == plan
    assert [secret.name for secret in plan.secrets] == ["HF_TOKEN"]


def test_a_fingerprint_covers_command_settings_and_inputs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.wav").write_bytes(b"1")
    step = Step("train", "Train", "train", ("train",), reads={"epochs": 3}, inputs=(str(data),))
    marks = {fingerprint(step)}
    assert fingerprint(step) in marks
    from dataclasses import replace

    for other in (
        replace(step, command=("train", "--fast")),
        replace(step, reads={"epochs": 4}),
        replace(step, env={"A": "1"}),
        replace(step, inputs=()),
    ):
        marks.add(fingerprint(other))
    (data / "b.wav").write_bytes(b"2")
    marks.add(fingerprint(step))
    (data / "gone.wav").symlink_to(tmp_path / "nowhere")
    marks.add(fingerprint(step))
    assert len(marks) == 7
    assert fingerprint(replace(step, title="Another title")) == fingerprint(step)


def test_of_a_folder_its_own_files_alone_may_count(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "a.png").write_bytes(b"1")
    step = Step("train", "Train", "train", ("train",), inputs=(f"{tmp_path}/*",))
    before = fingerprint(step)
    (tmp_path / "cache" / "made.bin").write_bytes(b"2")
    assert fingerprint(step) == before
    (tmp_path / "a.txt").write_bytes(b"3")
    changed = fingerprint(step)
    assert changed != before
    (tmp_path / "a.png").write_bytes(b"12")
    assert fingerprint(step) != changed
