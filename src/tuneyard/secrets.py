"""Keys and tokens: in memory, in the system's keyring, or in a file that only its owner reads.

A secret is known by its environment name. A profile may have a value of its own for
it, which is kept as ``<profile>/<NAME>``; else the common one counts. Of one secret's
places memory comes first, then the environment, the file, the keyring. Nothing here
ever prints a value.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from tuneyard.errors import Missing, NotFound, WrongInput
from tuneyard.runner.environ import is_secret
from tuneyard.runner.folder import locked, read_json_or, write_json
from tuneyard.runner.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Keep = Literal["memory", "keyring", "file"]
Keeper = Literal["memory", "environment", "keyring", "file"]

# What jobs may be given: the recipes' steps name these, and each step gets those it names.
FOR_JOBS = {
    "HF_TOKEN": "Hugging Face: used for reading and writing where no other is given",
    "HF_READ_TOKEN": "Hugging Face: reads datasets and base models",
    "HF_WRITE_TOKEN": "Hugging Face: pushes what was trained",
    "HF_BASE_TOKEN": "Hugging Face: reads a base model that needs a token of its own",
    "WANDB_API_KEY": "Weights & Biases: takes the figures of trainings that send them there",
}

# What Tuneyard itself uses: no runner on this computer is ever given these.
FOR_US = {"RUNPOD_API_KEY": "RunPod: rents GPUs"}

KNOWN = {**FOR_JOBS, **FOR_US}

# What is used in place of a secret that nobody holds.
STANDS_IN = dict.fromkeys(("HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN"), "HF_TOKEN")

# What the same secret was called by older scripts and by other tools.
ALIASES = {
    "HF_TOKEN": ("HUGGING_FACE_HUB_TOKEN",),
    "HF_READ_TOKEN": ("HF_DATASET_TOKEN",),
    "HF_WRITE_TOKEN": ("HF_UPLOAD_TOKEN",),
    "HF_BASE_TOKEN": ("HF_CHECKPOINT_TOKEN",),
}

# A secret that RunPod keeps: its name stands for it, and only a pod gets its value.
KEPT_THERE = re.compile(r"\{\{ ?RUNPOD_SECRET_\w+ ?\}\}")

_SERVICE = "tuneyard"
_LONGEST = 4096  # characters
_SHOWN = 4  # characters of a value that are shown of one that is long enough
_LONG = 20  # characters from which on these give nothing away


@dataclass(frozen=True)
class Scope:
    """Whose values count: a profile's own, then the common ones.

    `own` are the names for which the profile has a value of its own, whether or not
    anybody holds it now. For these the common value never counts: what was to be done
    with one account is not done with another.
    """

    profile: str = ""
    own: frozenset[str] = frozenset()

    def shares(self, name: str) -> bool:
        """Whether the common value counts. A profile's own HF_TOKEN also bars the common
        ones that would be used before it.
        """
        return not self.own & {name, STANDS_IN.get(name, name)}


COMMON = Scope()


class _Found(NamedTuple):
    value: str
    keeper: Keeper


class Secrets:
    """What is known now. `given` are held in memory only, and win over all others."""

    def __init__(self, home: Path, given: dict[str, str] | None = None) -> None:
        self.path = home / "secrets.json"
        self.given = dict(given or {})

    # -- asking -------------------------------------------------------------------

    def all(self, names: Iterable[str] = FOR_JOBS, scope: Scope = COMMON) -> dict[str, str]:
        """Values by name, of those that are known; for a process's environment alone."""
        found = ((name, self.get(name, scope)) for name in names)
        return {name: value for name, value in found if value}

    def get(self, name: str, scope: Scope = COMMON) -> str | None:
        found = self._find(name, scope)
        return found.value if found else None

    def keeper(self, name: str, scope: Scope = COMMON) -> Keeper | None:
        """Where a secret is, for telling; None if nobody holds it."""
        found = self._find(name, scope)
        return found.keeper if found else None

    def ending(self, name: str, scope: Scope = COMMON) -> str | None:
        """Its last characters, by which its owner knows it; None of one that is short."""
        value = self.get(name, scope) or ""
        return value[-_SHOWN:] if len(value) >= _LONG else None

    def covered(self, name: str, scope: Scope = COMMON) -> str | None:
        """The name of what is used in place of a secret that nobody holds."""
        other = STANDS_IN.get(name)
        if not other or name in scope.own or self.get(name, scope):
            return None
        return other if self.get(other, scope) else None

    def lacking(self, names: Iterable[str], scope: Scope = COMMON) -> list[str]:
        """Of these, those that nobody holds, nor what stands in for them."""
        return [n for n in names if not self.get(n, scope) and not self.covered(n, scope)]

    def for_job(self, scope: Scope = COMMON) -> dict[str, str]:
        """What a job's runner is given.

        A runner uses HF_TOKEN in place of any other. Where the profile's own value of one
        is not at hand, that would be another account's: then each is given by its name.
        """
        given = self.all(FOR_JOBS, scope)
        lost = {name for name in STANDS_IN if name in scope.own and name not in given}
        if lost and (token := given.pop("HF_TOKEN", None)):
            given = {**{name: token for name in STANDS_IN if name not in lost}, **given}
        return given

    def to_mask(self, scope: Scope = COMMON) -> set[str]:
        """All values that a job must not show, whether or not it was given them."""
        ours = {*self.all(KNOWN, scope).values(), *self.all(KNOWN).values()}
        return ours | set(_others_in_environment().values())

    # -- keeping ------------------------------------------------------------------

    def keep(self, name: str, value: str, keep: Keep, profile: str = "") -> None:
        """Keeps a secret in one place, and in no other. Raises WrongInput, NotFound, Missing."""
        must_be_known(name)
        value, key = checked(name, value), _key(name, profile)
        if keep == "keyring":
            _into_keyring(key, value)
        elif keep == "file":
            with self._writing() as kept:
                kept[key] = value
        else:
            self.given[key] = value
        self._remove(key, but=keep)

    def give(self, values: Mapping[str, str], profile: str = "") -> None:
        """Holds secrets in memory for as long as this lives; what is kept elsewhere stays."""
        self.given |= {_key(name, profile): value for name, value in values.items()}

    def forget(self, name: str, profile: str = "") -> None:
        """Removes a secret from wherever it was kept. The environment is not ours to change."""
        self._remove(_key(name, profile))

    def _remove(self, key: str, but: Keep | None = None) -> None:
        if but != "memory":
            self.given.pop(key, None)
        if but != "file" and key in self._file():
            with self._writing() as kept:
                kept.pop(key, None)
        if but != "keyring" and _from_keyring(key):
            import keyring  # noqa: PLC0415 - it looks for backends when imported

            keyring.delete_password(_SERVICE, key)

    # -- looking ------------------------------------------------------------------

    def _find(self, name: str, scope: Scope) -> _Found | None:
        if scope.profile and (own := self._kept(_key(name, scope.profile))):
            return own
        return self._kept(name) if scope.shares(name) else None

    def _kept(self, key: str) -> _Found | None:
        if value := self.given.get(key):
            return _Found(value, "memory")
        if value := _from_environment(key):
            return _Found(value, "environment")
        if value := self._file().get(key):
            return _Found(value, "file")
        if value := _from_keyring(key):
            return _Found(value, "keyring")
        return None

    def _file(self) -> dict[str, str]:
        return dict(read_json_or(self.path, {}).get("secrets", {}))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[dict[str, str]]:
        """What the file holds, to be changed; others that change it wait."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path.with_suffix(".lock")):
            kept = self._file()
            yield kept
            write_json(self.path, {"secrets": kept})


def must_be_known(name: str) -> None:
    """Raises NotFound for a name that neither jobs nor Tuneyard ask for."""
    if name not in KNOWN:
        raise NotFound(
            f"Nothing asks for a secret called “{name}”.",
            code="no-such-secret",
            field=name,
            next_step=f"There are: {', '.join(KNOWN)}.",
        )


def checked(name: str, value: str) -> str:
    """A value without the space around it. Raises WrongInput, which never quotes it."""
    value = value.strip()
    if not value:
        problem = Problem("Nothing was given.", "empty", name, "Give the token.")
    elif len(value) > _LONGEST:
        problem = Problem("This is too long for a token.", "too-long", name, "Give it alone.")
    elif KEPT_THERE.fullmatch(value):
        return value
    elif not value.isascii() or not value.isprintable() or " " in value:
        # It is sent in a header: a line break in it would be a header of its own.
        problem = Problem(
            "A token is one word of letters, digits and signs; this is something else.",
            "no-token",
            name,
            "Copy it again, without anything before or after it.",
        )
    else:
        return value
    raise WrongInput([problem])


def keeps() -> list[Keep]:
    """Where secrets can be kept on this computer."""
    return ["memory", "keyring", "file"] if _has_keyring() else ["memory", "file"]


def _key(name: str, profile: str) -> str:
    return f"{profile}/{name}" if profile else name


def _others_in_environment() -> dict[str, str]:
    """Further variables that look like secrets: none is passed on, all are masked."""
    return {n: v for n, v in os.environ.items() if is_secret(n) and n not in KNOWN and v}


def _from_environment(name: str) -> str | None:
    names = (name, *ALIASES.get(name, ()))
    return next((os.environ[n] for n in names if os.environ.get(n)), None)


def _from_keyring(key: str) -> str | None:
    # A computer without a desktop often has no keyring; then nothing is kept there.
    with contextlib.suppress(Exception):
        import keyring  # noqa: PLC0415 - it looks for backends when imported

        return keyring.get_password(_SERVICE, key)
    return None


def _into_keyring(key: str, value: str) -> None:
    import keyring  # noqa: PLC0415 - same

    reason = "it forgets what it is given"
    try:
        keyring.set_password(_SERVICE, key, value)
    except Exception as error:  # noqa: BLE001 - each keyring has errors of its own
        reason = type(error).__name__
    if _from_keyring(key) != value:
        raise Missing(
            f"There is no keyring here that could keep it ({reason}).",
            code="no-keyring",
            field="keep",
            next_step="Keep it in a file that only you can read; on the command line: --keep file",
        )


def _has_keyring() -> bool:
    with contextlib.suppress(Exception):
        import keyring  # noqa: PLC0415 - same
        from keyring.backends import fail, null  # noqa: PLC0415 - same

        return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)
    return False
