import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datasets import listed
from tuneyard.recipes.piper.dataset import metadata
from tuneyard.recipes.piper.dataset.metadata import Row
from tuneyard.recipes.piper.dataset.report import DataError


def as_piper_reads(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="|"))


def codes(dataset: metadata.Dataset) -> list[tuple[str, str, str]]:
    return [(p.code, p.severity, p.place) for p in dataset.problems]


def test_a_list_of_files_and_texts(tmp_path: Path) -> None:
    listed(tmp_path, "a|One.\nb.wav|Two.\n", ("wavs/a.wav", "wavs/b.wav"))

    dataset = metadata.read_metadata(tmp_path, "single")

    assert dataset.rows == [Row(1, "wavs/a.wav", "One."), Row(2, "wavs/b.wav", "Two.")]
    assert dataset.problems == []
    assert dataset.folder == tmp_path
    assert dataset.place(dataset.rows[1]) == "metadata.csv:2"


def test_the_normalised_text_of_ljspeech_is_taken(tmp_path: Path) -> None:
    listed(
        tmp_path,
        "a|It was 1914.|It was nineteen fourteen.\nb|Dr. No left.|Doctor No left.\nc|Yes.|\n",
        ("wavs/a.wav", "wavs/b.wav", "wavs/c.wav"),
    )

    dataset = metadata.read_metadata(tmp_path, "single")

    assert [row.text for row in dataset.rows] == [
        "It was nineteen fourteen.",
        "Doctor No left.",
        "Yes.",
    ]
    assert dataset.problems == []


def test_speakers_are_numbered_as_piper_does(tmp_path: Path) -> None:
    listed(
        tmp_path,
        "a|zoe|A first text.\nb|adam|A second text.\nc|zoe|A third text.\n",
        ("a.wav", "b.wav", "c.wav"),
    )

    rows = metadata.read_metadata(tmp_path, "several").rows

    assert [row.speaker for row in rows] == ["zoe", "adam", "zoe"]
    assert metadata.speaker_numbers(rows) == {"zoe": 0, "adam": 1}


THREE = ("a.wav", "b.wav", "c.wav")


@pytest.mark.parametrize(
    ("text", "speakers", "problem"),
    [
        ("a|Hi there.\nb|Bye now.\n", "several", ("speakers-missing", "error", "metadata.csv:1")),
        (
            "a|It is 7.|It is seven.\nb|At 9.|At nine.\n",
            "several",
            ("speakers-missing", "error", "metadata.csv:1"),
        ),
        (
            "a|zoe|A long first text.\nb|adam|A long second text.\nc|zoe|A long third text.\n",
            "single",
            ("speakers-unexpected", "error", "metadata.csv:1"),
        ),
        (
            "a|zoe|A long first text.\nb|zoe|A long second text.\nc|zoe|A long third text.\n",
            "several",
            ("speakers-one", "warning", "metadata.csv:1"),
        ),
    ],
)
def test_speakers_that_do_not_match(
    tmp_path: Path, text: str, speakers: metadata.Speakers, problem: tuple[str, str, str]
) -> None:
    dataset = metadata.read_metadata(listed(tmp_path, text, THREE), speakers)

    assert codes(dataset) == [problem]
    assert dataset.problems[0].field == "speakers"


def test_the_name_of_a_single_speaker_is_left_out(tmp_path: Path) -> None:
    text = "a|zoe|A long first text.\nb|zoe|A long second text.\n"

    dataset = metadata.read_metadata(listed(tmp_path, text, THREE), "single")

    assert dataset.problems == []
    assert [(row.speaker, row.text) for row in dataset.rows] == [
        ("", "A long first text."),
        ("", "A long second text."),
    ]


def test_a_header_is_left_out_and_said(tmp_path: Path) -> None:
    dataset = metadata.read_metadata(listed(tmp_path, "file_name|Text\na|One.\n", THREE), "single")

    assert codes(dataset) == [("header-row", "warning", "metadata.csv:1")]
    assert [row.line for row in dataset.rows] == [2]


def test_a_clip_that_is_called_like_a_header_is_a_clip(tmp_path: Path) -> None:
    dataset = metadata.read_metadata(listed(tmp_path, "text|Sentence\n", ("text.wav",)), "single")

    assert dataset.rows == [Row(1, "text.wav", "Sentence")]
    assert dataset.problems == []


