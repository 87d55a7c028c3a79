import re
import string
from pathlib import Path

import pytest

from tuneyard.recipes.diffusion_pipe.causes import RULES
from tuneyard.recipes.diffusion_pipe.settings import Settings
from tuneyard.runner.causes import GENERAL, TOLD, Rule, find

LOGS = Path(__file__).parents[2] / "data" / "logs" / "diffusion_pipe"
REAL = Path(__file__).parent / "real"
EXIT_CODES = {"ended-early": 70, "launcher-killed": 137}


def log(code: str) -> bytes:
    return (LOGS / f"{code}.log").read_bytes()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_explains_its_own_words_and_no_other_does(rule: Rule) -> None:
    cause = find((TOLD, *RULES, *GENERAL), EXIT_CODES.get(rule.code, 1), log(rule.code), "train")
    assert cause is not None
    assert cause.code == rule.code
    assert "{" not in cause.sentence + cause.next_step
    assert "?" not in cause.sentence


def test_each_rule_has_its_words_and_all_words_a_rule() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert {path.stem for path in LOGS.iterdir()} == set(codes)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_who_said_it_is_named(rule: Rule) -> None:
    named = bool(re.fullmatch(r"[\w.-]+/[\w.-]+(?:#\d+|: [\w./-]+)", rule.upstream))
    assert named is bool(rule.pattern)


@pytest.mark.parametrize("name", ["complete.log", "hang.log"])
def test_what_a_good_training_prints_explains_nothing(name: str) -> None:
    for code in (1, 247):
        assert find(RULES, code, (REAL / name).read_bytes(), "train") is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_fix_changes_settings_that_there_are(rule: Rule) -> None:
    assert set(rule.fix) <= set(Settings.model_fields)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_sentences_name_only_groups_of_their_pattern(rule: Rule) -> None:
    groups = set(re.compile(rule.pattern).groupindex)
    for text in (rule.sentence, rule.next_step):
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= groups


def test_other_steps_are_explained_by_the_general_rules() -> None:
    cause = find((*RULES, *GENERAL), 1, log("gpu-memory"), "check-data")
    assert cause is not None
    assert cause.next_step.startswith("Lower the batch size")
