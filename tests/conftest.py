"""What every test can count on: its own home, no secrets from outside, no network."""

import ipaddress
import os
import random
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

from left_behind import LeftBehind
from needs import NEEDS, Needs
from tuneyard.recipes.base import recipes

pytest_plugins = ["pytester", "rented"]

# These machines are shared: how long an example takes says nothing. The same examples each time,
# so that a change fails by itself alone; --hypothesis-profile=search looks for new ones.
_UNTIMED = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("search", _UNTIMED)
hypothesis.settings.register_profile("here", _UNTIMED, derandomize=True)
hypothesis.settings.load_profile("here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seeds",
        type=_seeds,
        metavar="N|A:B",
        help="runs of each seeded test (20, or as it says), or the seeds from A up to B",
    )
    parser.addoption(
        "--without",
        action="append",
        default=[],
        choices=sorted(NEEDS),
        help="leave out the tests that need this",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Needs(config.getoption("without")))
    config.pluginmanager.register(LeftBehind())
    sys.addaudithook(_loopback_only)
    _hear_ctrl_c()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first: none is left alone with one at the end."""
    files = {item.path for item in items if _is_long(item)}
    items.sort(key=lambda item: item.path not in files)


def _is_long(item: pytest.Item) -> bool:
    real = "trainer_python" in getattr(item, "fixturenames", ())
    return real or "e2e" in item.path.parts or item.get_closest_marker("seeds") is not None


def _hear_ctrl_c() -> None:
    """A shell has what runs in its background ignore Ctrl-C, and whatever that starts as well."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        ours = name.startswith(("TUNEYARD_", "HF_", "RUNPOD_"))
        if (ours and not name.startswith("TUNEYARD_TEST_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TUNEYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody answers there
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture(autouse=True)
def _nothing_known_of_another_hub() -> None:
    """What was found there is kept for a minute: long enough for the next test's Hub."""
    if asked := sys.modules.get("tuneyard.jobs.at_hub"):
        asked._ask.cache_clear()
        asked._kind.cache_clear()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The test's own TUNEYARD_HOME, empty."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> range:
    """The seeds of a seeded test: as many as `--seeds` says, else its marker `seeds`, else 20."""
    marker = request.node.get_closest_marker("seeds")
    usual = marker.args[0] if marker else 20
    return request.config.getoption("seeds") or range(usual)


def _seeds(text: str) -> range:
    """Raises ValueError for what names no seed: a test without runs would pass."""
    first, _, last = text.rpartition(":")
    if not (chosen := range(int(first or 0), int(last))):
        raise ValueError(text)
    return chosen


@pytest.fixture(scope="session")
def trainer_python() -> str:
    """A Python that can import the real trainer; `./launch test` builds and names it."""
    python = os.environ.get("TUNEYARD_TEST_TRAINER")
    if not python:
        pytest.fail(
            "The real trainer is not here. Run ./launch test, which builds it, or name a Python"
            " that has it in TUNEYARD_TEST_TRAINER."
        )
    return python


@pytest.fixture(
    params=[
        pytest.param(python, id=name)
        for name, python in (
            ("home", sys.executable),
            ("python3.10", os.environ.get("TUNEYARD_TEST_PYTHON310")),
        )
        if python
    ]
)
def runner_python(request: pytest.FixtureRequest) -> str:
    """Each Python that the runner must work under: home's, and 3.10 if one was found."""
    python: str = request.param
    return python


@pytest.fixture
def under_each_python(runner_python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs made by hand run under each Python in turn."""
    monkeypatch.setenv("TUNEYARD_TEST_RUNNER", runner_python)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Installs the recipe `toy`, for this process and for those it starts."""
    with _installed("toy", tmp_path / "site", Path(__file__).parent / "toy", monkeypatch):
        yield


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Installs the recipe `large`, the same way: its folder, in which it is too large for one
    request by a text that can't be made smaller.
    """
    place = tmp_path / "large"
    shutil.copytree(Path(__file__).parent / "large", place)
    (place / "large_recipe" / "ballast.txt").write_text(random.Random(1).randbytes(60_000).hex())
    with _installed("large", tmp_path / "site", place, monkeypatch):
        yield place / "large_recipe"
    for name in [name for name in sys.modules if name.partition(".")[0] == "large_recipe"]:
        del sys.modules[name]


@contextmanager
def _installed(
    name: str, site: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A recipe of that name, whose package lies in `place`."""
    about = site / f"{name}_recipe-1.0.dist-info"
    about.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}-recipe\nVersion: 1.0\n"
    (about / "METADATA").write_text(metadata)
    entry = f"[tuneyard.recipes]\n{name} = {name}_recipe:recipe\n"
    (about / "entry_points.txt").write_text(entry)
    places = [str(site), str(place)]
    for path in places:
        monkeypatch.syspath_prepend(path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places), prepend=os.pathsep)
    recipes.cache_clear()
    yield
    recipes.cache_clear()


def _loopback_only(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: this process talks to this computer alone. Its children are free."""
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a unix socket has none
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if isinstance(host, str) and not _is_here(host):
        raise RuntimeError(f"A test tried to reach {host}. Tests reach this computer alone.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}
