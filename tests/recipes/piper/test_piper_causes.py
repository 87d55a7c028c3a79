import re
import string
from pathlib import Path

import pytest

from tuneyard.recipes.piper.causes import RULES
from tuneyard.recipes.piper.settings import Settings
from tuneyard.recipes.piper.steps import plan
from tuneyard.runner.causes import GENERAL, Rule, find

LOGS = Path(__file__).parents[2] / "data" / "logs"
OF_ANY = {rule.code for rule in GENERAL}
OWN = [rule for rule in RULES if rule.code not in OF_ANY]
STEPS = {"export-onnxscript": "export", "export-new-exporter": "export", "voice-silent": "speak"}
EXIT_CODES = {
    "nothing-to-train": 64,
    "base-not-fitting": 65,
    "base-unsafe": 65,
    "loss-nan": 66,
    "usage": 2,
    "base-old-options": 2,
    "killed": -9,
    "ended-from-outside": 143,
}
UPSTREAM = [
    (
        "base-old-options",
        2,
        (
            "usage: __main__.py [-h] [-c CONFIG] [--print_config[=flags]] {fit,validate,test,predict} ...\n"
            "error: Validation failed: Subcommand 'fit' does not accept nested key 'model.sample_bytes'\n"
            "Parsing of ckpt_path hyperparameters failed!"
        ),  # OHF-Voice/piper1-gpl#76
    ),
    (
        "base-paths",
        1,
        (
            "WeightsUnpickler error: Unsupported global: GLOBAL pathlib.PosixPath was not an allowed"
            " global by default."
        ),  # OHF-Voice/piper1-gpl#108, rhasspy/piper#718
    ),
    (
        "base-quality",
        1,
        (
            "RuntimeError: Error(s) in loading state_dict for VitsModel:\n"
            '\tMissing key(s) in state_dict: "model_g.dec.resblocks.3.convs.1.weight_g",'
            ' "model_g.dec.resblocks.3.convs.1.weight_v"'
        ),  # rhasspy/piper#635
    ),
]


def log(code: str) -> bytes:
    (path,) = LOGS.glob(f"[pg]*/{code}.log")
    return path.read_bytes()


def found(code: str) -> str:
    cause = find((*RULES, *GENERAL), EXIT_CODES.get(code, 1), log(code), STEPS.get(code, "train"))
    assert cause is not None
    assert "{" not in cause.sentence + cause.next_step
    return cause.code


@pytest.mark.parametrize("rule", [*OWN, *GENERAL], ids=lambda rule: rule.code)
def test_no_rule_takes_the_log_of_another(rule: Rule) -> None:
    assert found(rule.code) == rule.code


@pytest.mark.parametrize(("code", "exit_code", "text"), UPSTREAM)
def test_what_others_saw_is_known(code: str, exit_code: int, text: str) -> None:
    cause = find((*RULES, *GENERAL), exit_code, text, "train")
    assert cause is not None
    assert cause.code == code


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.code)
def test_the_evidence_is_honest(rule: Rule) -> None:
    text = log(rule.code).decode()
    how = f"| piper/{rule.code} | " in (LOGS / "README.md").read_text()
    assert how == (not rule.upstream), "README.md says how each log of ours was made"
    if rule.upstream:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", rule.upstream)
        assert len(text.splitlines()) == 1, "what others saw is quoted, not made up"


def test_each_rule_has_its_log_and_each_log_its_rule() -> None:
    codes = [rule.code for rule in OWN]
    assert len(set(codes)) == len(codes)
    assert {path.stem for path in (LOGS / "piper").iterdir()} == set(codes)


def test_general_causes_gain_piper_s_fixes() -> None:
    cause = find((*RULES, *GENERAL), 1, log("gpu-memory"), "train")
    assert cause is not None
    assert cause.fix == {"batch_size": "half"}
    elsewhere = find((*RULES, *GENERAL), -9, b"", "fetch-data")
    assert elsewhere is not None
    assert elsewhere.fix == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_fix_changes_settings_that_there_are(rule: Rule) -> None:
    assert set(rule.fix) <= set(Settings.model_fields)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_sentences_name_only_groups_of_their_pattern(rule: Rule) -> None:
    groups = set(re.compile(rule.pattern).groupindex)
    for text in (rule.sentence, rule.next_step):
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= groups


def test_the_steps_of_rules_are_steps_of_the_plan() -> None:
    settings = Settings(dataset="/data").model_dump(mode="json")
    job = {"id": "x", "name": "x", "settings": settings, "results": {"repository": "a/b"}}
    names = {step.name for step in plan(job, {"gpus": 0}).steps}
    assert {step for rule in RULES for step in rule.steps} <= names
