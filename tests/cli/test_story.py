from pathlib import Path

from tuneyard.cli.story import Line, Story
from tuneyard.runner.folder import JobFolder, append_line, write_json


def test_what_a_pod_said_at_a_time_is_a_line_each(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "jobs" / "job")
    folder.make()
    write_json(folder.plan, {"steps": []})
    append_line(folder.events, {"t": 1.0, "event": "attempt", "attempt": 1})
    append_line(folder.events, {"t": 2.0, "event": "pod", "said": "It is pulled."})
    lines = {"said": "two", "lines": ["one", "two"], "left_out": 1200}
    append_line(folder.events, {"t": 3.0, "event": "pod", **lines})
    assert [*Story(folder, 1).news()] == [
        Line("note", "It is pulled."),
        Line("note", "… 1,200 more, left out here"),
        Line("note", "one"),
        Line("note", "two"),
    ]
