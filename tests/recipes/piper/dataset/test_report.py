from tuneyard.recipes.piper.dataset.report import describe, fold, of_data
from tuneyard.runner.problems import Problem


def test_many_problems_of_one_kind_are_folded_and_errors_come_first() -> None:
    missing = [of_data("audio-missing", f"no {n}", f"metadata.csv:{n}") for n in range(1, 333)]
    odd = of_data("text-repeated", "twice", "metadata.csv:7", severity="warning")

    folded = fold([odd, *missing])

    assert folded[:20] == missing[:20]
    assert folded[20].sentence == "… and 312 more like this."
    assert folded[20].code == "audio-missing"
    assert folded[20].severity == "error"
    assert folded[21:] == [odd]


def test_folding_leaves_few_problems_alone() -> None:
    few = [of_data("a", "b", f"c:{n}") for n in range(20)]

    assert fold(few) == few


def test_a_problem_is_described_in_one_line() -> None:
    problem = of_data("x", "Bad.", "metadata.csv:3", "Mend it.")

    assert describe(problem) == "error, metadata.csv:3: Bad. Mend it."
    assert describe(Problem("Bad.", "x", severity="warning")) == "warning: Bad."


def test_a_name_in_a_dataset_cannot_steer_the_terminal() -> None:
    said = describe(of_data("x", "There is no \x1b[2Jfile\n.", "metadata.csv:3"))

    assert said == "error, metadata.csv:3: There is no \\x1b[2Jfile\\n."
