import csv
from pathlib import Path

import pytest

from datasets import listed
from tuneyard.recipes.piper.dataset import lines
from tuneyard.recipes.piper.dataset.report import DataError
from tuneyard.runner.problems import Problem


def read(
    folder: Path, text: str, encoding: str = "utf-8"
) -> tuple[list[lines.Line], list[Problem]]:
    problems: list[Problem] = []
    return lines.read(listed(folder, text, encoding=encoding) / "metadata.csv", problems), problems


def refused(folder: Path, content: bytes) -> Problem:
    (folder / "metadata.csv").write_bytes(content)
    with pytest.raises(DataError) as raised:
        lines.read(folder / "metadata.csv", [])
    return raised.value.problem


@pytest.mark.parametrize(
    "file", ["metadata.csv", "metadata.txt", "Metadata.CSV", "transcripts.txt", "metadata"]
)
def test_a_list_is_found_by_its_usual_names(tmp_path: Path, file: str) -> None:
    (tmp_path / "notes.txt").write_text("a|b")
    (tmp_path / file).touch()

    assert lines.find(tmp_path) == tmp_path / file


def test_any_text_file_with_columns_will_do(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("about")
    (tmp_path / "my voice.csv").write_text("a|b")

    assert lines.find(tmp_path) == tmp_path / "my voice.csv"


def test_two_that_could_be_the_list_are_named(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a|b")
    (tmp_path / "two.txt").write_text("a|b")

    with pytest.raises(DataError) as raised:
        lines.find(tmp_path)

    assert raised.value.problem.code == "metadata-several"
    assert "one.csv, two.txt" in raised.value.problem.sentence


def test_a_list_is_found_in_the_only_folder_inside(tmp_path: Path) -> None:
    listed(tmp_path / "my-voice" / "v1", "a|b")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".cache").mkdir()

    assert lines.find(tmp_path) == tmp_path / "my-voice" / "v1" / "metadata.csv"


@pytest.mark.parametrize(
    ("name", "code"),
    [("set", "metadata-missing"), ("nowhere", "dataset-not-found"), ("f", "dataset-not-a-folder")],
)
def test_a_folder_without_a_list(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "set" / "wavs").mkdir(parents=True)
    (tmp_path / "f").touch()

    with pytest.raises(DataError) as raised:
        lines.find(tmp_path / name)

    assert raised.value.problem.code == code
    assert raised.value.problem.next_step


def test_a_folder_that_is_linked_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path)

    with pytest.raises(DataError, match=r"no metadata\.csv"):
        lines.find(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(tmp_path: Path, encoding: str) -> None:
    found, problems = read(tmp_path, "a|Grüße, 世界\n", encoding)

    assert [line.fields for line in found] == [("a", "Grüße, 世界")]
    assert problems == []


def test_utf_16_of_the_other_byte_order(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_bytes(b"\xfe\xff" + "a|é\n".encode("utf-16-be"))

    assert lines.read(tmp_path / "metadata.csv", [])[0].fields == ("a", "é")


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("a|ok\r\nb|café\r\n".encode("latin-1"), "metadata.csv:2", "byte 0xe9"),
        ("a|ok\rb|ok\rc|é\r".encode("latin-1"), "metadata.csv:3", "byte 0xe9"),
        ("a|ok\n".encode("utf-16-le"), "metadata.csv:1", "zero byte"),
        (b"a|ok\nb|\0\n", "metadata.csv:2", "zero byte"),
        (b"\xff\xfea\0|\0b\0\n\0\0\xd8", "metadata.csv:2", "UTF-16"),
    ],
)
def test_a_line_in_another_encoding_is_named(
    tmp_path: Path, content: bytes, place: str, said: str
) -> None:
    problem = refused(tmp_path, content)

    assert (problem.code, problem.place) == ("metadata-encoding", place)
    assert said in problem.sentence
    assert "UTF-8" in problem.next_step


def test_line_ends_and_empty_lines(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "\r\na|1\r\n\n  \nb|2\rc|3")

    assert [(line.number, line.fields) for line in found] == [
        (2, ("a", "1")),
        (5, ("b", "2")),
        (6, ("c", "3")),
    ]


def test_what_only_looks_like_a_line_end_is_text(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "a|one\u2028two\x0bthree\x85four\nb|x")

    assert [line.fields for line in found] == [("a", "one\u2028two\x0bthree\x85four"), ("b", "x")]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('a|He said "hi" twice', ("a", 'He said "hi" twice')),
        ('a|"He said ""hi"""', ("a", 'He said "hi"')),
        ('a|"left | right"', ("a", "left | right")),
        (' a | b "', ("a", 'b "')),
    ],
)
def test_quotes_as_csv_has_them(tmp_path: Path, line: str, fields: tuple[str, ...]) -> None:
    found, problems = read(tmp_path, line)

    assert [each.fields for each in found] == [fields]
    assert problems == []


@pytest.mark.parametrize("text", ['"Hello', '"Hello," she said. "Bye."', '"Yes" indeed'])
def test_a_stray_quote_swallows_nothing(tmp_path: Path, text: str) -> None:
    content = f"a|{text}\nb|two\nc|three\n"
    found, problems = read(tmp_path, content)

    assert [line.fields for line in found] == [("a", text), ("b", "two"), ("c", "three")]
    assert [(p.code, p.place, p.severity) for p in problems] == [
        ("stray-quote", "metadata.csv:1", "warning")
    ]


def test_a_stray_quote_would_swallow_rows_in_piper() -> None:
    assert len(list(csv.reader(['a|"Hello\n', "b|two\n", "c|three\n"], delimiter="|"))) == 1


@pytest.mark.parametrize(("mark", "word"), [(",", "commas"), ("\t", "tabs"), (";", "semicolons")])
def test_another_delimiter_is_named(tmp_path: Path, mark: str, word: str) -> None:
    problem = refused(tmp_path, f"a{mark}one\nb{mark}two\n".encode())

    assert (problem.code, problem.place) == ("metadata-delimiter", "metadata.csv:1")
    assert word in problem.sentence


def test_a_line_without_end(tmp_path: Path) -> None:
    found, problems = read(tmp_path, f"a|b\nb|{'x' * csv.field_size_limit()}\n")

    assert len(found) == 1
    assert [(p.code, p.place) for p in problems] == [("line-too-long", "metadata.csv:2")]
