import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictures import asked as settings_of
from tuneyard.recipes.diffusion_pipe.config import writing
from tuneyard.recipes.diffusion_pipe.data import asked
from tuneyard.recipes.diffusion_pipe.data.asked import Rates
from tuneyard.recipes.diffusion_pipe.data.buckets import Batches, Sorter, Sorting, sides

# --- the same as the trainer reads in the files that are written for it

SIDE = st.integers(200, 1200)
RESOLUTIONS = st.lists(
    st.one_of(SIDE.map(str), st.tuples(SIDE, SIDE).map(lambda size: f"{size[0]}x{size[1]}")),
    min_size=1,
    max_size=3,
)
RATIOS = st.lists(st.sampled_from(["0.5", "1", "1.333", "512x768", "2"]), max_size=3)
EXACT = st.lists(st.sampled_from(["512x512", "768x512x1", "512x768x33"]), min_size=1, max_size=3)
LENGTHS = st.lists(st.integers(1, 100), min_size=1, max_size=3)
OWN: dict[str, st.SearchStrategy[Any]] = {
    "num_repeats": st.sampled_from([1.0, 2.0, 0.5]),
    "resolutions": RESOLUTIONS,
    "enable_ar_bucket": st.booleans(),
    "min_ar": st.floats(0.2, 1),
    "max_ar": st.floats(1.1, 4),
    "num_ar_buckets": st.integers(1, 9),
    "ar_buckets": RATIOS,
    "frame_buckets": LENGTHS,
    "size_buckets": EXACT,
}
FOLDER = st.fixed_dictionaries({"path": st.just("/data")}, optional=OWN)
SETTINGS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["sdxl", "wan", "flux", "ltx2"]),
        "directories": st.lists(FOLDER, min_size=1, max_size=2),
        "evaluation": st.lists(
            st.builds(lambda entry, name: {**entry, "name": name}, FOLDER, st.sampled_from("ab")),
            max_size=3,
        ),
    },
    optional={
        **OWN,
        "size_buckets": EXACT | st.just([]),
        "gpus": st.sampled_from([1, 2, 4]),
        "pipeline_stages": st.sampled_from([1, 2]),
        "gradient_accumulation_steps": st.integers(1, 4),
        "eval_gradient_accumulation_steps": st.integers(1, 4),
        **{
            name: st.sampled_from(["1", "3", "512:4, 1024:1"])
            for name in ("micro_batch_size_per_gpu", "image_micro_batch_size_per_gpu")
        },
        **{
            name: st.sampled_from(["", "2", "512:4"])
            for name in ("eval_micro_batch_size_per_gpu", "eval_image_micro_batch_size_per_gpu")
        },
    },
)


def as_trainer_reads(data: dict[str, Any], folder: dict[str, Any]) -> Sorting:
    """A folder's own value, else that of all, else the trainer's default."""

    def value(name: str, default: Any) -> Any:
        return folder.get(name, data.get(name, default))

    def pairs(name: str) -> list[Any]:
        return [tuple(each) if isinstance(each, list) else each for each in value(name, [])]

    return Sorting(
        pairs("resolutions"),
        value("enable_ar_bucket", False),
        pairs("ar_buckets"),
        value("min_ar", 0.0),
        value("max_ar", 0.0),
        value("num_ar_buckets", 0),
        value("frame_buckets", [1]),
        pairs("size_buckets"),
        value("num_repeats", 1),
    )


def decides(sorting: Sorting, *, video: bool) -> list[Any]:
    """What of it can be told by what comes out."""
    sorter = Sorter(sorting, 16)
    lengths = {1, *sorting.frame_buckets} if video and not sorting.size_buckets else {1}
    exact = [list(size) for size in sorting.size_buckets]
    return [exact, sides(sorting), sorter.ratios, sorted(lengths), sorting.num_repeats]


@given(SETTINGS)
def test_folders_are_sorted_as_the_trainer_is_told(chosen: dict[str, Any]) -> None:
    settings = settings_of(**chosen)
    video = settings["model"] in {"wan", "ltx2"}

    for name, entries in asked.sets(settings):
        if name == asked.TRAINING:
            given_entries = settings["directories"]
        else:
            given_entries = [each for each in settings["evaluation"] if each["name"] == name]
        data = tomllib.loads(
            writing.dataset(settings, given_entries, ["/data"] * len(given_entries))
        )
        ours = [asked.sorting(asked.of_folder(settings, entry)) for entry in entries]
        theirs = [as_trainer_reads(data, folder) for folder in data["directory"]]
        assert [decides(each, video=video) for each in ours] == [
            decides(each, video=video) for each in theirs
        ]


