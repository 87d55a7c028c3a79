import contextlib
import io
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuneyard.runner.causes import GENERAL, TOLD, Rule, find
from tuneyard.runner.problems import Problem

LOGS = Path(__file__).parents[1] / "data" / "logs" / "general"
EXIT_CODES = {"killed": -9, "ended-from-outside": 143}
UPSTREAM = [
    (
        "shared-memory",
        (
            "ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient"
            " shared memory (shm)."
        ),  # pytorch/pytorch#5040
    ),
    (
        "shared-memory",
        (
            "RuntimeError: DataLoader worker (pid 46794) is killed by signal: Bus error. It is possible"
            " that dataloader's workers are out of shared memory. Please try to raise your shared"
            " memory limit."
        ),  # hkchengrex/STCN#132
    ),
    (
        "worker-killed",
        "RuntimeError: DataLoader worker (pid(s) 3216) exited unexpectedly",
        # THU-DA-6D-Pose-Group/GDR-Net#16
    ),
    (
        "gpu-failed",
        "RuntimeError: CUDA error: unspecified launch failure.",  # open-mmlab/mmdetection#11265
    ),
]


def rule(pattern: str, code: str = "x", **changes: Any) -> Rule:
    made = Rule(code, pattern, "It broke.", "Mend it.")
    return replace(made, **changes)


def log(code: str) -> bytes:
    return (LOGS / f"{code}.log").read_bytes()


@pytest.mark.parametrize("rule", GENERAL, ids=lambda rule: rule.code)
def test_each_rule_explains_its_own_log(rule: Rule) -> None:
    cause = find(GENERAL, EXIT_CODES.get(rule.code, 1), log(rule.code), "train")
    assert cause is not None
    assert cause.code == rule.code
    assert "{" not in cause.sentence + cause.next_step


def test_what_a_step_of_ours_says_last_is_the_cause() -> None:
    cause = find([TOLD, *GENERAL], 1, log("told"), "fetch-data")
    assert cause is not None
    assert cause.code == "told"
    assert cause.sentence == "The folder empty has no metadata.csv."
    assert cause.next_step.startswith("Add one, with a line for each clip")


@given(st.text(min_size=1), st.text())
def test_any_problem_that_is_told_is_understood(sentence: str, next_step: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        Problem(sentence, "x", next_step=next_step).tell()
    cause = find([TOLD], 1, f"Epoch 1: 50%\r\n{out.getvalue()}", "train")
    assert cause is not None
    printable = "".join(c for c in sentence if c.isprintable())
    assert cause.sentence.count("\n") == 0
    assert printable.strip() in cause.sentence or not printable.isascii() or "\\" in cause.sentence


@pytest.mark.parametrize(("code", "sentence"), UPSTREAM)
def test_other_words_for_the_same(code: str, sentence: str) -> None:
    cause = find(GENERAL, 1, sentence, "train")
    assert cause is not None
    assert cause.code == code


@pytest.mark.parametrize("rule", GENERAL, ids=lambda rule: rule.code)
def test_the_evidence_is_honest(rule: Rule) -> None:
    text = log(rule.code).decode()
    how = f"| general/{rule.code} | " in (LOGS.parent / "README.md").read_text()
    assert how == (not rule.upstream), "README.md says how each log of ours was made"
    if rule.upstream:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", rule.upstream)
        assert len(text.splitlines()) <= 2, "what others saw is quoted, not made up"


def test_the_codes_are_one_each() -> None:
    codes = [rule.code for rule in (TOLD, *GENERAL)]
    assert len(set(codes)) == len(codes)
    assert {path.stem for path in LOGS.iterdir()} == set(codes)


def test_the_figures_of_the_log_are_in_the_sentence() -> None:
    cause = find(GENERAL, 1, log("gpu-memory"), "train")
    assert cause is not None
    assert cause.sentence == "Out of GPU memory: tried to allocate 20.00 MiB more."
    assert len(cause.lines) == 1
    assert cause.lines[0].startswith("RuntimeError: CUDA out of memory.")


def test_an_end_that_no_rule_knows() -> None:
    assert find(GENERAL, 1, b"all went well, and then it didn't", "train") is None
    assert find((), 1, b"", "train") is None


def test_the_first_rule_wins() -> None:
    rules = [rule("disk", "special"), rule("", "any")]
    assert getattr(find(rules, 1, "the disk is full", "train"), "code", "") == "special"
    assert getattr(find(rules, 1, "something else", "train"), "code", "") == "any"


def test_a_rule_may_be_for_some_exit_codes_or_steps() -> None:
    rules = [rule("", exit_codes=(-9, 137), steps=("train",))]
    assert find(rules, -9, "", "train")
    assert find(rules, 1, "", "train") is None
    assert find(rules, None, "", "train") is None
    assert find(rules, -9, "", "export") is None


def test_a_progress_bar_hides_nothing() -> None:
    text = b"Epoch 0:  50%|###  | 1/2\rEpoch 0: 100%|#####| 2/2\x1b[AIt broke.\rEpoch 1:   0%|"
    cause = find([rule("^.*It broke")], 1, text, "train")
    assert cause is not None
    assert cause.lines == ("Epoch 0: 100%|#####| 2/2It broke.",)


def test_what_torch_puts_before_each_line_of_a_traceback_hides_nothing() -> None:
    text = b"[rank0]: Traceback (most recent call last):\n[rank0]: ModuleNotFoundError: No module named 'x'"
    cause = find(GENERAL, 1, text, "train")
    assert cause is not None
    assert cause.lines == ("ModuleNotFoundError: No module named 'x'",)


def test_the_last_time_counts() -> None:
    rules = [rule(r"failed at step (?P<step>\d+)", sentence="Step {step}.")]
    cause = find(rules, 1, "failed at step 1\nretried\nfailed at step 2\n", "train")
    assert cause is not None
    assert cause.sentence == "Step 2."


def test_a_group_that_took_no_part_is_a_question_mark() -> None:
    rules = [rule(r"no space(?: on (?P<disk>\S+))?", sentence="{disk} is full.")]
    assert getattr(find(rules, 1, "no space", "train"), "sentence", "") == "? is full."


def test_a_cut_character_at_the_start_of_the_end_is_no_trouble() -> None:
    assert find([rule("It broke")], 1, "ö".encode()[1:] + b" It broke", "train")


@given(st.binary(max_size=400), st.integers(-15, 255))
def test_no_log_is_too_odd(text: bytes, code: int) -> None:
    cause = find(GENERAL, code, text, "train")
    assert cause is None or cause.sentence


@pytest.mark.parametrize("rule", GENERAL, ids=lambda rule: rule.code)
def test_sentences_name_only_groups_of_their_pattern(rule: Rule) -> None:
    groups = set(re.compile(rule.pattern).groupindex)
    for text in (rule.sentence, rule.next_step):
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert named <= groups
        assert text.endswith((".", "g."))
