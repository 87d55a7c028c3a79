from typing import Any

import pytest

from tuneyard.recipes.piper.trainer import arguments

SETTINGS: dict[str, Any] = {
    "language": "en-us",
    "quality": "medium",
    "speakers": "single",
    "sample_rate": None,
    "voice_name": "anna",
    "batch_size": 16,
    "precision": "16-mixed",
    "learning_rate": 2e-4,
    "learning_rate_d": 1e-4,
    "validation_split": 0.1,
    "workers": 2,
    "seed": 7,
    "trim_silence": True,
    "accelerator": "auto",
}
DATA: dict[str, Any] = {"csv": "metadata.csv", "audio_dir": "/clips", "speakers": {}, "clips": 100}


def options(data: dict[str, Any] = DATA, warm_start: str = "", **changes: Any) -> dict[str, str]:
    made = arguments.fit({**SETTINGS, **changes}, data, epochs=9, warm_start=warm_start)
    assert made[0] == "fit"
    return dict(zip(made[1::2], made[2::2], strict=True))


def test_what_the_settings_say_reaches_piper() -> None:
    made = options()
    assert made["--trainer.max_epochs"] == "9"
    assert made["--data.espeak_voice"] == "en-us"
    assert made["--data.batch_size"] == "16"
    assert made["--trainer.precision"] == "16-mixed"
    assert made["--model.learning_rate"] == "0.0002"
    assert made["--seed_everything"] == "7"
    assert made["--data.trim_silence"] == "true"


def test_what_kills_or_blinds_a_training_is_off() -> None:
    made = options()
    assert made["--model.mos_metric"] == "none"
    assert made["--trainer.log_every_n_steps"] == "1"
    assert made["--trainer.devices"] == "1"


@pytest.mark.parametrize(
    ("quality", "rate"),
    [("x-low", 16000), ("low", 16000), ("medium", 22050), ("high", 22050), ("tiny", 22050)],
)
def test_the_customary_rate_of_each_quality(quality: str, rate: int) -> None:
    assert options(quality=quality)["--model.sample_rate"] == str(rate)


def test_a_chosen_rate_wins() -> None:
    assert options(quality="low", sample_rate=44100)["--model.sample_rate"] == "44100"


def test_the_high_net_is_asked_for_without_quotes() -> None:
    made = options(quality="high")
    assert made["--model.resblock"] == "1"
    assert made["--model.upsample_rates"] == "[8, 8, 2, 2]"


def test_a_medium_net_is_piper_as_it_is() -> None:
    assert not arguments.QUALITIES["medium"]


def test_several_speakers_are_counted() -> None:
    data = {**DATA, "speakers": {"anna": 0, "ben": 1}}
    assert options(data, speakers="several")["--model.num_speakers"] == "2"
    assert options(data, speakers="single")["--model.num_speakers"] == "1"


@pytest.mark.parametrize(("clips", "split"), [(100, 0.0), (9, 0.1), (1, 0.5)])
def test_without_clips_to_validate_with_there_is_no_validation(clips: int, split: float) -> None:
    made = options({**DATA, "clips": clips}, validation_split=split)
    assert made["--data.validation_split"] == "0"
    assert made["--trainer.limit_val_batches"] == "0"


def test_with_clips_to_validate_with_it_is_left_to_piper() -> None:
    made = options({**DATA, "clips": 10})
    assert made["--data.validation_split"] == "0.1"
    assert "--trainer.limit_val_batches" not in made


def test_a_warm_start_names_its_base() -> None:
    assert options(warm_start="base.ckpt")["--model.warmstart_ckpt"] == "base.ckpt"
    assert "--model.warmstart_ckpt" not in options()
