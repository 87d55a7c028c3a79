from pathlib import Path

import pytest

from tuneyard.recipes.script import globs


@pytest.fixture
def work(tmp_path: Path) -> Path:
    for name in ("a.bin", "out/b.bin", "out/deep/c.bin", ".tuneyard/job.json", "proof-2.json"):
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "work/empty").mkdir()
    return tmp_path / "work"


def names(work: Path, *patterns: str) -> list[str]:
    return [str(found.path) for found in globs.matches(patterns, work)]


def test_each_match_is_found_once_and_nothing_of_ours(work: Path) -> None:
    assert names(work, "**/*.bin", "*.bin") == ["a.bin", "out/b.bin", "out/deep/c.bin"]
    assert names(work, "*") == ["a.bin", "out"]
    assert names(work, ".tuneyard/*", "**/*.json", "empty", "nothing") == []


def test_a_folder_changes_with_what_lies_in_it(work: Path) -> None:
    (before,) = globs.matches(["out"], work)
    assert before.bytes == len("out/b.bin") + len("out/deep/c.bin")
    (work / "out/deep/d.bin").write_text("more")
    (after,) = globs.matches(["out"], work)
    assert after.bytes == before.bytes + 4
    assert after.modified >= before.modified


def test_no_link_leads_out(work: Path) -> None:
    other = work.parent / "other"
    other.mkdir()
    (other / "mine.bin").write_text("mine")
    (work / "out/link.bin").symlink_to(other / "mine.bin")
    (work / "linked").symlink_to(other)
    (work / "up").symlink_to(work.parent)
    (work / "inner").symlink_to("out")
    assert names(work, "out/link.bin", "linked", "linked/*", "up/work/a.bin") == []
    assert names(work, "inner/*.bin") == ["inner/b.bin"]
    assert [path.name for path in globs.files_in(work / "out", work)] == ["b.bin", "c.bin"]


def test_what_is_kept_is_complete_and_may_be_kept_again(work: Path) -> None:
    target = work.parent / "outputs/a.bin"
    for link in (True, True, False):
        globs.keep(work / "a.bin", target, link=link)
        assert target.read_text() == "a.bin"
        assert [path.name for path in target.parent.iterdir()] == ["a.bin"]
    assert target.samefile(work / "a.bin")
    copy = work.parent / "outputs/copy.bin"
    globs.keep(work / "a.bin", copy, link=False)
    assert not copy.samefile(work / "a.bin")
