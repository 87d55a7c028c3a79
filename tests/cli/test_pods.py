import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.calling import Terminal, Tuneyard
from fakes.runpod import A_POD, FakeRunPod
from tuneyard.cli.pods import FIELDS
from tuneyard.compute.runpod.names import home_id, pod_name
from tuneyard.compute.runpod.practice.faults import Wrong
from tuneyard.runner.folder import JobFolder, write_json

KEY = "rpa_canaryKey0123456789"


@pytest.fixture
def runpod(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunPod]:
    with FakeRunPod() as runpod:
        monkeypatch.setenv("TUNEYARD_RUNPOD_URL", runpod.url)
        monkeypatch.setenv("RUNPOD_API_KEY", KEY)
        runpod.keys.add(KEY)
        yield runpod


def rented(runpod: FakeRunPod, name: str) -> str:
    return str(runpod.world.create({**A_POD, "name": name}).id)


def orphan(runpod: FakeRunPod, home: Path) -> str:
    return rented(runpod, pod_name(home_id(home), "20261120-000000-old"))


def left(runpod: FakeRunPod) -> set[str]:
    return {pod.id for pod in runpod.world.pods.values()}


def test_without_a_key_it_says_what_to_do(tuneyard: Tuneyard) -> None:
    for command in ("ls", "sweep", "end x"):
        ran = tuneyard("pods", *command.split())
        assert (ran.code, ran.out) == (2, "")
        assert "console.runpod.io" in ran.err
        assert "tuneyard secrets set RUNPOD_API_KEY" in ran.err


def test_nothing_is_rented(tuneyard: Tuneyard, runpod: FakeRunPod) -> None:
    ran = tuneyard("pods")
    assert ran.code == 0
    assert ran.out.startswith("No pod is rented. Balance: $")
    assert left(runpod) == set()
    assert tuneyard("pods", "sweep").out == "No pod of this home is left without a job.\n"


def test_all_pods_with_their_jobs(tuneyard: Tuneyard, runpod: FakeRunPod, home: Path) -> None:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    write_json(folder.state, {"state": "training", "attempt": 1})
    names = [
        pod_name(home_id(home), folder.id),
        pod_name("00000000", "20261101-120000-far"),
        "my\x1b[31mpod",
    ]
    for name in names:
        rented(runpod, name)
    orphan(runpod, home)
    shown = tuneyard("pods").out
    assert "20261122-120000-voice, training" in shown
    assert "! left by 20261120-000000-old, which is no longer here" in shown
    assert "started elsewhere: 20261101-120000-far" in shown
    assert "not Tuneyard's: my\\x1b[31mpod" in shown
    assert "4 pods cost $" in shown
    assert "1 of them is left without a job: tuneyard pods sweep" in shown
    assert "NVIDIA A40 (secure" in shown
    found = json.loads(tuneyard("pods", "ls", "--json").out)
    assert json.loads(tuneyard("pods", "--json").out).keys() == found.keys()
    assert found.keys() == FIELDS.keys()
    described = FIELDS["pods"].partition("first: ")[2]
    assert all(name in described for name in found["pods"][0])
    assert KEY not in shown + str(found)


def test_a_sweep_lists_first(tuneyard: Tuneyard, runpod: FakeRunPod, home: Path) -> None:
    pod, other = orphan(runpod, home), rented(runpod, "mine")
    ran = tuneyard("pods", "sweep")
    assert ran.code == 0
    assert pod in ran.out
    assert other not in ran.out
    assert "tuneyard pods sweep --yes" in ran.out
    assert left(runpod) == {pod, other}
    ran = tuneyard("pods", "sweep", "--yes")
    assert (ran.code, ran.out) == (0, f"Ended {pod}.\n")
    assert left(runpod) == {other}


def test_what_could_not_be_ended_is_said(
    tuneyard: Tuneyard, runpod: FakeRunPod, home: Path
) -> None:
    pod = orphan(runpod, home)
    runpod.faults += [Wrong("action", 409), Wrong("delete", 409)]
    ran = tuneyard("pods", "sweep", "--yes")
    assert ran.code == 1
    assert f"Left {pod}: RunPod refused" in ran.err
    assert left(runpod) == {pod}


def test_a_leftover_is_ended_at_once(tuneyard: Tuneyard, runpod: FakeRunPod, home: Path) -> None:
    pod = orphan(runpod, home)
    assert tuneyard("pods", "end", pod).out == f"Ended {pod}.\n"
    assert left(runpod) == set()
    ran = tuneyard("pods", "end", pod)
    assert (ran.code, ran.err) == (
        2,
        f"There is no pod “{pod}” on this account.\nSee `tuneyard pods`.\n",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (pod_name("00000000", "20261101-120000-far"), "another computer or page"),
        ("mine", "It is not Tuneyard's."),
    ],
)
def test_what_is_no_leftover_is_ended_only_if_that_is_meant(
    tuneyard: Tuneyard, runpod: FakeRunPod, name: str, words: str
) -> None:
    pod = rented(runpod, name)
    ran = tuneyard("pods", "end", pod)
    assert ran.code == 2
    assert words in ran.err
    assert left(runpod) == {pod}
    assert tuneyard("pods", "end", name, "--yes").code == 0
    assert left(runpod) == set()


def test_somebody_at_a_terminal_is_asked(runpod: FakeRunPod, home: Path) -> None:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    write_json(folder.state, {"state": "training", "attempt": 1})
    pod = rented(runpod, pod_name(home_id(home), folder.id))
    for word, code, still in (("n", 1, {pod}), ("y", 0, set[str]())):
        terminal = Terminal("pods", "end", pod)
        terminal.wait_for(f"End the pod {pod}?")
        assert "tuneyard stop 20261122-120000-voice" in terminal.screen
        terminal.type(f"{word}\n")
        assert terminal.end() == code
        assert left(runpod) == still


def test_a_key_that_is_unknown_is_told(
    tuneyard: Tuneyard, runpod: FakeRunPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNPOD_API_KEY", "rpa_canaryUnknown")
    ran = tuneyard("pods")
    assert ran.code == 2
    assert "RunPod doesn't know this key" in ran.err
    assert "canary" not in ran.err
    assert left(runpod) == set()
