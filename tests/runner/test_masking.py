import os
import random
import string
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.runner import masking
from tuneyard.runner.folder import write_json
from tuneyard.runner.masking import Mark, Masker

TOKEN = "hf_" + "aB3dEfGhIjKlMnOpQrStUvWxYz012345"


@pytest.fixture(autouse=True, scope="module")
def _quick_hashes() -> Iterator[None]:
    """A slow hash is only for those who would guess."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "_ROUNDS", 2)
        yield


def masker(*secrets: str) -> Masker:
    return Masker([Mark.of(secret) for secret in secrets])


def test_a_token_becomes_stars_of_equal_length() -> None:
    text = f"HF_TOKEN={TOKEN}\nAuthorization: Bearer {TOKEN}."
    stars = "*" * len(TOKEN)
    assert masker(TOKEN).text(text) == f"HF_TOKEN={stars}\nAuthorization: Bearer {stars}."


def test_nothing_else_is_touched() -> None:
    rest = "Epoch 3:  67%|██████▋   | 2/3 [00:16<00:08] /home/me/" + "a" * 200
    assert masker(TOKEN).text(rest) == rest


def test_a_secret_is_found_inside_other_letters() -> None:
    assert masker(TOKEN).text(f"xx{TOKEN}yy") == f"xx{'*' * len(TOKEN)}yy"


@given(
    secret=st.text(
        st.sampled_from(string.ascii_letters + string.digits + "-_./+=@: é"), min_size=12
    ),
    before=st.text(),
    after=st.text(),
)
def test_any_secret_is_masked_anywhere(secret: str, before: str, after: str) -> None:
    masked = masker(secret).text(before + secret + after)
    assert secret not in masked
    assert len(masked.encode()) == len((before + secret + after).encode())


def test_the_marks_do_not_hold_the_secret(tmp_path: Path) -> None:
    masks = tmp_path / "masks.json"
    masking.remember(masks, [TOKEN, "short", TOKEN])
    text = masks.read_text()
    assert text.count('"salt"') == 1
    assert TOKEN not in text
    assert not any(TOKEN[i : i + 6] in text for i in range(len(TOKEN) - 6))
    assert masks.stat().st_mode & 0o777 == 0o600


def test_marks_are_added_once(tmp_path: Path) -> None:
    masks = tmp_path / "masks.json"
    masking.remember(masks, [TOKEN])
    masking.remember(masks, [TOKEN, TOKEN[::-1]])
    masking.remember(masks, [])
    found = Masker.of_job(masks)
    assert len(found.marks) == 2
    assert found.text(TOKEN + " " + TOKEN[::-1]) == "*" * len(TOKEN) + " " + "*" * len(TOKEN)


def test_a_secret_across_the_edges_of_chunks_is_masked(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    dice = random.Random(7)
    words = [dice.choice([TOKEN, "step", "█" * 5, "a" * dice.randint(1, 60)]) for _ in range(200)]
    path.write_bytes(" ".join(words).encode() + b"\n")
    expected = masker(TOKEN).mask(path.read_bytes())
    assert TOKEN.encode() not in expected
    for limit in (1, 7, 36, 1000):
        found, offset = b"", 0
        while (chunk := masker(TOKEN).read(path, offset, limit)).data:
            found, offset = found + chunk.data, chunk.next
        assert found == expected


def test_half_a_secret_at_the_end_of_a_growing_file_is_held_back(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"token: " + TOKEN[:10].encode())
    chunk = masker(TOKEN).read(path, 0)
    assert chunk == (b"token: ", 7, False)
    with open(path, "ab") as file:
        file.write(TOKEN[10:].encode() + b"\n")
    assert masker(TOKEN).read(path, chunk.next).data == b"*" * len(TOKEN) + b"\n"


def test_half_a_secret_is_held_back_however_little_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"x " + TOKEN[:10].encode())
    assert masker(TOKEN).read(path, 0, 5) == (b"x ", 2, False)
    assert masker(TOKEN).read(path, 4, 5) == (b"", 4, False)
    with open(path, "ab") as file:
        file.write(TOKEN[10:].encode() + b"\n")
    assert masker(TOKEN).read(path, 2, 5) == (b"*****", 7, False)


def test_what_has_been_quiet_is_given_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"epoch 3")
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    assert masker(TOKEN).read(path, 0).data == b"epoch 3"


def test_without_secrets_bytes_pass_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"epoch 3")
    assert masker().read(path, 0).data == b"epoch 3"


@given(st.integers(0, 60), st.integers(1, 40))
def test_a_file_in_pieces_is_masked_as_a_whole(before: int, size: int) -> None:
    secret = "hf_CanaryOfTheTests12345"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output.log"
        path.write_bytes(b"-" * before + secret.encode() + b"\nrest")
        os.utime(path, (1, 1))  # nobody writes to it any more
        masker = Masker([Mark.of(secret)])
        length, pieces = masker.pieces(path, size)
        whole = b"".join(pieces)
    assert (length, len(whole)) == (before + len(secret) + 5,) * 2
    assert whole == b"-" * before + b"*" * len(secret) + b"\nrest"


@given(st.integers(1, 23))
def test_half_a_secret_at_the_end_is_in_no_piece(written: int) -> None:
    secret = "hf_CanaryOfTheTests12345"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output.log"
        path.write_text(f"a line\n{secret[:written]}")
        length, pieces = Masker([Mark.of(secret)]).pieces(path)
        assert (length, b"".join(pieces)) == (7, b"a line\n")
        os.utime(path, (1, 1))  # quiet since long ago: it was no secret
        length, _ = Masker([Mark.of(secret)]).pieces(path)
        assert length == 7 + written


def test_of_two_that_add_secrets_at_once_none_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(2)

    def both(*given: Any) -> None:
        # Where one waits for the other, both are here: each has read what was known before.
        with suppress(BrokenBarrierError):
            together.wait(0.3)
        write_json(*given)

    monkeypatch.setattr(masking, "write_json", both)
    masks, secrets = tmp_path / "masks.json", ["first-secret", "other-secret"]
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(masking.remember, masks, [secret]) for secret in secrets]:
            done.result()
    masker = Masker.of_job(masks)
    assert [masker.text(secret) for secret in secrets] == ["*" * 12] * 2
