import pytest

from tuneyard.cli.story import Line, Now
from tuneyard.cli.views import Plain

Said = pytest.CaptureFixture[str]


def test_progress_is_said_at_most_every_ten_seconds(capsys: Said) -> None:
    moments = iter([0.0, 1.0, 10.0, 10.0, 15.0, 20.0, 20.0])
    view = Plain(5, clock=lambda: next(moments))
    for step in (1, 2, 3, 4):
        view.now(Now("Train", f"step {step}"))
    view.now(Now("Train", "step 4"))
    assert capsys.readouterr().out == "    ● Train  step 2\n    ● Train  step 4\n"


def test_what_happened_is_said_at_once(capsys: Said) -> None:
    view = Plain(8, clock=lambda: 0.0)
    view.line(Line("phase", "train"))
    view.line(Line("done", "Train", "2 s"))
    view.line(Line("warning", "Push: away", "Again."))
    assert capsys.readouterr().out == "train\n  ✓ Train     2 s\n  ! Push: away\n    Again.\n"
