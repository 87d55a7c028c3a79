import math
import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.recipes.diffusion_pipe.data import buckets
from tuneyard.recipes.diffusion_pipe.data.buckets import Batches, Item, Plan, Sorting

ONE = Batches({None: 1}, {None: 1})


def planned(
    items: Sequence[Item],
    sorting: Sorting,
    batches: Batches = ONE,
    *,
    fps: float | None = 16,
    multiple: int = 16,
    subsample: float | None = None,
) -> Plan:
    return buckets.plan(
        [(sorting, items)], fps=fps, multiple=multiple, batches=batches, subsample=subsample
    )


def pictures(*sizes: tuple[int, int], captions: int = 1) -> list[Item]:
    return [Item(f"{n}.png", *size, captions=captions) for n, size in enumerate(sizes)]


def clip(frames: int, fps: float = 16, size: tuple[int, int] = (512, 512)) -> Item:
    return Item(f"{frames}.mp4", *size, frames, fps)


def sizes(plan: Plan) -> dict[tuple[int, int, int], int]:
    return {bucket.size: bucket.items for bucket in plan.buckets}


# --- known cases


def test_six_pictures_of_two_shapes_twice_are_twelve_steps() -> None:
    # As the real trainer had it: 12 steps an epoch.
    items = pictures(*[(64, 64)] * 3, *[(128, 64)] * 3)
    sorting = Sorting((64,), enable_ar_bucket=True, num_repeats=2)

    plan = planned(items, sorting)

    assert plan.steps_per_epoch == 12
    assert [bucket.items for bucket in plan.buckets] == [6, 6]


def test_every_picture_is_trained_at_every_resolution() -> None:
    plan = planned(pictures((900, 900), (300, 300)), Sorting((512, 768)))

    assert sizes(plan) == {(512, 512, 1): 2, (768, 768, 1): 2}


def test_a_resolution_of_two_sides_stands_for_its_area() -> None:
    plan = planned(pictures((500, 500)), Sorting(((256, 1024),)))

    assert sizes(plan) == {(512, 512, 1): 1}


@pytest.mark.parametrize(
    ("multiple", "size"), [(16, (720, 368, 1)), (32, (736, 352, 1))], ids=["16", "32"]
)
def test_sides_are_rounded_as_the_model_wants(multiple: int, size: tuple[int, int, int]) -> None:
    sorting = Sorting((512,), enable_ar_bucket=True)

    plan = planned(pictures((2000, 1000)), sorting, multiple=multiple)

    assert sizes(plan) == {size: 1}


def test_each_caption_is_an_item() -> None:
    items = [*pictures((64, 64), captions=3), Item("none.png", 64, 64, captions=0)]

    assert planned(items, Sorting((512,), num_repeats=1.5)).items == int(3 * 1.5)


def test_what_is_prepared_is_counted_before_it_is_repeated() -> None:
    items = [
        Item("a.png", 64, 64, captions=3),
        Item("b.png", 128, 64),
        Item("c.mp4", 64, 64, 9, 24.0),
    ]
    sorting = Sorting((512, 768), enable_ar_bucket=True, num_repeats=5)

    plan = planned(items, sorting)

    assert (plan.latents, plan.texts) == (2 * 2, 3 + 1)


def test_what_fills_no_batch_is_left_over() -> None:
    items = pictures(*[(64, 64)] * 7, *[(128, 64)] * 3)
    batches = Batches({None: 2}, {None: 2}, accumulation=2)

    plan = planned(items, Sorting((512,), enable_ar_bucket=True), batches)

    square, wide = plan.buckets
    assert (square.batch, square.steps, square.dropped) == (4, 1, 3)
    assert (wide.batch, wide.steps, wide.dropped) == (4, 0, 3)
    assert plan.steps_per_epoch == 1


def test_the_same_size_of_two_folders_is_one() -> None:
    halves = [(Sorting((512,)), pictures((64, 64))), (Sorting((512,)), pictures((64, 64)))]

    plan = buckets.plan(
        halves, fps=None, multiple=16, batches=Batches({None: 2}, {None: 2}), subsample=None
    )

    assert (sizes(plan), plan.steps_per_epoch) == ({(512, 512, 1): 2}, 1)


def test_shapes_that_round_to_one_size_stay_apart() -> None:
    items = pictures((1000, 1000), (1005, 1000))
    sorting = Sorting((64,), enable_ar_bucket=True, ar_buckets=(1.0, 1.005))

    plan = planned(items, sorting, Batches({None: 2}, {None: 2}))

    assert [bucket.size for bucket in plan.buckets] == [(64, 64, 1)] * 2
    assert plan.steps_per_epoch == 0


