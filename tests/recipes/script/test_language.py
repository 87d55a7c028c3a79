import os
import sys
from pathlib import Path

import pytest

from tuneyard.recipes.script.language import found, is_python, suffix, words


@pytest.mark.parametrize(
    ("chosen", "line", "name", "command"),
    [
        ("", "#!/bin/bash", "", ["/bin/bash"]),
        ("", "#!/usr/bin/env python3", "x.sh", ["python3"]),
        ("", "#!/usr/bin/env -S python3 -O", "", ["python3", "-O"]),
        ("", "#! /usr/bin/perl -w", "", ["/usr/bin/perl", "-w"]),
        ("Rscript --vanilla", "#!/bin/bash", "x.py", ["Rscript", "--vanilla"]),
        ("", "import os", "train.PY", ["python3"]),
        ("", "echo", "train.sh", ["bash"]),
        ("", "echo", "train", []),
        ("", "#!", "train", []),
        (" ", "", "", []),
    ],
)
def test_what_runs_it(chosen: str, line: str, name: str, command: list[str]) -> None:
    assert words(chosen, line, name) == command


def test_a_quote_that_is_left_open_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="quot"):
        words("bash 'x", "", "")


def test_a_script_without_a_name_is_called_by_its_language() -> None:
    names = [suffix(words(chosen, "", "")) for chosen in ("python3.11", "bash", "Rscript")]
    assert names == [".py", ".sh", ""]
    assert not is_python([])
    assert not is_python(["pythonic"])


def test_programs_are_looked_for_where_the_script_would(tmp_path: Path) -> None:
    for name in ("mine", "python3"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o700)
    here = str(tmp_path)
    assert found(["mine", "-x"], here) == [f"{here}/mine", "-x"]
    assert found(["/usr/local/somewhere/mine"], here) == [f"{here}/mine"]
    assert found(["python"], here) == [f"{here}/python3"]
    assert found(["/bin/sh"], here) == ["/bin/sh"]
    assert found(["nobody-has-this"], here) is None
    assert found(["python3.2"], here) is None


def test_without_a_python_on_the_path_there_is_still_the_runner_s() -> None:
    assert found(["python3"], os.devnull) == [sys.executable]
