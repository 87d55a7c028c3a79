import re
import string
from pathlib import Path

import pytest

from recipes.script.scripts import complete
from tuneyard.recipes.script.causes import RULES
from tuneyard.recipes.script.steps import plan
from tuneyard.runner.causes import GENERAL, Rule, find

LOGS = Path(__file__).parents[2] / "data" / "logs"
OF_ANY = {rule.code for rule in GENERAL}
OWN = [rule for rule in RULES if rule.code not in OF_ANY]
EXIT_CODES = {"command-missing": 127, "not-allowed": 126, "crashed": 139, "killed": -9}
EXIT_CODES["ended-from-outside"] = 143
OF_A_PACKAGE = "module-missing"  # said in a script's own words


def found(code: str, exit_code: int | None = None) -> str:
    (path,) = (
        LOGS / place / f"{code}.log"
        for place in ("general", "script")
        if (LOGS / place / f"{code}.log").exists()
    )
    chosen = EXIT_CODES.get(code, 1) if exit_code is None else exit_code
    cause = find((*RULES, *GENERAL), chosen, path.read_bytes(), "train")
    assert cause is not None
    assert "{" not in cause.sentence + cause.next_step
    return cause.code


@pytest.mark.parametrize("rule", [*OWN, *GENERAL], ids=lambda rule: rule.code)
def test_no_rule_takes_the_log_of_another(rule: Rule) -> None:
    expected = "python-package" if rule.code == OF_A_PACKAGE else rule.code
    assert found(rule.code) == expected


def test_each_rule_has_its_log_and_each_log_says_how_it_was_made() -> None:
    codes = [rule.code for rule in OWN]
    assert len(set(codes)) == len(codes)
    assert {path.stem for path in (LOGS / "script").iterdir()} == set(codes)
    readme = (LOGS / "README.md").read_text()
    for rule in OWN:
        assert not rule.upstream
        assert f"| script/{rule.code} | " in readme


@pytest.mark.parametrize(
    ("exit_code", "text", "code", "words"),
    [
        (127, "train.sh: 3: nvcc: not found\n", "command-missing", "calls nvcc"),
        (127, "bash: line 12: accelerate: command not found\n", "command-missing", "accelerate"),
        (127, "train.sh: line 1: exec: julia: not found\n", "command-missing", "calls julia"),
        (1, "train.sh: line 7: LANGUAGE: unbound variable\n", "variable-missing", "LANGUAGE"),
        (1, "requests.exceptions.HTTPError: 404 Client Error\n", "python-error", "404 Client"),
        (1, "KeyboardInterrupt\n", "python-error", "“KeyboardInterrupt”"),
        (
            1,
            "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
            "gpu-memory",
            "2.00 GiB",
        ),
        (
            1,
            "ModuleNotFoundError: No module named 'torch.cuda'\n",
            "python-package",
            "package torch.",
        ),
        (-11, "", "crashed", "crashed"),
    ],
)
def test_what_is_often_met_is_known(exit_code: int, text: str, code: str, words: str) -> None:
    cause = find((*RULES, *GENERAL), exit_code, text, "train")
    assert cause is not None
    assert (cause.code, words in cause.sentence) == (code, True)


def test_an_error_that_was_caught_explains_no_other_end() -> None:
    text = "ValueError: tried once\nTrying again\n"
    assert find((*RULES, *GENERAL), 7, text, "train") is None


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.code)
def test_sentences_name_only_groups_of_their_pattern(rule: Rule) -> None:
    groups = set(re.compile(rule.pattern).groupindex)
    for text in (rule.sentence, rule.next_step):
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= groups


def test_the_steps_of_rules_are_steps_of_the_plan() -> None:
    job = {"id": "x", "name": "x", "settings": complete(), "results": {"repository": "a/b"}}
    names = {step.name for step in plan(job, {"gpus": 0}).steps}
    assert {step for rule in OWN for step in rule.steps} <= names