def test_two_resolutions_that_round_to_one_size_count_twice() -> None:
    assert sizes(planned(pictures((64, 64)), Sorting((512, 514)))) == {(512, 512, 1): 2}


def test_a_part_of_the_steps() -> None:
    items = pictures(*[(64, 64)] * 7)

    assert planned(items, Sorting((512,)), subsample=0.5).steps_per_epoch == 3


@pytest.mark.parametrize(
    ("epochs", "most", "steps"), [(10, None, 120), (10, 50, 50), (1, 50, 12), (10, 0, 1)]
)
def test_steps_of_the_whole(epochs: int, most: int | None, steps: int) -> None:
    assert buckets.total(12, epochs, most) == steps


# --- clips


@pytest.mark.parametrize(
    ("item", "frames"),
    [
        (clip(33), 33),
        (clip(48), 33),
        (clip(49), 49),
        (clip(66, fps=32), 33),
        (clip(200), 49),
        (Item("a.png", 64, 64), 1),
        (clip(1), 1),  # a clip of one frame goes where pictures go
        (clip(2, fps=32), 1),
    ],
)
def test_a_clip_has_the_longest_length_that_it_fills(item: Item, frames: int) -> None:
    plan = planned([item], Sorting((512,), frame_buckets=(49, 33)))

    assert [size[2] for size in sizes(plan)] == [frames]


def test_clips_that_are_shorter_than_all_lengths_are_left_out() -> None:
    plan = planned([clip(32), clip(1, fps=60)], Sorting((512,), frame_buckets=(33,)))

    assert plan.buckets == []
    assert [(skipped.name, skipped.why, skipped.frames) for skipped in plan.skipped] == [
        ("32.mp4", "short", 32),
        ("1.mp4", "short", 0),
    ]


def test_clips_are_left_out_for_a_model_of_pictures() -> None:
    plan = planned([clip(40), *pictures((64, 64))], Sorting((512,)), fps=None)

    assert [skipped.why for skipped in plan.skipped] == ["video"]
    assert plan.items == 1


# --- batches


def test_pictures_may_have_a_batch_of_their_own() -> None:
    items = [*[clip(33)] * 4, *pictures(*[(64, 64)] * 4)]
    batches = Batches({None: 1}, {None: 4}, accumulation=1, ranks=2)

    plan = planned(items, Sorting((512,), frame_buckets=(33,)), batches)

    assert {bucket.size[2]: bucket.batch for bucket in plan.buckets} == {1: 8, 33: 2}


@pytest.mark.parametrize(("side", "batch"), [(256, 8), (512, 8), (767, 8), (769, 2), (2048, 2)])
def test_a_batch_by_resolution_goes_by_the_nearest(side: int, batch: int) -> None:
    by_side: dict[int | None, int] = {512: 8, 1024: 2}

    assert Batches({None: 1}, by_side).of(side, side, 1) == batch


# --- exact sizes


def test_exact_sizes_in_the_trainers_order() -> None:
    sorting = Sorting(size_buckets=[(512, 768, 1), (640, 640, 1), (768, 512, 1)])
    items = pictures((100, 150), (100, 100), (300, 200))

    assert set(sizes(planned(items, sorting))) == {(512, 768, 1), (640, 640, 1), (768, 512, 1)}


def test_exact_sizes_in_another_order_are_mixed_up() -> None:
    sorting = Sorting(size_buckets=[(768, 512, 1), (512, 768, 1)])

    assert sizes(planned(pictures((150, 100)), sorting)) == {(512, 768, 1): 1}


def test_exact_sizes_of_two_lengths_hide_those_of_pictures() -> None:
    shapes = ((960, 960), (960, 704), (704, 960), (1280, 704), (704, 1280))
    both = [(*shape, frames) for frames in (1, 121) for shape in shapes]

    plan = planned(pictures((960, 960)), Sorting(size_buckets=both))

    assert [skipped.why for skipped in plan.skipped] == ["still"]


# --- what holds for all

