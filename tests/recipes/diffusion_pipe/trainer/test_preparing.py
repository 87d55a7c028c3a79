"""How much is prepared, of all that is to be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recipes.diffusion_pipe.trainings import complete
from tuneyard.recipes.diffusion_pipe.trainer import preparing
from tuneyard.recipes.diffusion_pipe.trainer.console import Lines
from tuneyard.recipes.diffusion_pipe.trainer.preparing import Caching, Preparing, Set

REAL = Path(__file__).parents[1] / "real"


def test_the_real_trainer_s_bars_are_counted_through() -> None:
    sets = [Set("train", 1, 6, 6), Set("held-out", 1, 4, 4)]
    reader = Preparing(sets)
    lines = (line for _, line in Lines(REAL / "complete.log", 0).new(last=True))
    found = [told for line in lines if (told := reader.read(line))]
    assert [(told.what, told.where, told.done) for told in found] == [
        *(("latents", "train", n) for n in (0, 1, 4, 4, 6)),
        *(("latents", "held-out", n) for n in (6, 9, 10)),
        *(("text embeddings", "train", n) for n in (0, 4, 4, 6)),
        *(("text embeddings", "held-out", n) for n in (6, 10)),
    ]
    assert {told.of for told in found} == {10}


def test_each_text_encoder_is_a_round_of_its_own() -> None:
    reader = Preparing([Set("train", 2, 4, 5)])
    found = list(said(reader, latents=[[4], []], texts=[[3], [2]], rounds=3))
    assert found[-1] == Caching("text embeddings of encoder 3", "train", 5, 5)
    rounds = [told.what for told in found if told.done == told.of]
    assert rounds == ["latents", *(f"text embeddings{n}" for n in NUMBERS)]


NUMBERS = ("", " of encoder 2", " of encoder 3")


def test_what_was_there_before_counts() -> None:
    reader = Preparing([Set("train", 1, 9, 9)])
    for line in ("/data", "(1.0, 1)", "(1.0, 64, 64, 1)"):
        reader.read(f"caching latents: {line}")
    reader.read("[CACHE] Existing cache length: 4")
    reader.read("caching latents: (0.5, 48, 96, 1)")
    reader.read("[CACHE] Existing cache length: 2")
    assert reader.read(" 40%|####      | 2/5 [00:00<?, ?it/s]") == Caching("latents", "train", 6, 9)
    assert reader.read(" 60%|######    | 3/5 [00:01<00:01]") == Caching("latents", "train", 7, 9)


def test_what_is_made_anew_doesn_t_count() -> None:
    reader = Preparing([Set("train", 1, 9, 9)])
    reader.read("caching latents: /data")
    reader.read("caching latents: (1.0, 64, 64, 1)")
    for length in (9, 0):  # the trainer empties it
        reader.read(f"[CACHE] Existing cache length: {length}")
    assert reader.read(" 11%|#         | 1/9 [00:00<?, ?it/s]") == Caching("latents", "train", 1, 9)


def test_a_bar_may_count_several_at_once_and_never_says_too_much() -> None:
    reader = Preparing([Set("train", 1, 9, 9)], batch=4)
    for line in ("/data", "(1.0, 64, 64, 1)"):
        reader.read(f"caching latents: {line}")
    reader.read("[CACHE] Existing cache length: 0")
    told = [reader.read(f" 50%|#####     | {n}/2 [00:00<?, ?it/s]") for n in (1, 2, 3)]
    assert [each.done for each in told if each] == [4, 8, 9]


def test_what_nobody_counted_is_told_by_bucket() -> None:
    reader = Preparing([Set("train", 1, None, None)])
    found = list(said(reader, latents=[[2, 3]], texts=[[5]], rounds=1))
    whole = [(told.what, told.where, told.of) for told in found if told.done == told.of]
    assert whole == [
        ("latents", "(0.0, 64, 64, 1)", 2),
        ("latents", "(1.0, 64, 64, 1)", 3),
        ("text embeddings", "(0.0, 64, 64, 1)", 5),
    ]


def test_other_bars_are_nobody_s_business() -> None:
    reader = Preparing([Set("train", 1, 2, 2)])
    list(said(reader, latents=[[2]], texts=[[2]], rounds=1))
    bar = "  0%|          | 0/9 [00:00<?, ?it/s]"
    reader.end()
    assert reader.read(bar) is None
    assert Preparing([Set("train", 1, 2, 2)]).read(bar) is None


@pytest.mark.parametrize("known", [True, False])
def test_sets_are_those_of_the_settings_in_their_order(known: bool) -> None:
    folders = [{"name": name, "path": "/data"} for name in ("dogs", "cats", "dogs")]
    settings = complete(directories=[{"path": "/a"}, {"path": "/b"}], evaluation=folders)
    counted = {name: {"latents": n, "texts": 1} for n, name in enumerate(("cats", "dogs", "train"))}
    assert preparing.sets(settings, {"sets": counted if known else {}}) == [
        Set("train", 2, *((2, 1) if known else (None, None))),
        Set("dogs", 2, *((1, 1) if known else (None, None))),
        Set("cats", 1, *((0, 1) if known else (None, None))),
    ]


def said(
    reader: Preparing, *, latents: list[list[int]], texts: list[list[int]], rounds: int
) -> Iterator[Caching]:
    """What is told of a trainer that makes these: items by folder and bucket."""
    for what, folders in (("latents", latents), *[("text embeddings", texts)] * rounds):
        for number, buckets in enumerate(folders):
            assert not reader.read(f"caching {what}: /data/{number}")
            for ratio, items in enumerate(buckets):
                reader.read(f"caching {what}: ({ratio}.0, 64, 64, 1)")
                yield from cached(reader, items)
            if what != "latents":  # of the empty caption
                assert not list(cached(reader, 1))
    for number in range(len(latents)):  # all of it is loaded
        assert not reader.read(f"caching latents: /data/{number}")
        assert not list(cached(reader, 1))


def cached(reader: Preparing, items: int) -> Iterator[Caching]:
    reader.read("[CACHE] Initializing")
    reader.read("[CACHE] Existing cache length: 0")
    for done in range(items + 1):
        if told := reader.read(f" {done:2}%|          | {done}/{items} [00:00<?, ?it/s]"):
            yield told
