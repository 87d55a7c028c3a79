import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tuneyard.runner import environment, uv
from tuneyard.runner.environment import build, image, main
from tuneyard.runner.environment import spec as specs
from waiting import wait_for

GATE = """\
#!/bin/sh
# uv, but installs wait until a file is there; what comes then is told to another file
if [ "$1" = pip ]; then
    echo $$ > {folder}/uv.pid
    until [ -e {folder}/open ]; do sleep 0.02; done
fi
exec {uv} "$@"
"""


@pytest.fixture(autouse=True)
def _away_from_this_machine(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages come from a folder of the test's own, and pip is configured to say so."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "TUNEYARD_HOME": str(home),
    }.items():
        monkeypatch.setenv(name, value)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    make_wheel(tmp_path / "wheels")


def make_wheel(
    folder: Path,
    name: str = "tiny_trainer",
    code: str = "",
    *,
    version: str = "1.0",
    requires: tuple[str, ...] = (),
) -> Path:
    """A package that notes each import in $TMP_NOTES, with a command of the same name."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    note = "import os\nwith open(os.environ['TMP_NOTES'], 'a') as f: f.write('imported ')\n"
    parts = {
        f"{name}/__init__.py": f"{code or note}def main(): print('{name} speaks')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    parts[f"{info}/RECORD"] = "".join(f"{part},,\n" for part in (*parts, f"{info}/RECORD"))
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for part, text in parts.items():
            wheel.writestr(part, text)
    return path


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMP_NOTES", str(tmp_path / "notes"))
    return tmp_path / "notes"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder: installs wait for the file `open` in it, and leave the pid of uv in `uv.pid`."""
    real = uv.find(tmp_path / "none")
    assert real, "these tests need uv, which the project depends on"
    folder = tmp_path / "gate"
    folder.mkdir()
    script = folder / "uv"
    script.write_text(GATE.format(folder=folder, uv=real))
    script.chmod(0o755)
    monkeypatch.setenv("TUNEYARD_UV", str(script))
    yield folder
    (folder / "open").touch()  # nobody waits on after a test that failed


