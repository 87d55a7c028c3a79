import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictures import picture
from tuneyard.recipes.diffusion_pipe.data import media
from tuneyard.recipes.diffusion_pipe.data.views import Places, places, view

# Claims the folders of a job, says where they are, and holds them until its input ends.
# As root, who may write anywhere, it becomes nobody first.
CLAIM = """
import json, os, sys
from pathlib import Path
from tuneyard.recipes.diffusion_pipe.data.views import places
data, job, home = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
held = places(data, job, home)
print(json.dumps([held.directories, held.evaluation, held.notes]), flush=True)
sys.stdin.read()
"""


def data(directories: list[Path], evaluation: list[Path] | None = None) -> dict[str, Any]:
    return {
        "directories": [{"path": str(path)} for path in directories],
        "evaluation": [{"path": str(path)} for path in evaluation or []],
    }


def claiming(
    wanted: dict[str, Any], job: Path, home: Path
) -> tuple[subprocess.Popen[str], list[list[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIM, json.dumps(wanted), str(job), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, json.loads(process.stdout.readline())


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png"):
        picture(tmp_path / "my cups" / name)
    return tmp_path / "my cups"


@pytest.fixture
def anywhere() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's own may not be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Any]:
    """Claims for a job here, and lets go of everything at the end."""
    found: list[Places] = []

    def claim(wanted: dict[str, Any], job: str = "one") -> Places:
        found.append(places(wanted, tmp_path / job, tmp_path / "home"))
        return found[-1]

    yield claim
    for each in found:
        each.close()


# --- a view


def test_a_view_has_the_files_and_a_cache_of_its_own(folder: Path, tmp_path: Path) -> None:
    (folder / "cache" / "sdxl").mkdir(parents=True)
    picture(folder / "inside" / "c.png")

    view(folder, tmp_path / "view")

    assert media.listed(tmp_path / "view") == media.Listing(
        [media.File(tmp_path / "view" / name) for name in ("a.png", "b.png")],
        {"a.txt", "b.txt"},
        has_captions_json=False,
        folders=[],
        damaged=[],
    )
    assert (tmp_path / "view" / "a.png").read_bytes() == (folder / "a.png").read_bytes()


def test_a_view_is_brought_up_to_date(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "view"
    view(folder, target)
    (target / "cache").mkdir()
    (target / "cache" / "shard_0.bin").touch()
    (folder / "a.png").unlink()
    picture(folder / "c.png")
    (target / "b.txt").unlink()
    (target / "b.txt").symlink_to(tmp_path / "elsewhere")

    view(folder, target)

    files = sorted(path.name for path in target.iterdir())
    assert files == ["a.txt", "b.png", "b.txt", "c.png", "c.txt", "cache"]
    assert (target / "b.txt").read_text() == "a cup"
    assert (target / "cache" / "shard_0.bin").exists()


def test_a_view_follows_links(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "z.png").symlink_to(folder / "a.png")

    view(tmp_path / "links", tmp_path / "view")

    assert (tmp_path / "view" / "z.png").read_bytes() == (folder / "a.png").read_bytes()


# --- who may use a folder itself


def test_a_folder_is_used_itself(folder: Path, held: Any) -> None:
    found = held(data([folder]))

    assert (found.directories, found.evaluation, found.notes) == ([str(folder)], [], [])


def test_the_same_folder_twice_in_a_job(folder: Path, tmp_path: Path, held: Any) -> None:
    (tmp_path / "link").symlink_to(folder)

    found = held(data([folder, tmp_path / "link"], [folder]))

    own = tmp_path / "one" / "work" / "train" / "views"
    assert found.directories == [str(folder), str(own / "2-link")]
    assert found.evaluation == [str(own / "3-my-cups")]
    assert [note.partition(":")[0] for note in found.notes] == [
        f"{tmp_path / 'link'} is used more than once in this job",
        f"{folder} is used more than once in this job",
    ]


def test_what_came_from_the_hub_stays_as_it_came(tmp_path: Path, held: Any) -> None:
    fetched = tmp_path / "home" / "cache" / "datasets" / "me--cups"
    picture(fetched / "a.png")

    (note,) = held(data([fetched])).notes

    assert note.startswith(f"{fetched} is kept for all jobs: ")
    assert not (fetched / "cache").exists()


def test_a_job_that_goes_on_has_the_same_places(folder: Path, held: Any) -> None:
    first = held(data([folder], [folder]))
    before = [*first.directories, *first.evaluation]
    first.close()

    again = held(data([folder], [folder]))

    assert [*again.directories, *again.evaluation] == before


def test_two_jobs_at_once(anywhere: Path) -> None:
    home, folder = anywhere / "home", anywhere / "cups"
    picture(folder / "a.png")
    folder.chmod(0o777)
    first, (mine, _, _) = claiming(data([folder]), anywhere / "one", home)
    second, (theirs, _, notes) = claiming(data([folder]), anywhere / "two", home)
    end(first)
    third, (after, _, _) = claiming(data([folder]), anywhere / "three", home)
    end(second)
    end(third)

    assert mine == [str(folder)]
    assert theirs == [str(anywhere / "two" / "work" / "train" / "views" / "1-cups")]
    assert "is being used by another job" in notes[0]
    assert after == [str(folder)]


def test_a_killed_job_lets_go(anywhere: Path) -> None:
    folder = anywhere / "cups"
    picture(folder / "a.png")
    folder.chmod(0o777)
    first, _ = claiming(data([folder]), anywhere / "one", anywhere / "home")
    first.kill()
    first.communicate()

    second, (found, _, _) = claiming(data([folder]), anywhere / "two", anywhere / "home")
    end(second)

    assert found == [str(folder)]


def test_a_folder_with_a_file_where_the_cache_goes(folder: Path, held: Any) -> None:
    (folder / "cache").touch()

    (note,) = held(data([folder])).notes

    assert note.startswith(f"{folder} can’t be written to: its cache is ")


def test_a_folder_that_cannot_be_written_to(anywhere: Path) -> None:
    folder, job, home = anywhere / "cups", anywhere / "one", anywhere / "home"
    picture(folder / "a.png")
    for path in (job, home):
        path.mkdir()
        path.chmod(0o777)
    folder.chmod(0o555)

    process, (found, _, notes) = claiming(data([folder]), job, home)
    end(process)

    assert found == [str(job / "work" / "train" / "views" / "1-cups")]
    assert "can’t be written to" in notes[0]


def test_a_cache_of_somebody_else(anywhere: Path) -> None:
    folder, job, home = anywhere / "cups", anywhere / "one", anywhere / "home"
    picture(folder / "a.png")
    (folder / "cache" / "sdxl").mkdir(parents=True)
    for path in (job, home, folder, folder / "cache"):
        path.mkdir(exist_ok=True)
        path.chmod(0o777)
    (folder / "cache" / "sdxl").chmod(0o555)

    process, (_, _, notes) = claiming(data([folder]), job, home)
    end(process)

    assert "can’t be written to" in notes[0]


def test_places_may_be_closed_twice(folder: Path, held: Any) -> None:
    found = held(data([folder]))

    found.close()
    found.close()

    assert held(data([folder]), "two").directories == [str(folder)]


def test_a_link_to_itself_is_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "c.png").symlink_to(folder / "c.png")
    view(folder, tmp_path / "view")
    assert {path.name for path in (tmp_path / "view").iterdir()} == {
        path.name for path in folder.iterdir()
    } - {"c.png"}
