"""git as it is used here: it asks nobody, runs no hooks, and says in words what it can't do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tuneyard.recipes import downloads
from tuneyard.recipes.hub.progress import say, speaking, still
from tuneyard.runner.problems import Problem

TRIES = 4

_REMOTE = "http:https:ssh:git"
_OPTIONS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "gc.auto=0")
_NOT_OURS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
_ALL = ("+refs/heads/*:refs/remotes/o/*", "+refs/tags/*:refs/tags/*")
_NOT_ALONE = re.compile(r"not our ref|unadvertised|remote ref|shallow")
_ADDRESS = re.compile(r"[\w+.-]+://|[^/]+:")  # https://host/path, or host:path
_OFFLINE = re.compile(
    r"resolve host|ould not connect|ailed to connect|Connection |early EOF|RPC failed"
    r"|disconnect|hung up|timed out|\b50\d\b"
)
# What else git says, and what that is. The first that matches is taken.
_SAID = (
    (r"'file' not allowed", "{url} lies on a computer: only a repository there may name it."),
    (r"not allowed", "{url} is no address that git may fetch from here."),
    (
        r"Username|disabled|Authentic|denied|verification|\b40[13]\b",
        "{url} is private, or not there.",
    ),
    (r"", "There is no git repository at {url}."),
)


class GitError(Exception):
    """`problem` says what git could not do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class Git:
    """Runs git. `local`: repositories may lie on this computer. `lock` is held while it runs,
    whatever becomes of this process.
    """

    def __init__(self, *, local: bool, lock: int) -> None:
        self._git = shutil.which("git") or ""
        if not self._git:
            raise GitError(
                Problem(
                    "There is no git here, which the trainer's code is fetched with.",
                    "no-git",
                    next_step="Install it (Debian and Ubuntu: apt install git); then resume the job.",
                )
            )
        self._lock = lock
        self._environ = {
            **{name: text for name, text in os.environ.items() if name not in _NOT_OURS},
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_ALLOW_PROTOCOL": f"{_REMOTE}:file" if local else _REMOTE,
            "LC_ALL": "C",
        }

    def __call__(self, folder: Path, *arguments: str) -> str:
        """What it prints. Raises GitError."""
        done = self._run(folder, *arguments)
        if done.returncode:
            said = shown(done.stderr.strip().rpartition("\n")[2])
            raise GitError(Problem(f"git failed: {said}", "git", next_step="Resume the job."))
        return done.stdout

    def fetch(self, folder: Path, url: str, commit: str, name: str) -> None:
        """Makes `folder` a checkout of one commit, without its past. `name` is said of it."""
        folder.mkdir(parents=True, exist_ok=True)
        for left in list((folder / ".git").rglob("*.lock")):  # of a git that was killed
            left.unlink()
        self(folder, "init", "--quiet")
        if not self._has(folder, commit):
            with speaking(still(f"fetching {name}")):
                self._fetch(folder, url, commit)
        self(folder, "checkout", "--quiet", "--force", "--detach", commit)

    def _fetch(self, folder: Path, url: str, commit: str) -> None:
        said = self._patiently(folder, *_FETCH, "--depth=1", "--", url, commit)
        if _NOT_ALONE.search(said):
            say(f"{shown(url)} gives out no single commit: fetching all of it.")
            said = self._patiently(folder, *_FETCH, "--", url, *_ALL)
        if said:
            print(shown(said), flush=True)
            raise GitError(_problem(said, url, folder))
        if not self._has(folder, commit):
            raise GitError(
                Problem(
                    f"{shown(url)} has no commit {commit}.",
                    "git-revision",
                    "revision",
                    "Correct `revision`, or name the `repository` that has it.",
                )
            )

    def _has(self, folder: Path, commit: str) -> bool:
        return not self._run(folder, "cat-file", "-e", f"{commit}^{{commit}}").returncode

    def _patiently(self, folder: Path, *arguments: str) -> str:
        """Again and again while the network may come back; what git says if it fails."""
        for failures in range(1, TRIES):
            done = self._run(folder, *arguments)
            if not done.returncode or not _OFFLINE.search(done.stderr):
                return done.stderr if done.returncode else ""
            say(f"The network fails. Trying again in {2**failures} s.")
            time.sleep(2**failures)
        done = self._run(folder, *arguments)
        return done.stderr if done.returncode else ""

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        options = [part for option in _OPTIONS for part in ("-c", option)]
        return subprocess.run(
            [self._git, *options, "-C", str(folder), *arguments],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            pass_fds=[self._lock],
        )


def _problem(said: str, url: str, folder: Path) -> Problem:
    if "No space left" in said:
        return downloads.disk_full(folder, 0)
    if _OFFLINE.search(said):
        return Problem(
            f"{shown(url)} can't be reached.",
            "offline",
            next_step="Check the network, then resume the job: what has arrived is kept.",
        )
    sentence = next(text for words, text in _SAID if re.search(words, said))
    return Problem(
        sentence.format(url=shown(url)),
        "git-repository",
        "repository",
        "Correct the address in `repository`; git must be able to read it without a password.",
    )


def refuse_missing(repository: str) -> None:
    """A folder of this computer that isn't there; raises GitError."""
    if not _ADDRESS.match(repository) and not Path(repository).expanduser().is_dir():
        raise GitError(
            Problem(
                f"There is no folder {repository}.",
                "git-repository",
                "repository",
                "Correct `repository`: a folder here, or an address such as https://….",
            )
        )


def shown(text: str) -> str:
    """Addresses without what may be a password in them."""
    return re.sub(r"(\w://)[^\s/@]+@", r"\1", text)


def absolute(url: str, base: str) -> str:
    """A submodule's address; one that begins with ./ or ../ is meant from that of its parent."""
    base = base.rstrip("/")
    if not url.startswith("."):
        return url
    while url.startswith(("./", "../")):
        step, _, url = url.partition("/")
        if step == "..":
            base = base[: max(base.rfind("/"), base.rfind(":"), 0)]
    return f"{base}/{url}"
