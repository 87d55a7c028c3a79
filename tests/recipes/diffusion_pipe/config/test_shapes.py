import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.diffusion_pipe.config import shapes

SIDES = st.integers(1, 16384)


@given(width=SIDES, height=SIDES, frames=SIDES, sign=st.sampled_from(["x", " × ", "X", " x"]))
def test_sizes_are_read_as_they_are_typed(width: int, height: int, frames: int, sign: str) -> None:
    assert shapes.resolutions([str(width)]) == ((width,),)
    assert shapes.resolutions([f"{width}{sign}{height}"]) == ((width, height),)
    assert shapes.ratios([f"{width}{sign}{height}"]) == ((width, height),)
    assert shapes.size_buckets([f"{width}{sign}{height}"]) == ((width, height, 1),)
    assert shapes.size_buckets([f"{width}{sign}{height}{sign}{frames}"]) == (
        (width, height, frames),
    )


@given(st.floats(0.01, 100))
def test_ratios_are_numbers(ratio: float) -> None:
    assert shapes.ratios([repr(ratio)]) == (ratio,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4", ((None, 4),)),
        (" 512:4, 1024:1 ", ((512, 4), (1024, 1))),
        ("640 : 2", ((640, 2),)),
    ],
)
def test_batches_may_depend_on_the_resolution(
    text: str, found: tuple[tuple[int | None, int], ...]
) -> None:
    assert shapes.batches(text) == found


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "a", "4, 5", "512:4, 1", "512:4, 512:1", "0:4", "1.5"]
)
def test_what_is_no_batch_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="batch"):
        shapes.batches(text)


@pytest.mark.parametrize("text", ["", "512x", "x", "512x512x33", "-5", "0", "99999", "5e2", "nan"])
def test_what_is_no_resolution_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"^“.*” is no resolution.*\.$"):
        shapes.resolutions([text])


@pytest.mark.parametrize("text", ["", "nan", "inf", "0", "101", "1x2x3", "wide"])
def test_what_is_no_ratio_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"aspect ratio.*\.$"):
        shapes.ratios([text])


@pytest.mark.parametrize("text", ["512", "1x2x3x4", "0x0x0"])
def test_what_is_no_size_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no size.*\.$"):
        shapes.size_buckets([text])
