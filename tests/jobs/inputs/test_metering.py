"""How far a push is, by the bars of the real library: over LFS, and over Xet."""

import json
from pathlib import Path

from fakes.hub import FakeHub

LOOKS = """
import json
from types import SimpleNamespace
from pathlib import Path
from tuneyard.jobs.inputs.metering import File
from tuneyard.recipes.hub import client

file = File(1000)

def look():
    file.look()
    print(json.dumps([file.share, file.last[1]]))
"""

LFS = """
look()
with client.library().utils.tqdm_stream_file(Path("data")) as data:
    look()
    data.read(250)
    look()
    data.seek(0)  # the library sends it again
    data.read(1000)
    look()
look()
"""

XET = """
client.library()
from huggingface_hub.utils._xet_progress_reporting import XetUploadProgressReporter

def report(cut, sent, known):
    item = SimpleNamespace(item_name="data", bytes_completed=cut, total_bytes=1000)
    whole = SimpleNamespace(
        total_bytes=1000, total_bytes_completed=cut, total_bytes_completion_rate=None,
        total_transfer_bytes=known, total_transfer_bytes_completed=sent,
        total_transfer_bytes_completion_rate=None)
    reporter.update_progress(whole, {"data": item})
    look()

reporter = XetUploadProgressReporter()
report(100, 0, 0)
report(500, 100, 400)
report(1000, 300, 600)
report(1000, 600, 600)
reporter.close()
look()
"""


def looks(code: str, tmp_path: Path) -> list[list[float]]:
    (tmp_path / "data").write_bytes(bytes(1000))
    with FakeHub(tmp_path / "hub") as hub:
        ran = hub.python(LOOKS + code, cwd=tmp_path, HF_HUB_DISABLE_PROGRESS_BARS="0")
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("[")]


def test_over_lfs_it_is_the_one_bar(tmp_path: Path) -> None:
    assert looks(LFS, tmp_path) == [[0, 0], [0, 0], [0.25, 250], [1.0, 1250], [1.0, 1250]]


def test_over_xet_what_is_furthest_behind_counts(tmp_path: Path) -> None:
    """What was cut into chunks may still have to go; what needn't go is no proof of speed."""
    assert looks(XET, tmp_path) == [[0.1, 0], [0.25, 100], [0.5, 300], [1.0, 600], [1.0, 600]]
