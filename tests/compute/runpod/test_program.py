import bz2
import json
import os
import re
import shutil
import signal
import string
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import jobs_by_hand
from pods_by_hand import KEY, Answers, stand_in
from tuneyard.compute.runpod import program as module
from tuneyard.compute.runpod.offers import Offer
from tuneyard.compute.runpod.program import DIGITS, _small, boot, program
from tuneyard.compute.runpod.request import build, encoded
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.jobs import job as jobs
from tuneyard.jobs import plan as plans
from tuneyard.recipes.base import recipes
from tuneyard.runner import pack
from tuneyard.runner.folder import JobFolder, read_json, read_lines
from tuneyard.runner.step import Step
from tuneyard.secrets import FOR_JOBS
from waiting import wait_for

PACKAGES = [recipe.package for recipe in recipes().values()]
TRAINER = Path(__file__).parents[2] / "fakes" / "scripted_trainer.py"
PRESETS = [(recipe.package, name) for recipe in recipes().values() for name in recipe.presets]


def whole_request(package: str, settings: Mapping[str, Any]) -> int:
    """Bytes of the request, with a job of 10,000 and all else as long as it may be."""
    made = program(package, settings)
    asked = build(
        {"id": "j" * 43, "package": package, "settings": {"text": "x" * 9_900}},
        RunPodSettings(volume="v" * 20, data_centers=["EU-RO-1"]).completed(),
        Offer("NVIDIA RTX PRO 6000 Blackwell Server Edition", "x", 96, 8, "secure", 9.99),
        name="n" * 61,
        program=made.text,
        boot=made.boot,
        secrets=dict.fromkeys(FOR_JOBS, "h" * 40),
        token="t" * 64,
        deadline=1_795_337_084,
        collect=172_800,
        origins=["http://127.0.0.1:8470", "http://localhost:8470"],
    )
    assert len(asked["env"]["TUNEYARD_JOB"]) > 10_000
    return len(encoded(asked))


@pytest.mark.parametrize(("package", "preset"), PRESETS)
def test_the_start_of_a_pod_fits_into_one_request(package: str, preset: str) -> None:
    recipe = next(recipe for recipe in recipes().values() if recipe.package == package)
    job = jobs.parse(recipe.presets[preset], Path("/jobs/job.toml"))
    assert whole_request(package, job.settings) < 100_000


def test_what_travels_whole_leaves_a_job_its_room() -> None:
    largest = program("tuneyard.recipes.piper", {"base": "", "language": "en-us"})
    around = whole_request("tuneyard.recipes.piper", {"base": "", "language": "en-us"})
    assert around - largest.bytes + module.WHOLE < 100_000


def test_the_runner_alone_leaves_room() -> None:
    assert program().bytes < 60_000


@pytest.mark.parametrize(("package", "preset"), PRESETS)
def test_a_recipe_travels_alone_only_if_it_must(package: str, preset: str) -> None:
    recipe = next(recipe for recipe in recipes().values() if recipe.package == package)
    job = jobs.parse(recipe.presets[preset], Path("/jobs/job.toml"))
    whole = recipe.name in {"piper", "script"}
    assert bool(program(package, job.settings).recipe) is not whole
    assert bool(program(package).recipe) is not whole


def test_two_pieces_have_all_of_one() -> None:
    sources = _small("pod_recipe")
    made = module._made(sources, 0)
    names, texts = (bz2.decompress(made.recipe).split(b"\0")[at::2] for at in (0, 1))
    later = dict(zip(map(bytes.decode, names), texts, strict=True))
    assert later.keys() == {name for name in sources if name.startswith("pod_recipe/")}
    assert later.items() <= sources.items()
    first = {name: source for name, source in sources.items() if name not in later}
    assert made.text == module._as_text(module._packed(first))
    assert made == module._made(sources, 0), "whoever makes it again has what a pod waits for"
    assert not module._made(sources, 60_000).recipe


def test_tables_come_with_the_recipe(large: Path) -> None:
    made = program("large_recipe", {"script": "true"})
    assert made.bytes < 50_000
    ballast = (large / "ballast.txt").read_bytes()
    assert bz2.decompress(made.recipe).endswith(b"large_recipe/ballast.txt\0" + ballast)