def by_side(value: Any) -> dict[int | None, int]:
    return dict(value) if isinstance(value, list) else {None: value}


@given(SETTINGS)
def test_batches_are_as_the_trainer_is_told(chosen: dict[str, Any]) -> None:
    settings = settings_of(**{**chosen, "pipeline_stages": 1})
    config = tomllib.loads(
        writing.main(settings, dataset="d", evaluation=[("a", "e")], output_dir="o")
    )
    video = config.get("micro_batch_size_per_gpu", 1)
    of_evaluation = config.get("eval_micro_batch_size_per_gpu", video)

    assert asked.batches(settings) == Batches(
        by_side(video),
        by_side(config.get("image_micro_batch_size_per_gpu", video)),
        config["gradient_accumulation_steps"],
        settings["gpus"],
    )
    assert asked.batches(settings, evaluation=True) == Batches(
        by_side(of_evaluation),
        by_side(config.get("eval_image_micro_batch_size_per_gpu", of_evaluation)),
        config["eval_gradient_accumulation_steps"],
        settings["gpus"],
    )


def test_gpus_in_a_pipeline_share_their_batches() -> None:
    assert asked.batches(settings_of(gpus=4, pipeline_stages=2)).ranks == 2


# --- which Wan it is


def config(folder: Path, kind: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    return folder


@pytest.mark.parametrize(
    ("kind", "name", "rates"),
    [
        ("t2v", "Wan2.1-T2V-1.3B", Rates(16, 16)),
        ("i2v", "anything", Rates(16, 16)),
        ("ti2v", "anything", Rates(24, 32)),
        ("t2v", "SkyReels-V2-T2V-14B", Rates(24, 16)),
    ],
)
def test_a_folders_config_tells_which_wan_it_is(
    tmp_path: Path, kind: str, name: str, rates: Rates
) -> None:
    folder = config(tmp_path / name, kind)

    assert asked.rates(settings_of(model="wan", ckpt_path=str(folder)), {}) == rates


@pytest.mark.parametrize(
    ("path", "rates"),
    [
        ("hf:Wan-AI/Wan2.1-T2V-1.3B", Rates(16, 16)),
        ("hf:Wan-AI/Wan2.2-TI2V-5B", Rates(24, 32)),
        ("hf:Wan-AI/Wan2.2-T2V-A14B", Rates(16, 16)),
        ("hf:Skywork/SkyReels-V2-T2V-14B-540P", Rates(24, 16, sure=False)),
        ("hf:me/my-wan", Rates(16, 16, sure=False)),
    ],
)
def test_a_name_may_tell_which_wan_it_is(path: str, rates: Rates) -> None:
    assert asked.rates(settings_of(model="wan", ckpt_path=path), {}) == rates


def test_what_was_fetched_tells(tmp_path: Path) -> None:
    folder = config(tmp_path / "me--my-wan", "ti2v")
    settings = settings_of(model="wan", ckpt_path="hf:me/my-wan")

    assert asked.rates(settings, {"ckpt_path": str(folder)}) == Rates(24, 32)


def test_the_transformers_own_config_comes_first(tmp_path: Path) -> None:
    config(tmp_path / "Wan2.2" / "low_noise_model", "t2v")
    settings = settings_of(
        model="wan",
        ckpt_path=str(tmp_path / "Wan2.2"),
        transformer_path=str(tmp_path / "Wan2.2" / "low_noise_model"),
    )

    assert asked.rates(settings, {}) == Rates(16, 16)
    single = {**settings, "transformer_path": str(tmp_path / "wan.safetensors")}
    assert asked.rates(single, {}) == Rates(16, 16)


@pytest.mark.parametrize("text", ["[]", "{", '{"model_type": 3}'])
def test_a_config_that_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)

    assert not asked.rates(settings_of(model="wan", ckpt_path=str(tmp_path)), {}).sure


def test_other_models_have_rates_of_their_own() -> None:
    assert asked.rates(settings_of(model="ltx-video"), {}) == Rates(25, 32)
    assert asked.rates(settings_of(model="sdxl"), {}) == Rates(None, 16)
