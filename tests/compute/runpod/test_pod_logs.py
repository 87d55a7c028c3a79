import json

from hypothesis import given
from hypothesis import strategies as st

from tuneyard.compute.runpod.logs import LogLine, read

lines = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8"), max_size=12), st.sampled_from(["\n", "\r\n", "\r"])
    ),
    max_size=5,
)


@given(lines, st.lists(st.integers(0, 400), max_size=6))
def test_lines_are_read_however_they_are_cut(sent: list[tuple[str, str]], cuts: list[int]) -> None:
    body = b"".join(
        f": beat{end}id: {n}{end}data: {json.dumps({'line': text}, ensure_ascii=False)}{end}{end}".encode()
        for n, (text, end) in enumerate(sent)
    )
    at = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    pieces = [body[a:b] for a, b in zip(at, [*at[1:], len(body)], strict=True)]
    # Whether a CR at the very end is half of CR LF is known only when something follows.
    found = list(read([*pieces, b": end"]))
    assert found == [LogLine(None, "", text, str(n)) for n, (text, _) in enumerate(sent)]


@given(st.lists(st.binary(max_size=40)))
def test_whatever_comes_is_passed_over(pieces: list[bytes]) -> None:
    assert all(isinstance(line, LogLine) for line in read(pieces))


def test_an_event_of_several_lines_is_one() -> None:
    body = b'id: 7\ndata: {"source": "container",\ndata: "line": "x"}\n\n'
    assert list(read([body])) == [LogLine(None, "container", "x", "7")]


def test_a_line_without_end_is_not_kept_for_ever() -> None:
    assert list(read([b"x" * 70_000] * 40 + [b'\n\ndata: {"line": "after"}\n\n'])) == [
        LogLine(None, "", "after", "")
    ]
