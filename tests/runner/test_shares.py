"""What steps make for all jobs may be cleaned; who needs it has it made again."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from jobs_by_hand import again, ended, launch, make, shell, state
from tuneyard.runner.folder import JobFolder, read_json
from tuneyard.runner.process import Identity
from tuneyard.runner.step import Phase, Step
from waiting import wait_for

pytestmark = pytest.mark.usefixtures("under_each_python")


def maker(name: str, place: Path, until: Phase, before: str = "true") -> Step:
    """Makes a file, and says in work/ where it lies."""
    said = json.dumps({"path": str(place)})
    script = f"{before}; echo {name}; mkdir -p {place.parent}; touch {place}; echo '{said}' > {name}.json"
    return shell(name, script, "prepare", shares={f"{name}.json:path": until})


def lines(folder: JobFolder) -> list[str]:
    return folder.log.read_text().split()


def a_job(home: Path, env: Step, base: Step) -> JobFolder:
    steps = [env, base, shell("train", "echo train"), shell("export", "echo export", "finish")]
    return make(home, steps)


def test_what_was_cleaned_is_made_again_and_nothing_else(home: Path) -> None:
    env, base = home / "envs" / "x" / "python", home / "cache" / "bases" / "base"
    folder = a_job(home, maker("env", env, "finish"), maker("base", base, "train"))
    launch(folder)
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder) == ["env", "base", "train", "export"]
    records = [read_json(folder.finished(str(number))) for number in (1, 2, 3)]

    shutil.rmtree(home / "envs")
    shutil.rmtree(home / "cache")
    again(folder, only=["export"])
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder)[4:] == ["env", "export"]  # who exports needs no base
    assert env.exists()
    assert not base.exists()

    again(folder)
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder)[6:] == []
    assert [read_json(folder.finished(str(number))) for number in (1, 2, 3)] == records


def test_a_later_step_that_has_to_run_finds_all_it_needs(home: Path) -> None:
    env, base = home / "envs" / "x" / "python", home / "cache" / "bases" / "base"
    folder = make(
        home,
        [
            maker("env", env, "finish"),
            maker("base", base, "train"),
            shell("train", f"cat {env} {base} && echo train && test -e ../go"),
        ],
    )
    launch(folder)
    assert ended(folder)["state"] == "failed"
    env.unlink()
    base.unlink()
    (folder.path / "go").touch()
    again(folder)
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder) == ["env", "base", "train", "env", "base", "train"]


def test_a_file_of_the_users_own_is_not_made_again(home: Path, tmp_path: Path) -> None:
    own, base = tmp_path / "own" / "python", home / "cache" / "bases" / "base"
    folder = a_job(home, maker("env", own, "finish"), maker("base", base, "train"))
    launch(folder)
    ended(folder)
    own.unlink()
    again(folder, only=["export"])
    ended(folder)
    assert lines(folder)[4:] == ["export"]


def test_what_can_not_be_made_again_fails_the_job(home: Path) -> None:
    env, base = home / "envs" / "x" / "python", home / "cache" / "bases" / "base"
    once = "test ! -e made || exit 7; touch made"
    folder = a_job(home, maker("env", env, "finish", once), maker("base", base, "train"))
    folder.plan.write_text(folder.plan.read_text().replace("echo export", "exit 3"))
    launch(folder)
    assert ended(folder)["state"] == "failed"
    env.unlink()
    again(folder)
    end = ended(folder)
    assert end["state"] == "failed"
    assert end["step"]["name"] == "env"


def test_a_runner_that_is_killed_meanwhile_is_followed_by_one_that_waits(home: Path) -> None:
    env, base = home / "envs" / "x" / "python", home / "cache" / "bases" / "base"
    slowly = "n=0; while [ ! -e ../go ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done"
    folder = a_job(home, maker("env", env, "finish", slowly), maker("base", base, "train"))
    (folder.path / "go").touch()
    launch(folder)
    ended(folder)
    env.unlink()
    (folder.path / "go").unlink()
    again(folder, only=["export"])
    wait_for(lambda: state(folder).get("attempt") == 2 and state(folder).get("command"))
    runner = Identity.from_json(state(folder)["runner"])
    assert runner is not None
    runner.send(signal.SIGKILL)

    def another() -> bool:
        now = Identity.from_json(state(folder)["runner"])
        return now is not None and now != runner

    wait_for(another, what="another runner")
    (folder.path / "go").touch()
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder)[4:] == ["env", "export"]


def test_places_in_lists_and_tables_are_made_again_too(home: Path, tmp_path: Path) -> None:
    model, adapter, data = (home / name / "x" for name in ("models", "adapters", "datasets"))
    own = tmp_path / "own"  # nobody makes it again, and nobody misses it
    said = {"models": [str(model), str(own)], "data": [{"path": str(adapter)}, {"in": [str(data)]}]}
    script = " && ".join(
        [f"mkdir -p {path.parent} && touch {path}" for path in (model, adapter, data)]
        + ["echo fetch", f"echo '{json.dumps(said)}' > found.json"]
    )
    shares: dict[str, Phase] = {"found.json:models": "train", "found.json:data": "train"}
    steps = [shell("fetch", script, "prepare", shares=shares), shell("train", "[ -e ../go ]")]
    folder = make(home, steps)
    launch(folder)
    assert ended(folder)["state"] == "failed"
    for times, path in enumerate((model, adapter, data), start=2):
        path.unlink()
        again(folder)
        assert ended(folder)["state"] == "failed"
        assert lines(folder) == ["fetch"] * times
    (folder.path / "go").touch()
    again(folder)
    assert ended(folder)["state"] == "succeeded"
    assert lines(folder) == ["fetch"] * 4