@pytest.mark.parametrize(
    ("line", "code", "speakers"),
    [
        ("b|one|too many", "metadata-columns", "single"),
        ("b one too few", "metadata-columns", "single"),
        ("b|", "text-empty", "single"),
        ("b|  ", "text-empty", "single"),
        ("|What is it?", "file-empty", "single"),
        ("x|Not there.", "audio-missing", "single"),
        ("../d|Outside.", "audio-missing", "single"),
        ("m|Unreadable.", "audio-format", "single"),
        ("n|Which one?", "audio-ambiguous", "single"),
        ("a|Another text.", "audio-repeated", "single"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out(
    tmp_path: Path, line: str, code: str, speakers: metadata.Speakers
) -> None:
    files = ("wavs/a.wav", "wavs/b.wav", "wavs/c.wav", "m.m4a", "x1/n.wav", "x2/n.wav", "../d.wav")
    listed(tmp_path / "set", f"a|One.\n{line}\nc|Three.\n", files)

    dataset = metadata.read_metadata(tmp_path / "set", speakers)

    assert codes(dataset) == [(code, "error", "metadata.csv:2")]
    assert dataset.problems[0].next_step
    assert [row.line for row in dataset.rows] == [1, 3]


def test_a_row_without_its_speaker(tmp_path: Path) -> None:
    text = "a|zoe|A first text.\nb||A second text.\nc|zoe|A third text.\n"

    dataset = metadata.read_metadata(listed(tmp_path, text, THREE), "several")

    assert ("speaker-empty", "error", "metadata.csv:2") in codes(dataset)
    assert [row.line for row in dataset.rows] == [1, 3]


def test_repeats_are_only_warned_of(tmp_path: Path) -> None:
    text = "a|One.\nb|One.\na.wav|One.\n"

    dataset = metadata.read_metadata(listed(tmp_path, text, THREE), "single")

    assert codes(dataset) == [
        ("text-repeated", "warning", "metadata.csv:2"),
        ("row-repeated", "warning", "metadata.csv:3"),
    ]
    assert "line 1" in dataset.problems[1].sentence
    assert [row.line for row in dataset.rows] == [1, 2]


@pytest.mark.parametrize("text", ["", "\n\n", "file|text\n"])
def test_a_list_without_rows(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError) as raised:
        metadata.read_metadata(listed(tmp_path, text), "single")

    assert raised.value.problem.code == "metadata-empty"


def test_lines_of_four_columns_are_no_list(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        metadata.read_metadata(listed(tmp_path, "\na|b|c|d\n"), "single")

    assert raised.value.problem.place == "metadata.csv:2"


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(tmp_path, "a|One.\n", THREE)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"metadata\.csv can't be read: Permission denied"):
        metadata.read_metadata(tmp_path, "single")


def test_the_csv_replaces_an_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "metadata.csv"
    target.write_text("old")

    metadata.write_csv([Row(1, "a.wav", 'Say "a|b"', "zoe")], target)

    assert as_piper_reads(target) == [["a.wav", "zoe", 'Say "a|b"']]
    assert list(tmp_path.iterdir()) == [target]


def test_a_carriage_return_becomes_a_newline(tmp_path: Path) -> None:
    metadata.write_csv([Row(1, "a.wav", "one\r\ntwo\rthree")], tmp_path / "m.csv")

    assert as_piper_reads(tmp_path / "m.csv") == [["a.wav", "one\ntwo\nthree"]]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1), st.booleans())
def test_csv_reader_gives_back_what_was_written(
    fields: list[tuple[str, str, str]], speakers: bool
) -> None:
    rows = [Row(n, f, t, s if speakers else "") for n, (f, s, t) in enumerate(fields)]
    with tempfile.TemporaryDirectory() as folder:
        metadata.write_csv(rows, Path(folder, "m.csv"))
        found = as_piper_reads(Path(folder, "m.csv"))

    wanted = [[r.file, r.speaker, r.text] if speakers else [r.file, r.text] for r in rows]
    assert found == wanted


# Pieces of which lists go wrong, so that hypothesis meets them together.
PIECES = st.sampled_from(
    [
        *("a", "b", "a.wav", "|", "||", '"', '""', "\n", "\r\n", "\r", " ", "file|text\n", "Zoe"),
        *("é", "\ufeff", "\u2028", "../a", "/x/a", "C:\\a", "\0", "\x1b", "😀", ","),
    ]
)
CONTENTS = st.one_of(
    st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode()),
    st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode("utf-16")),
    st.lists(PIECES, max_size=60).map(lambda p: "".join(p).encode("cp1252", "replace")),
    st.binary(max_size=200),
)


@given(CONTENTS, st.sampled_from(["single", "several"]))
@example(b'a|"\nb|"x"y', "single")
@example(b"\xff\xfea", "single")
def test_any_bytes_are_read_or_refused_with_a_place(
    content: bytes, speakers: metadata.Speakers
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = listed(Path(name), "", ("a.wav", "wavs/b.wav"))
        (folder / "metadata.csv").write_bytes(content)
        try:
            dataset = metadata.read_metadata(folder, speakers)
        except DataError as error:
            assert error.problem.place.startswith("metadata.csv")  # noqa: PT017
            assert error.problem.next_step  # noqa: PT017
            return
        lines = content.count(b"\n") + content.count(b"\r") + 1
        for problem in dataset.problems:
            file, _, line = problem.place.partition(":")
            assert file == "metadata.csv"
            assert 1 <= int(line) <= lines
        for row in dataset.rows:
            assert (folder / row.file).is_file()
            assert row.file in ("a.wav", "wavs/b.wav")
        metadata.write_csv(dataset.rows, folder / "again.csv")
        named = [[r.file, *([r.speaker] if r.speaker else []), r.text] for r in dataset.rows]
        assert as_piper_reads(folder / "again.csv") == named
