import hashlib
import io
import os
import random
import shutil
import socket
import tarfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faces import TOKEN, face_of, pods_folder, served
from tuneyard.runner.folder import JobFolder
from tuneyard.runner.pod import inputs
from tuneyard.runner.pod.inputs import Input, Store, unpack
from tuneyard.runner.pod.web import Refused
from waiting import wait_for


def entry(data: bytes, name: str = "base.ckpt", **more: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"sha256": sha256, "bytes": len(data), "name": name, "kind": "file", "place": "", **more}


def tar_of(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, text in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(text)
            tar.addfile(about, io.BytesIO(text))
    return data.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


DATA = bytes(range(256)) * 4000
FILES = {"metadata.csv": b"a|Hello\n", "wavs/a.wav": b"RIFF" * 1000, "wavs/ü.wav": b""}


# -- in pieces ----------------------------------------------------------------------


def test_an_input_arrives_in_pieces(home: Path) -> None:
    one = entry(DATA)
    folder = pods_folder(home, inputs=[one])
    address = f"/inputs/{one['sha256']}"
    with served(folder) as client:
        assert client.get(address).json() == {"have": 0, "bytes": len(DATA), "done": False}
        told = client.put(f"{address}?offset=0", content=DATA[:500_000]).json()
        assert told == {"have": 500_000, "bytes": len(DATA), "done": False}
        assert client.get("/job").json()["inputs"][one["sha256"]] == told
        assert inputs.waiting_for(folder, {"inputs": [one]}) == [Input.of(one)]
        told = client.put(f"{address}?offset=500000", content=DATA[500_000:]).json()
        assert told == {"have": len(DATA), "bytes": len(DATA), "done": True}
        again = client.put(f"{address}?offset=0", content=DATA[:10])
        assert (again.status_code, again.json()["done"]) == (200, True)
    job = {"inputs": [one], "settings": {"base": f"input:{one['sha256']}"}}
    assert inputs.waiting_for(folder, job) == []
    path = Path(inputs.resolve(folder, job)["settings"]["base"])
    assert (path.name, path.read_bytes()) == ("base.ckpt", DATA)
    assert path.parent.parent == home / "inputs"


@pytest.mark.parametrize("offset", [0, 99, 101, len(DATA), -1])
def test_a_piece_that_belongs_elsewhere_is_refused(offset: int, home: Path) -> None:
    one = entry(DATA)
    address = f"/inputs/{one['sha256']}"
    with served(pods_folder(home, inputs=[one])) as client:
        client.put(f"{address}?offset=0", content=DATA[:100])
        answer = client.put(f"{address}?offset={offset}", content=b"x" * 10)
        assert answer.status_code == 409
        assert answer.json()["have"] == 100
        assert client.get(address).json()["have"] == 100


def test_more_than_was_announced_is_refused(home: Path) -> None:
    one = entry(DATA)
    with served(pods_folder(home, inputs=[one])) as client:
        answer = client.put(f"/inputs/{one['sha256']}?offset=0", content=DATA + b"!")
    assert (answer.status_code, answer.json()["code"]) == (422, "too-much")


def test_wrong_bytes_begin_anew(home: Path) -> None:
    one = entry(DATA)
    address = f"/inputs/{one['sha256']}"
    with served(pods_folder(home, inputs=[one])) as client:
        answer = client.put(f"{address}?offset=0", content=DATA[:-1] + b"!")
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong-bytes")
        assert client.get(address).json() == {"have": 0, "bytes": len(DATA), "done": False}
        assert client.put(f"{address}?offset=0", content=DATA).json()["done"] is True


@pytest.mark.parametrize("sha256", ["0" * 64, "..", "x", "%2e%2e%2fmasks.json"])
def test_only_what_the_job_names_is_taken(sha256: str, home: Path) -> None:
    with served(pods_folder(home, inputs=[entry(DATA)])) as client:
        assert client.put(f"/inputs/{sha256}?offset=0", content=b"x").status_code == 404
        assert client.get(f"/inputs/{sha256}").status_code == 404


def test_a_piece_may_not_be_too_large(home: Path) -> None:
    one = entry(DATA)
    with served(pods_folder(home, inputs=[one])) as client, _raw(client) as connection:
        head = f"PUT /inputs/{one['sha256']}?offset=0 HTTP/1.1\r\nHost: x\r\n"
        head += f"Authorization: Bearer {TOKEN}\r\nContent-Length: {(64 << 20) + 1}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_an_empty_file_needs_one_empty_piece(home: Path) -> None:
    one = entry(b"")
    with served(pods_folder(home, inputs=[one])) as client:
        assert client.put(f"/inputs/{one['sha256']}?offset=0").json()["done"] is True


def test_a_disk_that_is_too_small_is_said_before(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    one = entry(DATA, place="work/base.ckpt")
    folder = pods_folder(home, inputs=[one])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage((256 << 20) + 2 * len(DATA) - 1))
    with served(folder) as client:
        answer = client.put(f"/inputs/{one['sha256']}?offset=0", content=DATA)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
    assert "base.ckpt" in answer.json()["sentence"]
    assert not list((home / "inputs").glob("*.part"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 3000), max_size=6), restarts=st.sets(st.integers(0, 6)))
