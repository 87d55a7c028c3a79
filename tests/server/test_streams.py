import asyncio
import json
import os
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.following import Follower
from tuneyard.runner.folder import FolderError, JobFolder
from tuneyard.runner.masking import Masker, remember
from tuneyard.server import frames, streams
from tuneyard.server.streams import Hub

TOKEN = "hf_" + "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8cF0xL"


@pytest.fixture
def folder(home: Path) -> JobFolder:
    folder = JobFolder(home / "jobs" / "20261122-120000-voice")
    folder.make()
    return folder


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    one = Hub()
    try:
        yield one
    finally:
        one.close()


def append(path: Path, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def long_ago(path: Path) -> None:
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_a_log_is_followed_from_its_start(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.log, b"one\n")
        async with hub() as here:
            page = await Follower(here, folder).follow()
            assert await page.until(4) == b"one\n"
            append(folder.log, b"two\n")
            assert await page.until(8) == b"one\ntwo\n"

    asyncio.run(scenario())


def test_the_first_message_says_from_where_and_how_long_the_log_is(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.log, b"0123456789")
        async with hub() as here:
            page = await Follower(here, folder).follow(-4)
            about = {"channel": "log", "job": folder.id, "number": 1}
            assert json.loads(await page.take()) == {**about, "start": 6, "size": 10}
            assert await page.until(10) == b"6789"

    asyncio.run(scenario())


def test_a_log_that_does_not_exist_yet_is_followed(folder: JobFolder) -> None:
    async def scenario() -> None:
        async with hub() as here:
            page = await Follower(here, folder).follow(-100)
            assert json.loads(await page.take())["size"] == 0
            append(folder.log, b"begun\n")
            assert await page.until(6) == b"begun\n"
            assert page.resets == 0

    asyncio.run(scenario())


def test_viewers_share_what_is_read(folder: JobFolder) -> None:
    async def scenario() -> None:
        folder.log.touch()
        async with hub() as here:
            pages = [await Follower(here, folder).follow() for _ in range(3)]
            for page in pages:
                await page.take()
                assert await page.viewer.take() is None  # it is at the end
            append(folder.log, b"line\n")
            first, *others = [await page.take() for page in pages]
            assert all(other is first for other in others)

    asyncio.run(scenario())


def test_nothing_is_looked_at_when_nobody_follows(folder: JobFolder) -> None:
    async def scenario() -> None:
        async with hub() as here:
            before = asyncio.all_tasks()
            one = await Follower(here, folder).follow()
            other = await Follower(here, folder, "metrics").follow()
            one.close()
            assert not here.idle
            other.close()
            assert here.idle
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == before

    asyncio.run(scenario())


def test_a_late_viewer_gets_old_bytes_in_pieces_and_then_what_all_get(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames.LogBytes, "at_once", 1000)

    async def scenario() -> None:
        old = os.urandom(10_500)
        append(folder.log, old)
        async with hub() as here:
            early = await Follower(here, folder).follow(-1)
            late = await Follower(here, folder).follow()
            await late.take()
            for number in range(1, 6):
                piece = await late.take()
                assert len(piece) == 13 + 1000
                append(folder.log, b"%d" % number)
            assert await late.until(10_505) == old + b"12345"
            assert await early.until(10_505) == old[-1:] + b"12345"
            append(folder.log, b"!")
            assert await late.take() is await early.take()

    asyncio.run(scenario())


def test_a_viewer_too_slow_is_moved_to_the_end_and_told_what_it_missed(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RING_BYTES", 2000)

    async def scenario() -> None:
        folder.log.touch()
        async with hub() as here:
            fast, slow = [await Follower(here, folder).follow() for _ in range(2)]
            await slow.take()
            assert await slow.viewer.take() is None
            whole = b""
            for number in range(20):
                whole += b"%03d" % number + os.urandom(297)
                append(folder.log, whole[-300:])
                await fast.until(len(whole))
            assert fast.data == whole
            assert await slow.until(len(whole)) == b"?" * 5700 + whole[5700:]
            assert slow.missed == [[0, 5700]]

    asyncio.run(scenario())


def test_a_chart_misses_nothing_however_slow_it_is(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RING_PIECES", 3)

    async def scenario() -> None:
        folder.metrics.touch()
        async with hub() as here:
            fast, slow = [await Follower(here, folder, "metrics").follow() for _ in range(2)]
            await slow.take()
            assert await slow.viewer.take() is None
            for step in range(20):
                append(folder.metrics, json.dumps({"step": step}).encode() + b"\n")
                while len(fast.lines) <= step:
                    await fast.take()
            while len(slow.lines) < 20:
                await slow.take()
            assert slow.lines == fast.lines == [{"step": step} for step in range(20)]

    asyncio.run(scenario())


def test_what_is_kept_for_viewers_is_bounded(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RING_BYTES", 10_000)
    monkeypatch.setattr(streams, "RING_PIECES", 5)

    async def scenario() -> None:
        folder.log.touch()
        async with hub() as here:
            page = await Follower(here, folder).follow()
            (tailer,) = here._tailers.values()
            for size in [100] * 10 + [3000] * 10:
                append(folder.log, b"x" * size)
                await page.until(folder.log.stat().st_size)
                kept = [len(piece.message) for piece in tailer._ring]
                assert len(kept) <= 5
                assert sum(kept) == tailer._ring_bytes <= 10_000

    asyncio.run(scenario())


def test_what_nobody_needs_any_more_is_let_go(folder: JobFolder) -> None:
    async def scenario() -> None:
        folder.log.touch()
        async with hub() as here:
            fast, slow = [await Follower(here, folder).follow() for _ in range(2)]
            await slow.take()
            assert await slow.viewer.take() is None
            (tailer,) = here._tailers.values()
            append(folder.log, b"x" * 100)
            await fast.until(100)
            tailer._rest(60)
            assert len(tailer._ring) == 1  # the other one hasn't taken it yet
            await slow.until(100)
            tailer._rest(60)
            assert not tailer._ring
            append(folder.log, b"y")
            assert await slow.until(101) == b"x" * 100 + b"y"

    asyncio.run(scenario())


@pytest.mark.parametrize(("most", "prompt"), [(100.0, True), (-1.0, False)])
def test_only_a_disk_that_answers_at_once_is_asked_in_the_servers_own_thread(
    folder: JobFolder, most: float, *, prompt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_PROMPT", most)
    asked: list[bool] = []

    def piece(
        self: frames.LogBytes, start: int, limit: int, real: Any = frames.LogBytes.piece
    ) -> Any:
        asked.append(threading.current_thread() is threading.main_thread())
        return real(self, start, limit)

    monkeypatch.setattr(frames.LogBytes, "piece", piece)

    async def scenario() -> None:
        append(folder.log, b"one\n")
        async with hub() as here:
            page = await Follower(here, folder).follow()
            await page.until(4)
            assert asked == [False]  # of one that is behind nobody knows
            await page.viewer.take()
            append(folder.log, b"two\n")
            await page.until(8)
            append(folder.log, b"three\n")
            await page.until(14)
            assert asked[-1] is prompt

    asyncio.run(scenario())


def cut(path: Path) -> None:
    os.truncate(path, 0)
    append(path, b"new\n")


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"new\n" + b"and longer than the old one was\n")
    other.replace(path)


@pytest.mark.parametrize("change", [cut, replace])
def test_a_log_that_began_again_is_sent_again(
    folder: JobFolder, change: Callable[[Path], None]
) -> None:
    async def scenario() -> None:
        append(folder.log, b"old and done\n")
        async with hub() as here:
            live = await Follower(here, folder).follow()
            behind = await Follower(here, folder).follow()
            await live.until(13)
            change(folder.log)
            whole = folder.log.read_bytes()
            for page in (live, behind):
                while page.data != whole:
                    await page.take()
                assert page.resets == 1

    asyncio.run(scenario())


def test_metrics_that_began_again_are_sent_again(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.metrics, b'{"step":1}\n{"step":2}\n')
        async with hub() as here:
            page = await Follower(here, folder, "metrics").follow()
            while len(page.lines) < 2:
                await page.take()
            os.truncate(folder.metrics, 11)
            while page.lines != [{"step": 1}]:
                await page.take()
            assert page.resets == 1
            assert page.next == 11

    asyncio.run(scenario())


def test_who_knows_more_than_there_is_begins_again(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.log, b"short\n")
        async with hub() as here:
            page = await Follower(here, folder).follow(1000)
            assert json.loads(await page.take())["start"] == 0
            assert await page.until(6) == b"short\n"
            assert page.resets == 1

    asyncio.run(scenario())


def test_only_whole_lines_are_sent_and_what_is_none_is_left_out(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.metrics, b'{"step":1,"loss":NaN}\nrubbish\n[1]\n\n{"step":2,"lo')
        async with hub() as here:
            page = await Follower(here, folder, "metrics").follow()
            await page.until(folder.metrics.read_bytes().rindex(b"\n") + 1)
            assert page.lines == [{"step": 1, "loss": None}]
            append(folder.metrics, b'ss":-Infinity}\n')
            await page.until(folder.metrics.stat().st_size)
            assert page.lines[1:] == [{"step": 2, "loss": None}]

    asyncio.run(scenario())


def test_a_line_without_an_end_is_passed_over(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames.Lines, "at_once", 100)

    async def scenario() -> None:
        folder.events.touch()
        async with hub() as here:
            page = await Follower(here, folder, "events").follow()
            append(folder.events, b"x" * 1000 + b'\n{"event":"phase"}\n')
            await page.until(folder.events.stat().st_size)
            assert page.lines == [{"event": "phase"}]

    asyncio.run(scenario())


def test_secrets_across_the_edges_of_pieces_are_stars(folder: JobFolder) -> None:
    remember(folder.masks, [TOKEN])

    async def scenario() -> None:
        folder.log.touch()
        async with hub() as here:
            page = await Follower(here, folder).follow()
            for part in (b"token=", TOKEN[:7].encode(), TOKEN[7:20].encode()):
                append(folder.log, part)
                await page.until(6)  # half a secret is held back
            append(folder.log, TOKEN[20:].encode() + b"\nnext\n")
            stars = b"*" * len(TOKEN)
            assert await page.until(6 + len(TOKEN) + 6) == b"token=" + stars + b"\nnext\n"

    asyncio.run(scenario())


def test_an_end_that_only_looks_like_half_a_secret_comes_when_it_is_quiet(
    folder: JobFolder,
) -> None:
    remember(folder.masks, [TOKEN])

    async def scenario() -> None:
        append(folder.log, b"epoch 3")
        async with hub() as here:
            page = await Follower(here, folder).follow()
            await page.until(6)
            long_ago(folder.log)
            assert await page.until(7) == b"epoch 3"

    asyncio.run(scenario())


def test_a_secret_of_a_later_attempt_is_masked_too(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.log, b"first\n")
        async with hub() as here:
            page = await Follower(here, folder).follow()
            await page.until(6)
            remember(folder.masks, [TOKEN])
            append(folder.log, TOKEN.encode() + b"\n")
            assert await page.until(7 + len(TOKEN)) == b"first\n" + b"*" * len(TOKEN) + b"\n"

    asyncio.run(scenario())


def test_secrets_in_lines_are_masked_however_json_writes_them(folder: JobFolder) -> None:
    odd = 'pass"word\\é 1234'
    remember(folder.masks, [TOKEN, odd])

    async def scenario() -> None:
        event = {"event": "warning", "cause": {"lines": [f"token {TOKEN}", f"({odd})"]}}
        append(folder.events, json.dumps(event).encode() + b"\n")
        async with hub() as here:
            page = await Follower(here, folder, "events").follow()
            while not page.lines:
                await page.take()
            stars = "*" * len(odd.encode())
            assert page.lines[0]["cause"]["lines"] == [f"token {'*' * len(TOKEN)}", f"({stars})"]

    asyncio.run(scenario())


def test_nothing_is_sent_while_marks_of_secrets_cannot_be_read(folder: JobFolder) -> None:
    async def scenario() -> None:
        append(folder.log, b"one\n")
        async with hub() as here:
            page = await Follower(here, folder).follow()
            await page.until(4)
            folder.masks.write_text("broken")
            append(folder.log, TOKEN.encode() + b"\n")
            with pytest.raises(FolderError):
                await Follower(here, folder).follow()
            assert here._tailers.keys() == {(folder.id, "log")}
            folder.masks.unlink()
            remember(folder.masks, [TOKEN])
            assert await page.until(5 + len(TOKEN)) == b"one\n" + b"*" * len(TOKEN) + b"\n"

    asyncio.run(scenario())


def test_viewers_who_come_and_go_lose_nothing_and_get_nothing_twice(
    folder: JobFolder, seeds: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random writes in a thread; each viewer leaves at random and goes on where it was."""
    monkeypatch.setattr(frames.LogBytes, "at_once", 4096)
    remember(folder.masks, [TOKEN])

    async def reads(here: Hub, dice: random.Random, length: int) -> tuple[int, bytes]:
        page = await Follower(here, folder).follow(dice.choice([0, 0, -1, -500]))
        await page.take()
        begin, data = page.begin, b""
        while page.next < length:
            if dice.random() < 0.2:
                data += page.data
                page.close()
                page = await Follower(here, folder).follow(page.next)
            await page.take()
            if dice.random() < 0.1:
                await asyncio.sleep(dice.random() / 100)  # a page that is busy
        page.close()
        assert page.resets == 0
        return begin, data + page.data

    async def scenario(seed: int) -> None:
        dice = random.Random(seed)
        whole = noise(dice)
        masked = Masker.of_job(folder.masks).mask(whole)
        folder.log.write_bytes(b"")
        writer = threading.Thread(target=write, args=(folder.log, whole, dice))
        async with hub() as here:
            writer.start()
            readers = [reads(here, random.Random(f"{seed} {n}"), len(whole)) for n in range(5)]
            for begin, found in await asyncio.gather(*readers):
                assert found == masked[begin:]
            assert here.idle
        writer.join()

    for seed in seeds:
        asyncio.run(scenario(seed))


def noise(dice: random.Random) -> bytes:
    words = [TOKEN, TOKEN[:20], "step 100/200", "█████▋", "\r", "\n", "x" * 50]
    return "".join(dice.choice(words) for _ in range(2000)).encode() + b"\n"


def write(path: Path, data: bytes, dice: random.Random) -> None:
    begin = 0
    while begin < len(data):
        end = begin + dice.choice([1, 10, 100, 1000, 10_000])
        append(path, data[begin:end])
        begin = end
        time.sleep(dice.random() / 1000)  # a trainer that computes