def test_a_page_that_doesnt_know_the_job_yet_gets_a_program_for_all() -> None:
    for package in PACKAGES:
        assert program(package).bytes < 95_000


# -- what it is made of --------------------------------------------------------------


def test_its_characters_mean_nothing_to_anybody() -> None:
    text = program("tuneyard.recipes.piper").text
    assert set(text) <= set(DIGITS)
    assert set(DIGITS) <= set(string.printable) - set(string.whitespace)
    assert not set(DIGITS) & set("\"$%&'<>\\`{}")
    assert json.dumps(text) == f'"{text}"'


@pytest.mark.parametrize("data", [b"a", b"\0", bytes(51), bytes(52), bytes(range(256)) * 3])
def test_its_text_has_all_the_bytes(data: bytes) -> None:
    text = module._as_text(data)
    blocks = [text[at : at + 64] for at in range(0, len(text), 64)]
    numbers = (sum(DIGITS.index(c) * 83**n for n, c in enumerate(block)) for block in blocks)
    found = b"".join(number.to_bytes(51, "little") for number in numbers)
    assert found[: len(data)] == data
    assert not any(found[len(data) :])


def test_the_boot_script_is_one_plain_line() -> None:
    text = boot()
    assert text.isascii()
    assert text.isprintable()
    assert not re.search(r"\\|`|\{\{|#", text)
    once = json.dumps({"entrypoint": ["/bin/sh", "-c"], "cmd": [text]})
    assert json.loads(json.loads(json.dumps(once)))["cmd"] == [text]


def unpacked(target: Path, package: str) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name, source in _small(package).items():
            archive.writestr(name, source)
    return target


def importable(archive: Path) -> Iterator[str]:
    for name in zipfile.ZipFile(archive).namelist():
        if name.endswith(".py") and not name.endswith("__main__.py"):
            yield name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


# These load a trainer's own libraries when they are imported, which no pod's Python has.
WITH_LIBRARIES = ("numpy", "torch", "lightning", "piper", "soundfile", "onnxruntime", "librosa")