def test_any_pieces_make_the_whole(cuts: list[int], restarts: set[int], tmp_path: Path) -> None:
    """Each restart is a store that knows nothing of what the one before it saw."""
    home = tmp_path / os.urandom(8).hex()
    data = random.Random(1).randbytes(3000)
    one = Input.of(entry(data))
    store = Store(home)
    edges = sorted({0, *cuts, len(data)})
    for number, (start, end) in enumerate(pairwise(edges)):
        if number in restarts:
            store = Store(home)
        told = store.put(one, start, [data[start:end]])
        assert told == {"have": end, "bytes": 3000, "done": end == 3000}
    path = store.path(one)
    assert path
    assert path.read_bytes() == data


def test_a_piece_that_is_sent_again_while_it_still_comes_in_counts_once(home: Path) -> None:
    one = Input.of(entry(DATA))
    store = Store(home)

    def broken() -> Any:
        yield DATA[:1000]
        store.put(one, 1000, [DATA[1000:2000]])  # its sender tried again meanwhile
        yield DATA[1000:3000]

    with pytest.raises(Refused) as refused:
        store.put(one, 0, broken())
    assert refused.value.answer["have"] == 2000
    assert store.put(one, 2000, [DATA[2000:]])["done"] is True


# -- kills --------------------------------------------------------------------------


def _raw(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30)


def test_an_upload_goes_on_after_a_kill(home: Path, runner_python: str) -> None:
    data = os.urandom(8 << 20)
    one = entry(data)
    folder = pods_folder(home, inputs=[one])
    address = f"/inputs/{one['sha256']}"
    part = home / "inputs" / f"{one['sha256']}.part"
    head = f"PUT {address}?offset=0 HTTP/1.1\r\nHost: x\r\n"
    head += f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(data)}\r\n\r\n"
    with (
        face_of(folder, python=runner_python) as face,
        face.client() as client,
        _raw(client) as connection,
    ):
        connection.sendall(head.encode() + data[: 5 << 20])
        wait_for(lambda: part.exists() and part.stat().st_size >= 4 << 20)
        face.kill()
    with face_of(folder, python=runner_python, port=face.port) as again, again.client() as client:
        have = client.get(address).json()["have"]
        assert 4 << 20 <= have <= 5 << 20
        told = client.put(f"{address}?offset={have}", content=data[have:]).json()
        assert told["done"] is True
    path = Store(home).path(Input.of(one))
    assert path
    assert path.read_bytes() == data


def test_what_had_arrived_whole_is_finished_by_the_next_face(
    home: Path, runner_python: str
) -> None:
    tar = tar_of(FILES)
    one = entry(tar, "my voice", kind="folder")
    folder = pods_folder(home, inputs=[one])
    (home / "inputs").mkdir()
    (home / "inputs" / f"{one['sha256']}.d.part").write_bytes(tar)
    half = home / "inputs" / f"{one['sha256']}.d" / ".unpacking"
    half.mkdir(parents=True)
    (half / "half").touch()
    with face_of(folder, python=runner_python) as face, face.client() as client:
        wait_for(lambda: client.get(f"/inputs/{one['sha256']}").json()["done"])
    path = Store(home).path(Input.of(one))
    assert path
    assert contents(path) == FILES


# -- folders ------------------------------------------------------------------------


def test_a_folder_comes_as_a_tar(home: Path) -> None:
    tar = tar_of(FILES)
    one = entry(tar, "my voice", kind="folder")
    folder = pods_folder(home, inputs=[one])
    with served(folder) as client:
        client.put(f"/inputs/{one['sha256']}?offset=0", content=tar)
    sha = f"input:{one['sha256']}"
    job = {"inputs": [one], "settings": {"dataset": sha, "more": {"a": [sha, 1]}, "rate": 2}}
    resolved = inputs.resolve(folder, job)
    path = Path(resolved["settings"]["dataset"])
    assert path.name == "my voice"
    assert contents(path) == FILES
    assert resolved["settings"]["more"] == {"a": [str(path), 1]}
    assert resolved["settings"]["rate"] == 2
    assert not list((home / "inputs").glob("*.part"))


def test_a_second_job_finds_it(home: Path) -> None:
    one = Input.of(entry(DATA))
    Store(home).put(one, 0, [DATA])
    renamed = Input.of(entry(DATA, "other.ckpt"))
    assert Store(home).status(renamed)["done"] is True


Adds = Callable[[tarfile.TarFile], None]


