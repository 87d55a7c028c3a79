import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from tuneyard.runner import environment
from tuneyard.runner.environment import build
from tuneyard.runner.environment import spec as specs


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
