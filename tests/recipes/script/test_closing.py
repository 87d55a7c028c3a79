from pathlib import Path

from tuneyard.recipes.script.closing import closing


def test_it_says_where_the_results_are_and_of_many_the_first(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    assert closing(tmp_path, {}) == [
        f"The script left no results; its files are in {tmp_path / 'work'}"
    ]
    for number in range(12):
        (outputs / f"{number:02}.bin").touch()
    lines = closing(tmp_path, {})
    assert lines[0] == f"Results:  {outputs}"
    assert lines[1] == "          00.bin"
    assert lines[-1] == "          and 2 more"
