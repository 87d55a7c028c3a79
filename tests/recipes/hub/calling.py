"""Calls of the Hub's module, each in a process of its own with secrets of its own."""

import hashlib
import os
import subprocess
from pathlib import Path

from fakes.hub import FakeHub

READS, WRITES, STRANGER = "hf_canaryReads", "hf_canaryWrites", "hf_canaryUnknown"

CLIPS = {
    "metadata.csv": b"1.wav|One.\n2.wav|Two.\n",
    "wav/1.wav": os.urandom(30_000),
    "wav/2.wav": os.urandom(2_000_000),
    "notes/deep/a b#c.txt": b"odd name",
    ".hidden/x.txt": b"not wanted",
}
VISIBLE = {name: content for name, content in CLIPS.items() if not name.startswith(".")}

FETCH = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
from tuneyard.recipes.hub import fetching
repository, revision, large, *only = sys.argv[1:]
fetching._LARGE = int(large)
try:
    print("commit", hub.fetch_dataset(repository, revision, Path("data"), only=only, tries=3))
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

FETCH_FILE = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
try:
    print("path", hub.fetch_file(sys.argv[1], Path("cache"), secrets=hub.BASE, tries=3))
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

PUSH = """
import sys
from pathlib import Path
from tuneyard.recipes import hub
repository, into, private = sys.argv[1:]
files = {path.relative_to("voice").as_posix(): path for path in Path("voice").rglob("*.*")}
try:
    hub.push_files(repository, files, into, private=private == "private",
                   message="A voice", tries=3)
except hub.HubError as error:
    error.problem.tell()
    sys.exit(f"code {error.problem.code}")
"""

ACCESS = """
import sys
from tuneyard.recipes import hub
repository, kind, secret = sys.argv[1:]
try:
    found = hub.access(repository, kind, secret or None)
    print(int(found.exists), int(found.read), int(found.write), found.sentence)
except hub.HubError as error:
    sys.exit(f"code {error.problem.code}")
"""

Ran = subprocess.CompletedProcess[str]


def fetch(
    there: FakeHub,
    here: Path,
    repository: str = "alice/clips",
    *only: str,
    revision: str = "",
    large: int = 10**9,
    **env: str,
) -> Ran:
    return there.python(FETCH, repository, revision, large, *only, cwd=here, **env)


def fetch_file(there: FakeHub, here: Path, address: str, **env: str) -> Ran:
    return there.python(FETCH_FILE, address, cwd=here, **env)


def push(
    there: FakeHub, here: Path, repository: str = "alice/voice", into: str = "en", **env: str
) -> Ran:
    private = env.pop("visibility", "private")
    return there.python(PUSH, repository, into, private, cwd=here, **env)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder that aren't hidden."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not f"/{name}".count("/.")}


def assert_fails(ran: Ran, code: str) -> str:
    """That it ended in words: a problem, a next step, no traceback. Returns the output."""
    assert (ran.returncode, ran.stderr.strip()) == (1, f"code {code}"), ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-2].startswith("Problem: ")
    assert lines[-1].startswith("Next step: ")
    return ran.stdout


def assert_no_token(here: Path, *runs: Ran) -> None:
    """Neither in what was said nor in any file that was written."""
    said = "".join(ran.stdout + ran.stderr for ran in runs)
    written = [path for path in here.rglob("*") if path.is_file()]
    assert written
    assert "hf_canary" not in said
    assert not [path for path in written if b"hf_canary" in path.read_bytes()]


def stored(content: bytes) -> str:
    """The request by which a large file comes."""
    return f"GET /large/{hashlib.sha256(content).hexdigest()}"