SIDE = st.integers(8, 4000)
PICTURES = st.tuples(SIDE, SIDE).map(lambda size: Item("a.png", *size))
CLIPS = st.tuples(
    SIDE,
    SIDE,
    st.integers(1, 300),
    st.sampled_from([12.0, 23.976, 24.0, 30.0]),
    st.integers(1, 3),
).map(lambda made: Item("a.mp4", *made))
ITEMS = st.lists(PICTURES | CLIPS, max_size=30)
SORTINGS = st.builds(
    Sorting,
    st.lists(st.integers(200, 1500), min_size=1, max_size=3),
    st.booleans(),
    st.lists(st.floats(0.2, 5), max_size=5),
    st.just(0.4),
    st.floats(0.5, 4),
    st.integers(1, 9),
    st.lists(st.integers(1, 100), max_size=4),
    st.just(()),
    st.sampled_from([1, 2, 0.5, 1.7]),
)
BATCHES = st.builds(
    Batches,
    st.builds(lambda n: {None: n}, st.integers(1, 6)),
    st.dictionaries(st.integers(200, 1500), st.integers(1, 6), min_size=1, max_size=3),
    st.integers(1, 4),
    st.integers(1, 4),
)


@given(ITEMS, SORTINGS, BATCHES, st.sampled_from([None, 16, 24]))
def test_every_item_is_in_a_step_left_over_or_left_out(
    items: list[Item], sorting: Sorting, batches: Batches, fps: float | None
) -> None:
    plan = planned(items, sorting._replace(num_repeats=1), batches, fps=fps)

    if fps is None:
        clips = [item for item in items if item.fps]
        assert [skipped.why for skipped in plan.skipped] == ["video"] * len(clips)
    skipped = Counter(skipped.name for skipped in plan.skipped)
    assert skipped["a.png"] == 0
    captions = sum(item.captions for item in items)
    most = captions * len(set(sorting.resolutions))
    assert plan.items == most if not skipped else plan.items < most
    for bucket in plan.buckets:
        assert bucket.items == bucket.steps * bucket.batch + bucket.dropped
        assert 0 <= bucket.dropped < bucket.batch
        assert all(side % 16 == 0 for side in bucket.size[:2])
    assert plan.steps_per_epoch == sum(bucket.steps for bucket in plan.buckets)


@given(ITEMS, SORTINGS, BATCHES, st.randoms())
def test_the_order_of_files_decides_nothing(
    items: list[Item], sorting: Sorting, batches: Batches, chance: random.Random
) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)

    assert planned(items, sorting, batches).buckets == planned(shuffled, sorting, batches).buckets


@given(ITEMS, SORTINGS)
def test_a_batch_of_one_leaves_nothing_over(items: list[Item], sorting: Sorting) -> None:
    plan = planned(items, sorting)

    assert plan.steps_per_epoch == plan.items


@given(st.tuples(SIDE, SIDE), st.lists(st.floats(0.2, 5), min_size=1, max_size=6))
def test_a_picture_goes_to_the_nearest_shape(size: tuple[int, int], ratios: list[float]) -> None:
    sorter = buckets.Sorter(Sorting((512,), enable_ar_bucket=True, ar_buckets=ratios), 16)

    key = sorter.place(*size, 1)

    assert key is not None
    far = [abs(math.log(size[0] / size[1]) - math.log(ratio)) for ratio in sorter.ratios]
    assert far[sorter.ratios.index(key[0])] == min(far)


@given(st.floats(0.1, 3), st.floats(0.01, 5), st.integers(1, 20))
def test_shapes_are_spread_as_numpy_spreads_them(low: float, more: float, number: int) -> None:
    sorting = Sorting((512,), True, (), low, low + more, number)

    by_numpy = sorted({round(x, 3) for x in np.geomspace(low, low + more, num=number)})

    assert buckets.Sorter(sorting, 16).ratios == by_numpy


@given(st.integers(1, 400), st.integers(1, 400))
def test_exact_sizes_have_shapes_as_numpy_rounds_them(width: int, height: int) -> None:
    sorter = buckets.Sorter(Sorting(size_buckets=[(width, height, 1)]), 16)

    assert sorter.ratios == [round(np.float64(width / height), 3)]


@given(st.integers(1, 300), st.sampled_from([16, 24, 25]), st.integers(10, 120))
def test_a_clips_frames_at_the_models_rate(frames: int, fps: int, own: int) -> None:
    plan = planned([clip(frames, own)], Sorting((512,), frame_buckets=range(1, 751)), fps=fps)

    wanted = math.floor(Fraction(frames * fps, own))
    assert [bucket.size[2] for bucket in plan.buckets] == ([wanted] if wanted else [])
