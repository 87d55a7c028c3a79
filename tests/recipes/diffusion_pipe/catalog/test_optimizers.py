from typing import Any

import pytest

from recipes.diffusion_pipe import trainer_keys
from recipes.diffusion_pipe.asked_settings import complete
from tuneyard.recipes.diffusion_pipe import choices
from tuneyard.recipes.diffusion_pipe.catalog import optimizers

OWN = {name for name, found in optimizers.OPTIMIZERS.items() if found.own}


def arguments(**chosen: Any) -> dict[str, Any]:
    return optimizers.arguments(complete(**chosen))


def test_the_trainer_s_own_have_exactly_their_keys() -> None:
    assert set(trainer_keys.OPTIMIZERS) == OWN
    for name, keys in trainer_keys.OPTIMIZERS.items():
        found = optimizers.OPTIMIZERS[name]
        named = {option.removesuffix("[]") for option in found.options}
        assert named | ({"betas"} if found.betas else set()) == keys, name


@pytest.mark.parametrize(
    "name", ["AdamW8bitKahan", "adamw8bitkahan", "ADAMW_OPTIMI", "StableAdamW"]
)
def test_its_own_are_known_in_any_case(name: str) -> None:
    found = optimizers.get(name)
    assert found is not None
    assert found.own
    assert arguments(optimizer=name)["type"] == name


def test_classes_are_known_in_their_own_case_alone() -> None:
    assert optimizers.get("Prodigy") is not None
    assert optimizers.get("prodigy") is None
    assert optimizers.near("prodigy")[0] == "Prodigy"
    assert optimizers.near("came")[0] == "CAME"


def test_adamw_is_made_as_in_upstream_s_example() -> None:
    assert arguments() == {
        "type": "adamw_optimi",
        "lr": 2e-5,
        "weight_decay": 0.01,
        "betas": [0.9, 0.99],
        "eps": 1e-8,
    }


@pytest.mark.parametrize(
    ("chosen", "made"),
    [
        ({"optimizer": "automagic"}, {"lr", "weight_decay"}),
        ({"optimizer": "sgd", "betas": [0.9, 0.9]}, {"lr", "weight_decay"}),
        ({"optimizer": "Prodigy"}, {"lr", "weight_decay"}),
        (
            {"optimizer": "Prodigy", "betas": [0.9, 0.99], "eps": 1e-8},
            {"lr", "weight_decay", "betas", "eps"},
        ),
        ({"optimizer": "Lion", "eps": 1e-8}, {"lr", "weight_decay"}),
        ({"optimizer": "automagic", "learning_rate": None, "weight_decay": None}, set()),
        ({"optimizer": "of-a-fork", "betas": [0.9]}, {"lr", "weight_decay", "betas"}),
    ],
)
def test_each_gets_what_it_takes(chosen: dict[str, Any], made: set[str]) -> None:
    assert set(arguments(**chosen)) == {"type", *made}


def test_options_are_values() -> None:
    typed = {"stabilize": False, "d_coef": "1.5", "kind": "ema", "proj": "[0.9, 0.99]", "no": "NaN"}
    made = arguments(optimizer_options=typed)
    assert {name: made[name] for name in typed} == {
        "stabilize": False,
        "d_coef": 1.5,
        "kind": "ema",
        "proj": [0.9, 0.99],
        "no": "NaN",
    }


def test_the_trainer_s_own_keys_of_the_table() -> None:
    made = arguments(beta2_half_life=1000, gradient_release=True)
    assert made["beta2_half_life"] == 1000
    assert made["gradient_release"] is True


def test_the_list_to_choose_from() -> None:
    search = choices.CHOICES["optimizer"]
    assert ("Prodigy", "Prodigy") in search("prod")
    assert search("kahan") == [("adamw8bitkahan", "adamw8bitkahan")]
    named = [name for name, _ in search("")]
    assert "adamw_optimi" in named
    assert "SAM" not in named  # wants a closure
    assert len(named) > 100
