from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.cli.text import last_lines, printable
from tuneyard.runner.masking import Mark, Masker

NOBODY = Masker([])


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"no end", ["no end"]),
        (b"1%\r50%\r100%\nthen\n", ["100%", "then"]),
        (b"done\r\n", ["done"]),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x07\n", ["red bell\\x07"]),
        (b"\xff\xfe\n", ["��"]),
        (b"a\n\n  \nb\n", ["a", "b"]),
    ],
)
def test_a_log_ends_in_lines_that_are_safe_to_show(
    log: bytes, lines: list[str], tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(log)
    assert last_lines(tmp_path / "log", NOBODY, 10) == lines


def test_only_so_many_lines_and_none_from_before(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"".join(b"line %d\n" % n for n in range(100)))
    assert last_lines(log, NOBODY, 2) == ["line 98", "line 99"]
    assert last_lines(log, NOBODY, 5, log.stat().st_size - 8) == ["line 99"]
    assert last_lines(log, NOBODY, 5, log.stat().st_size + 8) == []
    assert last_lines(tmp_path / "none", NOBODY, 5) == []


def test_a_secret_in_it_is_masked(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"token hf_canary123456 here\n")
    masker = Masker([Mark.of("hf_canary123456")])
    assert last_lines(tmp_path / "log", masker, 1) == ["token *************** here"]


@given(st.binary(max_size=300))
def test_nothing_in_a_log_steers_a_terminal(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    log = tmp_path_factory.mktemp("log") / "log"
    log.write_bytes(data)
    assert all(line.isprintable() for line in last_lines(log, NOBODY, 100))


@given(st.text())
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text