def set_gpu(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    for module in (environment, specs, build):
        monkeypatch.setattr(module, "has_gpu", lambda: there)


def spec(**changes: object) -> str:
    """Path of a spec in the working directory."""
    data = {
        "requirements": ["tiny-trainer==1.0"],
        "python": ">=3.10,<4",
        "preferred": sys.executable,
        "imports": ["tiny_trainer"],
        "size_gb": {"cpu": 0.1, "cuda": 0.2},
        **changes,
    }
    Path("spec.json").write_text(json.dumps(data))
    return "spec.json"


def trainer() -> dict[str, str]:
    found: dict[str, str] = json.loads(Path("trainer.json").read_text())
    return found


def start(python: str = sys.executable) -> subprocess.Popen[str]:
    """The step as a runner starts it, in a process group of its own."""
    source = Path(environment.__file__).parents[3]
    return subprocess.Popen(
        [python, "-m", "tuneyard.runner.environment", spec()],
        env=os.environ | {"PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Everything a process prints up to a line with this text."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    pytest.fail(f"{text!r} was never printed, but:\n{said}")


def leftovers(home: Path) -> list[str]:
    return [path.name for path in (home / "envs").iterdir() if path.name.endswith(".building")]


@pytest.mark.usefixtures("notes")
def test_builds_what_is_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([spec()]) == 0
    said = capsys.readouterr().out
    assert "about 0.1 GB" in said
    assert "tiny-trainer==1.0" in said
    built = home / "envs" / trainer()["env"]
    assert trainer()["python"] == str(built / "bin/python")
    facts = json.loads((built / "tuneyard.json").read_text())
    assert facts["requirements"] == ["tiny-trainer==1.0"]
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", facts["created"])
    assert facts["bytes"] > 1000


@pytest.mark.usefixtures("notes")
def test_a_built_environment_works_where_it_ends_up(home: Path) -> None:
    assert main([spec()]) == 0
    built = home / "envs" / trainer()["env"]
    command = [built / "bin/tiny_trainer"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "tiny_trainer speaks\n"
    for text in (*built.glob("bin/[at]*"), built / "pyvenv.cfg"):
        assert ".building" not in text.read_text()
    assert not leftovers(home)


def test_a_second_job_reuses_it_without_loading_anything(
    notes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([spec()]) == 0
    first = trainer()
    Path("trainer.json").unlink()
    capsys.readouterr()
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")  # uv is not asked either
    assert main([spec()]) == 0
    assert trainer() == first
    assert notes.read_text() == "imported "
    assert "Building" not in capsys.readouterr().out


@pytest.mark.usefixtures("notes")
def test_the_runners_pythons_build_it_too(runner_python: str) -> None:
    with start(runner_python) as process:
        said = read_until(process, "is ready")
    assert process.returncode == 0, said
    assert os.access(trainer()["python"], os.X_OK)


def test_two_jobs_share_one_build(gate: Path, notes: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the first install")
        with start() as second:
            said = read_until(second, "Another job is building")
            (gate / "open").touch()
            said += second.communicate()[0]
        assert "Built in" in first.communicate()[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert "Built in" not in said
    assert notes.read_text() == "imported "


@pytest.mark.usefixtures("notes")
def test_nobody_builds_beside_an_installer_that_outlived_its_job(gate: Path, home: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the first install")
        os.kill(first.pid, signal.SIGKILL)
    assert leftovers(home)
    with start() as second:
        read_until(second, "Another job is building")
        (gate / "open").touch()
        said = second.communicate()[0]
    assert second.returncode == 0, said
    assert "Built in" in said
    assert not leftovers(home)


@pytest.mark.usefixtures("notes")
def test_what_a_killed_build_left_is_removed_by_the_next(gate: Path, home: Path) -> None:
    with start() as first:
        wait_for((gate / "uv.pid").exists, what="the install")
        os.killpg(first.pid, signal.SIGKILL)
    assert leftovers(home)
    (gate / "open").touch()
    assert main([spec(requirements=["tiny-trainer>=1.0"])]) == 0  # another environment
    assert not leftovers(home)


@pytest.mark.usefixtures("notes")
def test_it_is_built_again_when_its_python_is_gone(home: Path) -> None:
    assert main([spec()]) == 0
    python = Path(trainer()["python"])
    python.unlink()
    python.symlink_to("/nothing/there")
    assert main([spec()]) == 0
    assert python.exists()
    assert [path.name for path in (home / "envs").glob("[!.]*")] == [trainer()["env"]]


def test_what_does_not_load_is_not_kept(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(tmp_path / "wheels", "broken", "raise ImportError('libnope.so is missing')\n")
    assert main([spec(requirements=["broken"], imports=["json", "broken"])]) == 1
    said = capsys.readouterr().out
    assert "can't load broken." in said
    assert "libnope.so is missing" in said
    assert not Path("trainer.json").exists()
    assert not list((home / "envs").glob("[!.]*"))


@pytest.mark.parametrize(
    ("changes", "said", "next_step"),
    [
        ({"requirements": ["not-there"]}, "not-there was not found", "The package index has no"),
        ({"preferred": "", "python": ">=3.98,<3.99"}, "", "Install a Python of these versions"),
        ({"preferred": "/nothing/there", "python": ">=3.98,<3.99"}, "", "Install a Python"),
    ],
)
def test_a_failure_shows_uvs_own_lines_and_what_to_do(
    changes: dict[str, object], said: str, next_step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([spec(**changes)]) == 1
    shown = capsys.readouterr().out
    assert said in shown
    assert (
        f"Problem: The trainer's environment could not be built.\nNext step: {next_step}" in shown
    )


def test_without_any_uv_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")
    assert main([spec()]) == 1
    assert "TUNEYARD_UV names /nothing/there" in capsys.readouterr().out


def test_no_password_of_an_index_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:1/simple")  # nobody listens
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    assert main([spec(requirements=["not-there"])]) == 1
    said = capsys.readouterr().out
    assert "127.0.0.1:1" in said
    assert "hunter2" not in said
    assert "Check the network" in said


def test_little_room_is_said_before(capsys: pytest.CaptureFixture[str]) -> None:
    huge = {"cpu": 1e9, "cuda": 1e9}
    main([spec(size_gb=huge, requirements=["not-there"])])
    said = capsys.readouterr().out
    assert 0 < said.index("GB are free there: it may not fit.") < said.index("not-there")


def test_a_named_python_is_used_as_it_is(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert main([spec(named=str(link), imports=["json"])]) == 0
    assert trainer()["python"] == str(link)
    assert not (home / "envs").exists()


@pytest.mark.parametrize(
    ("python", "imports", "said"),
    [
        (sys.executable, ["json", "no_trainer"], f"{sys.executable} can't load no_trainer."),
        ("/nothing/there", ["json"], "/nothing/there can't be run: No such file or directory."),
    ],
)
def test_a_named_python_without_the_trainer_is_refused(
    python: str, imports: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([spec(named=python, imports=imports)]) == 1
    assert f"Problem: {said}\nNext step: Install what is missing there" in capsys.readouterr().out
    assert not Path("trainer.json").exists()


def test_the_working_directory_proves_nothing() -> None:
    Path("no_trainer.py").touch()
    assert main([spec(named=sys.executable, imports=["no_trainer"])]) == 1


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
    ("automatic", "gpu", "words"),
    [
        (True, False, "about 1.4 GB"),
        (True, True, "about 7.0 GB"),
        (False, False, "about 1.4 GB, or 7.0 GB where pip finds torch for CUDA"),
    ],
)
def test_the_size_is_said_as_far_as_it_is_known(
    automatic: bool, gpu: bool, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_gpu(monkeypatch, gpu)
    choices = specs.Choices({"UV_TORCH_BACKEND": "auto"} if automatic else {}, ())
    asked = specs.Spec(("torch",), ">=3.10", size_gb={"cpu": 1.4, "cuda": 7.0})
    made = build.Build(asked, specs.Base(""), choices, tmp_path, -1)
    assert made._size()[1] == words


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


# -- in a pod -------------------------------------------------------------------------


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