def _link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Adds:
    def add(tar: tarfile.TarFile) -> None:
        about = tarfile.TarInfo(name)
        about.type, about.linkname = kind, target
        tar.addfile(about)

    return add


def _both(first: Adds, second: Adds) -> Adds:
    def add(tar: tarfile.TarFile) -> None:
        first(tar)
        second(tar)

    return add


def _file(name: str) -> Adds:
    def add(tar: tarfile.TarFile) -> None:
        about = tarfile.TarInfo(name)
        about.size = 1
        tar.addfile(about, io.BytesIO(b"!"))

    return add


def _special(kind: bytes) -> Adds:
    def add(tar: tarfile.TarFile) -> None:
        about = tarfile.TarInfo("special")
        about.type = kind
        tar.addfile(about)

    return add


UNSAFE: dict[str, Adds] = {
    "absolute": _file("/tmp/escaped"),
    "above": _file("../escaped"),
    "above later": _file("a/../../escaped"),
    "dots": _file("a/./b"),
    "twice": _both(_file("a"), _file("a")),
    "file as folder": _both(_file("a"), _file("a/b")),
    "link": _link("a", "/etc/passwd"),
    "hard link": _link("a", "/etc/passwd", tarfile.LNKTYPE),
    "through a link": _both(_link("a", "/tmp"), _file("a/escaped")),
    "device": _special(tarfile.CHRTYPE),
    "pipe": _special(tarfile.FIFOTYPE),
    "long name": _file("x" * 300),
    "null": _file("a\0b/../../escaped"),
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_a_tar_with_anything_else_in_it_is_refused(kind: str, home: Path, tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _file("good")(tar)
        UNSAFE[kind](tar)
    one = Input.of(entry(data.getvalue(), "folder", kind="folder"))
    store = Store(home)
    if kind == "null":  # a tar's own names end there
        assert store.put(one, 0, [data.getvalue()])["done"] is True
    else:
        with pytest.raises(Refused) as refused:
            store.put(one, 0, [data.getvalue()])
        assert refused.value.status == 422
        assert store.status(one) == {"have": 0, "bytes": one.bytes, "done": False}
        assert contents(home / "inputs") == {}
    assert not list(tmp_path.rglob("escaped"))
    assert not Path("/tmp/escaped").exists()


def test_no_damage_of_a_tar_leads_out_of_its_folder(tmp_path: Path, seeds: range) -> None:
    whole = bytearray(tar_of({**FILES, "x" * 150: b"long"}))
    (tmp_path / "outside").write_text("mine")
    refusals = set()
    for seed in seeds:
        chance = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b"./\0 07125Ax\xff")
        archive, target = tmp_path / f"{seed}.tar", tmp_path / f"folder{seed}"
        archive.write_bytes(damaged)
        try:
            unpack(archive, target)
        except Refused as refused:
            refusals.add(refused.status)
        archive.unlink()
        assert not any(path.is_symlink() for path in target.rglob("*"))
        shutil.rmtree(target)
        assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert refusals == {422}


# -- places -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_checkpoint_is_put_where_the_job_looks_for_it(kind: str, home: Path) -> None:
    data = tar_of(FILES) if kind == "folder" else DATA
    one = entry(data, "last", kind=kind, place="work/train/last")
    folder = pods_folder(home, inputs=[one])
    store = Store(home)
    store.put(Input.of(one), 0, [data])
    inputs.place(folder, {"inputs": [one]})
    placed = folder.work / "train/last"
    assert contents(placed) == FILES if kind == "folder" else placed.read_bytes() == DATA
    (placed / "metadata.csv" if kind == "folder" else placed).write_bytes(b"trained on")
    stored = store.path(Input.of(one))
    assert stored
    assert contents(stored) == FILES if kind == "folder" else stored.read_bytes() == DATA


@pytest.mark.parametrize("place", ["../escaped", "/tmp/escaped", "work/../../escaped"])
def test_no_place_lies_outside_of_the_job(place: str, home: Path) -> None:
    one = entry(DATA, place=place)
    folder = pods_folder(home, inputs=[one])
    Store(home).put(Input.of(one), 0, [DATA])
    with pytest.raises(ValueError, match="escaped"):
        inputs.place(folder, {"inputs": [one]})


@pytest.mark.parametrize(
    ("told", "name"), [("../../x.ckpt", "x.ckpt"), (".hidden", "hidden"), ("..", "input")]
)
def test_a_name_is_only_a_name(told: str, name: str) -> None:
    assert Input.of(entry(DATA, told)).name == name


def test_a_manifest_without_a_checksum_is_none() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Input.of({**entry(DATA), "sha256": "../x"})


def test_a_folder_is_waited_for(home: Path) -> None:
    folder = JobFolder(home / "jobs" / "a")
    told = {"inputs": [entry(DATA), entry(tar_of(FILES), "voice", kind="folder")]}
    assert [one.name for one in inputs.waiting_for(folder, told)] == ["base.ckpt", "voice"]
