import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tuneyard.compute.runpod.names import home_id, parse, pod_name
from tuneyard.errors import NotPossible


def test_a_home_has_one_id_for_ever(home: Path, tmp_path: Path) -> None:
    found = home_id(home)
    assert int(found, 16) >= 0
    assert len(found) == 8
    assert home_id(home) == found
    assert home_id(tmp_path / "another" / "home") != found
    assert stat.S_IMODE((home / "home.id").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["home.id"]


def test_all_who_make_it_at_once_get_the_same(home: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(home_id, [home] * 64))) == 1
    assert [path.name for path in home.iterdir()] == ["home.id"]


@pytest.mark.parametrize("content", ["", "01234", "0123456g", "01234567 8"])
def test_a_damaged_id_is_not_replaced(home: Path, content: str) -> None:
    (home / "home.id").write_text(content)
    with pytest.raises(NotPossible, match="eight hex digits"):
        home_id(home)
    assert (home / "home.id").read_text() == content


def test_a_name_is_known_again() -> None:
    job = "20261122-143005-" + "x" * 27
    name = pod_name("0123abcd", job)
    assert len(name) <= 61
    assert parse(name) == ("0123abcd", job)


@pytest.mark.parametrize(
    "name",
    ["", "tuneyard", "tuneyard-0123abcd", "tuneyard-0123abcd-", "tuneyard-0123ABCD-x", "my-tuneyard-0123abcd-x",
     "tuneyard-0123abcd-a b", "tuneyard-by-hand", "tuneyard-0123abcd-x\n"],
)  # fmt: skip
def test_other_names_are_not_ours(name: str) -> None:
    assert parse(name) is None
