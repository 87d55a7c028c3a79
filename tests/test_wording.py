"""Every error that pydantic can give of our settings becomes a sentence of ours."""

import math
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError
from pydantic_core.core_schema import ErrorType

from tuneyard import wording
from tuneyard.compute.base import computes
from tuneyard.errors import WrongInput
from tuneyard.fields import tables
from tuneyard.jobs.job import build
from tuneyard.recipes.base import recipes

# Words of pydantic and of Python, which tell a user nothing.
FOREIGN = re.compile(
    r"Value error|Input|valid (string|integer|list|number|boolean|dictionary)|\bNone\b|Error\b"
    r"|\b(str|int|bool|dict|NoneType|True|False|datetime)\b|\{\w+\}|\.\."
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "nf4", "yes", "x" * 200, "1e2", math.nan, -math.inf, 10**30, b"bytes"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside),
    max_leaves=6,
)


def fields() -> list[tuple[str, str]]:
    """Each setting of each recipe and of the compute that has some, with its rows'."""
    found = []
    for recipe in recipes().values():
        nested = tables(recipe.settings)
        found += [(recipe.name, name) for name in [*recipe.settings.model_fields, "nothing"]]
        found += [
            (recipe.name, f"{name}.{inner}")
            for name, model in nested.items()
            for inner in [*model.model_fields, "nothing"]
        ]
    return found + [("runpod", name) for name in computes()["runpod"].settings.model_fields]


def job_with(place: tuple[str, str], value: Any) -> dict[str, Any]:
    where, name = place
    table, _, inner = name.partition(".")
    set_to = {table: [{inner: value}] if inner else value}
    if where in recipes():
        return {"recipe": where, "settings": set_to}
    return {"recipe": "piper", "compute": {"name": where, **set_to}}


def told_in_our_words(place: tuple[str, str], value: Any) -> bool:
    """Whether it is refused."""
    try:
        build(job_with(place, value))
    except WrongInput as wrong:
        for problem in wrong.problems:
            # A value is shown as it is, whatever its words.
            ours = problem.sentence.partition("; it is ")[0]
            assert not FOREIGN.search(ours), problem.sentence
            assert problem.sentence.endswith((".", "?"))
            assert problem.field.startswith(("settings.", "compute."))
        return True
    return False


WRONG: tuple[Any, ...] = (
    None,
    True,
    -2.5,
    10**30,
    math.nan,
    "?" * 21_000,
    [],
    ["?"] * 1001,
    [[True]],
    {"?": {1}},
)


def test_each_setting_says_what_is_wrong_in_our_words() -> None:
    for place in fields():
        assert [value for value in WRONG if told_in_our_words(place, value)], place


@given(place=st.sampled_from(fields()), value=VALUES)
def test_whatever_is_wrong_is_said_in_our_words(place: tuple[str, str], value: Any) -> None:
    told_in_our_words(place, value)


LIMITS = dict.fromkeys(("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length"), 2)


@pytest.mark.parametrize("code", get_args(ErrorType))
def test_every_code_of_pydantic_has_words(code: str) -> None:
    told = {**LIMITS, "expected": "'a' or 'b'", "error": ValueError("It can't be")}
    detail = {"type": code, "loc": ("x",), "input": None, "ctx": told}
    for said in (wording.sentence(detail, "x"), wording.plain(detail, "")):
        assert not FOREIGN.search(said), said
        assert said.endswith(".")


class Model(BaseModel):
    number: int = Field(1, ge=1, le=1_000_000)
    share: float = Field(0.5, gt=0, lt=1)
    words: list[str] = Field([], max_length=2)
    name: str = Field("", max_length=1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"number": 0}, "“number” has to be at least 1; it is 0."),
        ({"number": 10**7}, "“number” can be at most 1,000,000; it is 10000000."),
        ({"number": "many"}, '“number” has to be a whole number; it is "many".'),
        ({"number": None}, "“number” has to be a whole number; it is empty."),
        ({"number": 1.5}, "“number” has to be a whole number; it is 1.5."),
        ({"share": 1}, "“share” has to be less than 1; it is 1."),
        ({"share": 0.0}, "“share” has to be more than 0; it is 0.0."),
        ({"words": "a"}, '“words” has to be a list; it is "a".'),
        ({"words": ["a", "b", "c"]}, '“words” can have at most 2 entries; it is ["a", "b", "c"].'),
        ({"words": [True]}, "“words.0” has to be a text; it is true."),
        ({"name": "ab"}, '“name” can have one letter at most; it is "ab".'),
    ],
)
def test_a_value_that_cannot_be(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Model.model_validate(values)
    (detail,) = wrong.value.errors()
    assert wording.sentence(detail, ".".join(map(str, detail["loc"]))) == said


def said_of(settings: dict[str, Any]) -> str:
    with pytest.raises(WrongInput) as wrong:
        build({"recipe": "diffusion-pipe", "settings": settings})
    (problem,) = wrong.value.problems
    return f"{problem.field}: {problem.sentence}"


def test_a_recipe_s_own_words_stand_by_themselves() -> None:
    assert said_of({"transformer_dtype": "nf4"}) == (
        "settings.transformer_dtype: The trainer doesn't know nf4, whatever its documents say:"
        " take float8."
    )
    assert said_of({"alpha": 16}) == (
        "settings.alpha: There is no alpha here: the trainer takes the rank for it."
    )


def test_a_few_words_to_choose_from_are_listed() -> None:
    said = said_of({"activation_checkpointing": "maybe"})
    assert said.endswith('has to be on, unsloth or off; it is "maybe".')
    assert said_of({"save_dtype": "bf16"}).count("float8_e5m2 or empty") == 1
