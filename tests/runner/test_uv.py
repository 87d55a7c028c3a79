import re
import sys
import zipfile
from pathlib import Path

import pytest

from tuneyard.runner import uv
from tuneyard.runner.uv import UvError, find, get

PYTHON = sys.executable

# A Python with a pip, which puts a uv where it is told to and remembers how it was called.
PIP = """\
#!/bin/sh
[ "$3" = --version ] && exit 0
echo "$PIP_USER $PIP_REQUIRE_VIRTUALENV $*" >> {log}
while [ "$1" != --target ]; do shift; done
/bin/mkdir -p "$2/bin"
printf '#!/bin/sh\\necho uv 0.9.1\\n' > "$2/bin/uv"
/bin/chmod +x "$2/bin/uv"
"""

# The same as a module, as it lies in the wheel that Python carries.
CARRIED = """\
import pathlib, sys
if sys.argv[1] == "install":
    uv = pathlib.Path(sys.argv[sys.argv.index("--target") + 1], "bin", "uv")
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\\necho uv 0.9.1\\n")
    uv.chmod(0o755)
"""


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No uv and no pip but what a test puts there."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "own/python"))
    monkeypatch.setattr(uv, "_wheel_folders", lambda: [tmp_path / "carried"])


def script(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def a_uv(path: Path, version: str = "0.9.1") -> str:
    return script(path, f"#!/bin/sh\necho uv {version}\n")


@pytest.mark.parametrize("place", ["own", "bin", "beside", "tools/bin"])
def test_looks_where_a_uv_may_be(place: str, tmp_path: Path) -> None:
    there = a_uv(tmp_path / place / "uv")
    assert find(tmp_path / "tools", [str(tmp_path / "beside/python")]) == there


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\nexit 127\n", "#!/nothing/there\n", "#!/bin/sh\necho uv 0.8.22\n", "\0"]
)
def test_passes_over_what_does_not_work(text: str, tmp_path: Path) -> None:
    script(tmp_path / "bin/uv", text)
    assert find(tmp_path / "tools") is None
    works = a_uv(tmp_path / "tools/bin/uv", "1.0.0")
    assert find(tmp_path / "tools") == works


def test_a_named_uv_is_taken_or_complained_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_uv(tmp_path / "bin/uv")
    named = a_uv(tmp_path / "named")
    monkeypatch.setenv("TUNEYARD_UV", named)
    assert find(tmp_path / "tools") == named
    monkeypatch.setenv("TUNEYARD_UV", "/nothing/there")
    with pytest.raises(UvError, match=r"TUNEYARD_UV names /nothing/there, which is no uv 0\.9"):
        find(tmp_path / "tools")


def test_gets_it_with_a_pip_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script(tmp_path / "own/python", "#!/bin/sh\nexit 1\n")  # a Python without pip
    python = script(tmp_path / "beside/python", PIP.format(log=log))
    tools = tmp_path / "tools"
    for _ in range(2):
        assert get(tools, [python]) == str(tools / "bin/uv")
    # what a user's configuration might forbid is off; a target needs no right to the machine
    assert log.read_text() == f"0 0 -m pip install --quiet --upgrade --target {tools} uv>=0.9\n"


def test_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UvError, match="no pip was found to get it with"):
        get(tmp_path / "tools")


def test_says_what_pip_said(tmp_path: Path) -> None:
    text = '#!/bin/sh\n[ "$3" = --version ] || { echo "no network" >&2; exit 1; }\n'
    python = script(tmp_path / "beside/python", text)
    with pytest.raises(UvError, match=re.compile("pip said:\nno network\nCheck", re.DOTALL)):
        get(tmp_path / "tools", [python])


def test_gets_it_with_the_pip_that_python_carries(tmp_path: Path) -> None:
    script(tmp_path / "own/python", f'#!/bin/sh\n[ "$1" != -m ] && exec {PYTHON} "$@"\n')
    (tmp_path / "carried").mkdir()
    with zipfile.ZipFile(tmp_path / "carried/pip-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pip/__main__.py", CARRIED)
    assert get(tmp_path / "tools") == str(tmp_path / "tools/bin/uv")
