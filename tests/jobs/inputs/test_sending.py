import contextlib
import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

from between import QUICK, TOKENLESS, answer, proxied
from faces import TOKEN, face_of, pods_folder
from tuneyard.jobs.inputs import InputsError, Packed, Patience, Progress, pack, upload
from tuneyard.runner.pod.inputs import Input, Store


def packed_file(path: Path, data: bytes) -> Packed:
    path.write_bytes(data)
    return Packed(hashlib.sha256(data).hexdigest(), len(data), path.name, "file", path)


def entry(packed: Packed) -> dict[str, Any]:
    return {name: getattr(packed, name) for name in ("sha256", "bytes", "name", "kind")}


def arrived(home: Path, packed: Packed) -> Path:
    path = Store(home).path(Input.of(entry(packed)))
    assert path, "it has not arrived"
    return path


def test_a_folder_arrives(home: Path, tmp_path: Path) -> None:
    (tmp_path / "voice/wavs").mkdir(parents=True)
    (tmp_path / "voice/wavs/a.wav").write_bytes(os.urandom(3_000_000))
    packed = pack(tmp_path / "voice", tmp_path / "laptop")
    seen: list[Progress] = []
    with proxied(pods_folder(home, inputs=[entry(packed)])) as proxy:
        assert upload(proxy.url, TOKEN, packed, progress=seen.append, patience=QUICK)
        assert upload(proxy.url, TOKEN, packed, patience=QUICK)  # it is there
    got = arrived(home, packed) / "wavs/a.wav"
    assert got.read_bytes() == (tmp_path / "voice/wavs/a.wav").read_bytes()
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert seen[0].bytes_a_second is None
    assert seen[0].seconds_left is None
    assert (seen[-1].done, seen[-1].seconds_left) == (packed.bytes, 0.0)


def test_any_breaks_on_the_way_there_are_survived(home: Path, tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        data = random.Random(seed).randbytes(300_000)
        packed = packed_file(tmp_path / "base.ckpt", data)
        there = home / str(seed)
        with proxied(pods_folder(there, inputs=[entry(packed)]), seed) as proxy:
            proxy.break_after = (5_000, 120_000)
            assert upload(proxy.url, TOKEN, packed, patience=QUICK)
        assert arrived(there, packed).read_bytes() == data


@pytest.mark.parametrize("status", [404, 429, 500, 502, 503, 524])
def test_what_the_proxy_says_of_a_pod_that_starts_passes(
    status: int, home: Path, tmp_path: Path
) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    with proxied(pods_folder(home, inputs=[entry(packed)])) as proxy:
        proxy.answers = [answer(status)] * 3 + [answer(200, b"<html>Log in</html>")]
        assert upload(proxy.url, TOKEN, packed, patience=QUICK)
    assert arrived(home, packed).read_bytes() == b"weights"


def test_an_upload_survives_kills_of_the_face(home: Path, tmp_path: Path) -> None:
    data = os.urandom(6 << 20)
    packed = packed_file(tmp_path / "base.ckpt", data)
    folder = pods_folder(home, inputs=[entry(packed)])
    with contextlib.ExitStack() as stack:
        face = stack.enter_context(face_of(folder))
        kills = [1 << 20, 3 << 20]

        def kill(progress: Progress) -> None:
            if kills and progress.done >= kills[0]:
                kills.pop(0)
                stack.pop_all().close()
                stack.enter_context(face_of(folder, port=face.port))

        assert upload(face.url, TOKEN, packed, progress=kill, piece=1 << 20, patience=QUICK)
        assert not kills
    assert arrived(home, packed).read_bytes() == data


def test_a_proxy_that_takes_only_small_pieces_gets_small_pieces(home: Path, tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", os.urandom(2_000_000))
    with proxied(pods_folder(home, inputs=[entry(packed)])) as proxy:
        proxy.largest = 300_000
        assert upload(proxy.url, TOKEN, packed, patience=QUICK)
    assert arrived(home, packed)


def test_a_proxy_that_takes_nothing_is_told(home: Path, tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", os.urandom(2_000_000))
    with proxied(pods_folder(home, inputs=[entry(packed)])) as proxy:
        proxy.largest = 1000
        with pytest.raises(InputsError, match="HTTP 413"):
            upload(proxy.url, TOKEN, packed, patience=QUICK)


def test_it_stops_when_told(home: Path, tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", os.urandom(4 << 20))
    sent: list[Progress] = []
    with proxied(pods_folder(home, inputs=[entry(packed)])) as proxy:
        done = upload(
            proxy.url,
            TOKEN,
            packed,
            progress=sent.append,
            stopped=lambda: len(sent) > 1,
            patience=QUICK,
        )
    assert done is False
    assert 0 < sent[-1].done < packed.bytes
    assert upload(TOKENLESS, TOKEN, packed, stopped=lambda: True) is False


def test_long_silence_is_told(tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    with pytest.raises(InputsError, match="could not be reached") as told:
        upload(TOKENLESS, TOKEN, packed, patience=Patience(first=0.01, silence=0.0))
    assert told.value.problem.next_step


@pytest.mark.parametrize(
    ("token", "known", "code"), [("wrong", True, "unauthorized"), (TOKEN, False, "no-input")]
)
def test_what_will_not_pass_is_told_at_once(
    token: str, known: bool, code: str, home: Path, tmp_path: Path
) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    with (
        proxied(pods_folder(home, inputs=[entry(packed)] if known else [])) as proxy,
        pytest.raises(InputsError) as told,
    ):
        upload(proxy.url, token, packed, patience=QUICK)
    assert told.value.problem.code == code


def test_bytes_that_arrive_changed_again_and_again_are_told(home: Path, tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    packed.file.write_bytes(b"changed")
    with (
        proxied(pods_folder(home, inputs=[entry(packed)])) as proxy,
        pytest.raises(InputsError, match="another SHA-256") as told,
    ):
        upload(proxy.url, TOKEN, packed, patience=QUICK)
    assert told.value.problem.code == "wrong-bytes"


def test_a_file_that_shrank_since_is_told(home: Path, tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    packed.file.write_bytes(b"w")
    with (
        proxied(pods_folder(home, inputs=[entry(packed)])) as proxy,
        pytest.raises(InputsError, match="changed while it was"),
    ):
        upload(proxy.url, TOKEN, packed, patience=QUICK)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    packed = packed_file(tmp_path / "base.ckpt", b"weights")
    packed.file.unlink()
    with pytest.raises(InputsError, match="No such file"):
        upload(TOKENLESS, TOKEN, packed, patience=QUICK)