IMPORTS = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3].split():
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert error.name.partition(".")[0] in sys.argv[2].split(), (name, error)
"""


@pytest.mark.parametrize("package", ["", *PACKAGES])
def test_every_module_of_it_can_be_imported(
    package: str, runner_python: str, tmp_path: Path
) -> None:
    archive = unpacked(tmp_path / "runner.pyz", package)
    names = list(importable(archive))
    assert "tuneyard.runner.pod.guard" in names
    command = [runner_python, "-I", "-S", "-c", IMPORTS, str(archive), " ".join(WITH_LIBRARIES)]
    done = subprocess.run([*command, " ".join(names)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["", *PACKAGES])
def test_no_name_in_it_is_left_without_its_meaning(package: str, tmp_path: Path) -> None:
    for name, source in _small(package).items():
        if name.endswith(".py"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,E9"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_only_home_needs_stays_there() -> None:
    names = set(_small("tuneyard.recipes.piper"))
    assert not [
        name for name in names if name.endswith(("/settings.py", "/choices.py", "/base.py"))
    ]
    languages = _small("tuneyard.recipes.piper")["tuneyard/recipes/piper/languages.py"]
    assert b"made_from_piper" not in languages  # makes the table, at home
    rules = _small("tuneyard.recipes.piper")["tuneyard/recipes/piper/rules.py"]
    assert b"from_environment" not in rules


def test_a_job_takes_only_its_rows_along() -> None:
    settings = {"base": "en_US/lessac/medium", "language": "en-us"}
    whole, part = program("tuneyard.recipes.piper"), program("tuneyard.recipes.piper", settings)
    assert part.bytes < whole.bytes - 5000


def test_a_recipe_may_hold_texts_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "with_a_picture"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "picture.png").write_bytes(b"\x89PNG\0")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"picture\.png"):
        program("with_a_picture")


def test_what_was_made_before_is_taken_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = program("pod_recipe", cache=tmp_path / "programs")
    (known,) = (tmp_path / "programs").iterdir()
    _small.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(module, "smaller", None)  # it would take its time
        assert program("pod_recipe", cache=tmp_path / "programs") == made
    _small.cache_clear()
    known.write_bytes(b"damaged")
    assert program("pod_recipe", cache=tmp_path / "programs") == made
    monkeypatch.setattr(pack, "sources", lambda _package: {"__main__.py": b"print(1)"})
    _small.cache_clear()
    assert program("pod_recipe", cache=tmp_path / "programs") != made
    _small.cache_clear()


# -- that it does the same -----------------------------------------------------------

PLANS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from dataclasses import asdict
from importlib import import_module
rules, steps = (import_module(f"{sys.argv[2]}.{name}") for name in ("rules", "steps"))
place = {"gpus": 1, "python": "/usr/bin/python3", "pod": True}
for job in json.load(sys.stdin):
    found = rules.problems(job["settings"], job["results"], place)
    print(json.dumps([asdict(problem) for problem in found]))
    print(json.dumps(steps.plan(job, place).as_json(), sort_keys=True))
rules = [{**asdict(rule), "upstream": ""} for rule in steps.CAUSES]  # read at home alone
print(rules, steps.seen(b'{"event": "step", "t": 5.5, "step": 3, "epoch": 1}'))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_it_plans_the_same(package: str, runner_python: str, tmp_path: Path) -> None:
    recipe = next(recipe for recipe in recipes().values() if recipe.package == package)
    asked = [jobs.parse(text, Path("/jobs/job.toml")) for text in recipe.presets.values()]
    pushed = [job.changed({"results.repository": "me/voice"}) for job in asked]
    wrong = [job.changed({"results.repository": "no repository"}) for job in asked]
    given = json.dumps([plans.as_json(job, "20261122-120000-x") for job in asked + pushed + wrong])
    pack.pack(tmp_path / "whole.pyz", package)
    unpacked(tmp_path / "small.pyz", package)
    answers = [
        subprocess.run(
            [runner_python, "-I", "-S", "-c", PLANS, tmp_path / name, package],
            input=given,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in ("whole.pyz", "small.pyz")
    ]
    assert answers[0] == answers[1]
    assert answers[0]


def run(home: Path, *, small: bool) -> JobFolder:
    train = (sys.executable, str(TRAINER), "12", "0.005", "forks")
    steps = [
        jobs_by_hand.shell("ready", "echo ready", "prepare"),
        Step("train", "Train", "train", train),
        jobs_by_hand.shell("fail", "echo 'No space left on device' >&2; exit 1", "finish"),
    ]
    folder = jobs_by_hand.make(home, steps, module="pod_recipe.steps", events="work/events.jsonl")
    if small:
        unpacked(folder.runner, "pod_recipe")
    else:
        pack.pack(folder.runner, "pod_recipe")
    jobs_by_hand.launch(folder)
    jobs_by_hand.ended(folder)
    return folder


@pytest.mark.usefixtures("under_each_python")
def test_it_runs_a_job_the_same(tmp_path: Path) -> None:
    whole, small = (run(tmp_path / str(which), small=which) for which in (False, True))

    def told(folder: JobFolder) -> list[Any]:
        state = read_json(folder.state)
        about = {name: state[name] for name in ("state", "step", "cause", "figure", "attempt")}
        events = [(e["event"], e.get("step"), e.get("state")) for e in read_lines(folder.events)]
        metrics = [{**line, "t": 0} for line in read_lines(folder.metrics)]
        samples = sorted(path.name for path in folder.samples.iterdir())
        log = re.sub(rb"(?m)^\d+ ", b"", folder.log.read_bytes())  # the trainer's pid
        return [about, events, metrics, samples, log]

    assert told(whole) == told(small)
    assert read_json(small.state)["cause"]["code"] == "disk-full"
    assert list(small.samples.iterdir())


# -- the boot script -----------------------------------------------------------------


def shells() -> list[list[str]]:
    found = [[path] for name in ("sh", "dash", "bash") if (path := shutil.which(name))]
    busybox = shutil.which("busybox")
    return [*found, *([[busybox, "sh"]] if busybox else [])]


@pytest.fixture(params=shells(), ids=lambda shell: Path(shell[0]).name)
def shell(request: pytest.FixtureRequest) -> list[str]:
    found: list[str] = request.param
    return found


def image(path: str, tools: Mapping[str, str]) -> dict[str, str]:
    """The environment of an image that has these tools, as scripts, and nothing else."""
    place = Path(path)
    place.mkdir()
    (place / "sleep").symlink_to(shutil.which("sleep") or "")
    for name, text in tools.items():
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o755)
    program_text = program("pod_recipe").text
    return {"PATH": path, "TUNEYARD_PROGRAM": program_text, "RUNPOD_POD_ID": "pod4"}


def only_on_path() -> str:
    """The boot script, for an image that has nothing at the places it knows."""
    return re.sub(r"/(usr|opt)/\S*/python3?", "/nowhere/python", boot())


def test_every_shell_starts_the_guard(shell: list[str], tmp_path: Path) -> None:
    # Of the image's Python all is real but the guard.
    python = (
        f'if [ "$4" = pod ]; then echo "$3" > {tmp_path}/begun; else exec {sys.executable} "$@"; fi'
    )
    environ = image(str(tmp_path / "bin"), {"python3": python, "python3.14": "exit 1"})
    environ["TMPDIR"] = str(tmp_path)
    subprocess.run([*shell, "-c", only_on_path()], env=environ, check=True, timeout=60)
    archive = Path((tmp_path / "begun").read_text().strip())
    with zipfile.ZipFile(archive) as found:
        assert {name: found.read(name) for name in found.namelist()} == _small("pod_recipe")


OLD = "echo 'No module named bz2' >&2; exit 1"
CURL = f'exec {shutil.which("curl")} "$@"'
WGET = f'exec {shutil.which("wget")} "$@"'


@pytest.mark.parametrize(
    ("tools", "ways"),
    [
        ({"curl": CURL}, {"action", "DELETE", "graphql"}),
        ({"wget": WGET, "python3": OLD}, {"action", "graphql"}),
    ],
)
def test_an_image_without_python_ends_its_pod(
    shell: list[str], tools: dict[str, str], ways: set[str], tmp_path: Path
) -> None:
    answers = Answers(action=(403, "{}"), DELETE=(403, "{}"), graphql=(500, "{}"))
    with stand_in(answers) as url, open(tmp_path / "log", "wb") as log:
        environ = image(str(tmp_path / "bin"), tools)
        environ |= {"TUNEYARD_RUNPOD_URL": url, "RUNPOD_API_KEY": KEY}
        started = subprocess.Popen(
            [*shell, "-c", only_on_path().replace("sleep 20", "sleep 0.1")],
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            # Again and again, whatever it is answered.
            wait_for(lambda: answers.named().count("graphql") > 1)
            assert started.poll() is None
        finally:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
    assert set(answers.named()) == ways
    for method, path, headers, body in answers.asked:
        assert headers["Authorization"] == f"Bearer {KEY}"
        assert headers["User-Agent"] == "tuneyard/boot"
        if path == "/v2/pods/pod4/action":
            assert (method, json.loads(body)) == ("POST", {"action": "terminate"})
        elif path == "/graphql":
            assert json.loads(body)["variables"] == {"i": "pod4"}
        else:
            assert (method, path) == ("DELETE", "/v2/pods/pod4")
    said = (tmp_path / "log").read_text()
    assert "this image has no working Python 3.10 or newer" in said
    assert KEY not in said


def test_a_program_that_cant_be_unpacked_ends_the_pod(tmp_path: Path) -> None:
    python = f'exec {sys.executable} "$@"'
    answers = Answers()
    with stand_in(answers) as url:
        environ = image(str(tmp_path / "bin"), {"python3": python, "curl": CURL})
        environ |= {"TUNEYARD_PROGRAM": "broken", "TUNEYARD_RUNPOD_URL": url}
        started = subprocess.Popen(
            ["/bin/sh", "-c", only_on_path()],
            env=environ,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(lambda: answers.asked)
        finally:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
