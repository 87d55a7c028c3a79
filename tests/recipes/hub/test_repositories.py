import pytest

from tuneyard.recipes.hub import HubError, Listing, named
from tuneyard.recipes.hub.about import About

NAMES = [
    ("hf:me/cats", ("me/cats", "", ""), "me--cats"),
    ("hf:me/cats@v1", ("me/cats", "v1", ""), "me--cats@v1"),
    ("hf:me/cats/more/a.png", ("me/cats", "", "more/a.png"), "me--cats"),
    ("hf:me/cats@v1/more/", ("me/cats", "v1", "more"), "me--cats@v1"),
]


@pytest.mark.parametrize(("text", "parts", "shelf"), NAMES)
def test_a_name_has_a_revision_and_a_path(
    text: str, parts: tuple[str, str, str], shelf: str
) -> None:
    assert named(text) == parts
    assert named(text).shelf == shelf


@pytest.mark.parametrize("text", ["me/cats", "hf:cats", "hf:me/cats/../../x", "hf:me/ca ts", "hf:"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(HubError, match="names nothing on the Hub"):
        named(text)


def test_a_part_of_a_listing_asks_for_these_files_alone() -> None:
    about = About("me/cats", "model", (), with_token=False)
    whole = Listing(about, "c0ffee", {"a[1].png": 3, "b.png": 4}, {"a[1].png": "0"})
    part = whole.of(["a[1].png"])
    assert part.sizes == {"a[1].png": 3}
    assert part.only == ["a[[]1].png"]
