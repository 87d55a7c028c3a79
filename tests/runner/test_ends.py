"""What is said of a runner that failed itself."""

import errno
import os

import pytest

from tuneyard.runner.ends import own_failure


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_in_words(number: int) -> None:
    cause = own_failure(OSError(number, os.strerror(number), "state.json"))
    assert (cause.code, cause.sentence) == ("disk-full", "The disk is full.")
    assert "resume" in cause.next_step


@pytest.mark.parametrize(
    "error",
    [
        ValueError("No space left on device"),  # whatever it quotes, it is none of a disk
        FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "plan.json"),
    ],
)
def test_what_nobody_knows_is_told_as_it_is(error: Exception) -> None:
    cause = own_failure(error)
    assert cause.code == "runner-failed"
    assert f"{type(error).__name__}: {error}" in cause.sentence
