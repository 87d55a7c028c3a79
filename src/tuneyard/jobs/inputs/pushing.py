"""A process that pushes inputs into a private dataset on the Hub, for `hub.push`.

It is asked by one line of JSON on its standard input, says in lines of JSON how far it is
(and in plain ones what it waits for), and ends when the other end of its input is closed:
whoever asked has been killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tuneyard.recipes.hub import client, problems
from tuneyard.recipes.hub.about import WRITE, About, token
from tuneyard.recipes.hub.access import access
from tuneyard.recipes.hub.addresses import plain
from tuneyard.recipes.hub.problems import HubError
from tuneyard.runner.problems import Problem
from tuneyard.secrets import KEPT_THERE

from .hub import DATASET
from .metering import Meter
from .packing import changed, unreadable
from .problems import InputsError

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 3


def main() -> int:
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_whoever_asked, daemon=True).start()
    told: dict[str, Any]
    with Meter(_tell) as meter:
        try:
            told = {"pushed": push(meter, **asked)}
        except (HubError, InputsError) as error:
            told = {"problem": error.problem.as_json()}
        except Exception as error:  # noqa: BLE001 - nobody sees a traceback of this process
            about = About(asked["repository"] or DATASET, "dataset", WRITE, True, writing=True)
            told = {"problem": problems.of_exception(error, about)[0].as_json()}
    _tell(told)
    return 0


def push(
    meter: Meter, repository: str, reader: str, inputs: list[dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """Where each input lies in the dataset, by SHA-256. Raises HubError and InputsError."""
    secret = token(WRITE)
    about = About(repository or DATASET, "dataset", WRITE, bool(secret), writing=True)
    if not secret:
        raise HubError(problems.token_wanted(about))
    dataset = _Dataset.open(client.api(secret), about)
    _must_be_readable(dataset.about, reader, secret)
    wanted = [_Input(**each) for each in inputs]
    there = dataset.has(wanted)
    meter.before = sum(each.bytes for each in there)
    for each in wanted:
        if each not in there:
            dataset.push(each, meter)
    return {each.sha256: dataset.source(each) for each in wanted}


@dataclass(frozen=True)
class _Input:
    sha256: str
    bytes: int
    name: str
    kind: str
    file: str

    @property
    def path(self) -> str:
        """In the dataset."""
        if self.kind == "folder":
            return f"{self.sha256}.tar"
        return f"{self.sha256}/{plain(self.name).lstrip('.') or 'input'}"


@dataclass(frozen=True)
class _Dataset:
    """A private one that this token may write to."""

    api: Any
    about: About

    @classmethod
    def open(cls, api: Any, about: About) -> Self:
        """Makes it if it is missing. Raises HubError, also of one that everybody may read."""
        if "/" not in about.repository:
            owner = client.patiently(api.whoami, about, _TRIES)["name"]
            about = About(f"{owner}/{about.repository}", "dataset", WRITE, True, writing=True)
        if not client.patiently(lambda: _is_private(api, about), about, _TRIES):
            raise HubError(_public(about))
        return cls(api, about)

    def source(self, one: _Input) -> dict[str, str]:
        """As the pod's manifest has it."""
        name = self.about.repository
        return {"repository": name, "type": "dataset", "revision": "main", "path": one.path}

    def has(self, wanted: list[_Input]) -> list[_Input]:
        """Those that need not be pushed."""
        name, paths = self.about.repository, [each.path for each in wanted]
        entries = self._patiently(lambda: self.api.get_paths_info(name, paths, repo_type="dataset"))
        there = {entry.path: entry for entry in entries if hasattr(entry, "blob_id")}
        return [each for each in wanted if each.path in there and _is(each, there[each.path])]

    def push(self, one: _Input, meter: Meter) -> None:
        """In a commit of its own: what is there needs not be pushed again. Raises InputsError."""
        name = self.about.repository
        try:
            add = client.library().CommitOperationAdd(one.path, one.file)
        except (OSError, ValueError) as error:
            raise unreadable(Path(one.file), error) from error
        with meter.file(one.bytes):
            self._patiently(
                lambda: self.api.preupload_lfs_files(
                    name, [add], repo_type="dataset", free_memory=False
                )
            )
        if add.upload_info.sha256.hex() != one.sha256:
            raise changed(Path(one.file))
        title = f"Add {plain(one.name)}"
        self._patiently(
            lambda: self.api.create_commit(name, [add], commit_message=title, repo_type="dataset")
        )

    def _patiently(self, action: Callable[[], Any]) -> Any:
        return client.patiently(action, self.about, _TRIES)


def _is_private(api: Any, about: About) -> bool:
    """Asks first: a token may well write to a dataset without a right to create one."""

    def look() -> bool:
        info = api.repo_info(about.repository, repo_type="dataset", timeout=client.ANSWER_WITHIN)
        return bool(info.private)

    try:
        return look()
    except client.library().errors.RepositoryNotFoundError:
        api.create_repo(about.repository, repo_type="dataset", private=True, exist_ok=True)
    return look()


def _is(one: _Input, entry: Any) -> bool:
    """Whether this is what lies there: of what git itself keeps, by git's name for it."""
    if entry.size != one.bytes:
        return False
    if entry.lfs:
        return bool(entry.lfs.sha256 == one.sha256)
    data = Path(one.file).read_bytes()
    git = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return bool(git.hexdigest() == entry.blob_id)


def _must_be_readable(about: About, reader: str, secret: str) -> None:
    """A pod that couldn't fetch its data would be rented for nothing."""
    other = os.environ.get(reader, "")
    if other in {"", secret} or KEPT_THERE.fullmatch(other):
        return  # what stands for a secret of RunPod's can't be tried here
    found = access(about.repository, "dataset", other)
    if not found.read:
        raise HubError(
            Problem(
                f"The pod would fetch the data with {reader}, which may not read {about.name}.",
                "hub-right",
                next_step="Give it that right at huggingface.co/settings/tokens, or send the data"
                " straight to the pod.",
            )
        )


def _public(about: About) -> Problem:
    return Problem(
        f"{about.repository} is public: everybody could read what this computer would push there.",
        "hub-public",
        next_step="Make it private on the Hub, or name another dataset for inputs.",
    )


def _end_with_whoever_asked() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    sys.exit(main())
