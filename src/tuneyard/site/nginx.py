"""nginx.conf of a site: one server that needs nothing from outside itself."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuneyard.errors import WrongInput
from tuneyard.runner.problems import Problem

from . import headers
from .hosts import WAY, origin
from .passing import ALLOWED, CONNECT, LARGEST, SENT, SILENT, WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .hosts import Hosts

_STEP = " " * 4


def text(hosts: Hosts, root: str) -> str:
    """The file; `root` is where the site's folder lies on the computer that serves it.

    Raises WrongInput for one that can't be written there.
    """
    if re.search(r"[\"\\$\x00-\x1f]", root):
        sentence = f"nginx can't be told of a folder called {root!r}."
        raise WrongInput([Problem(sentence, "site-folder", "root", "Give it another name.")])
    return Template(_part("nginx.conf")).substitute(
        root=root,
        path=hosts.path,
        escaped=_escaped(hosts.path),
        bare=_bare(hosts.path),
        headers=_lines(_added(headers.of_site(hosts)), 1),
        once=headers.ASKED_EACH_TIME,
        ever=headers.FOR_GOOD,
        passing=_passing(hosts) if hosts.passes else "",
    )


def _passing(hosts: Hosts) -> str:
    there, path = urlsplit(hosts.runpod), f"{hosts.path}{WAY}"
    return Template(_part("passing.conf")).substitute(
        path=path,
        escaped=_escaped(path),
        origin=origin(hosts.runpod),
        host=there.netloc,
        base=there.path,
        largest=LARGEST,
        connect=CONNECT,
        silent=SILENT,
        allowed=_lines(_allowed(path), 2),
        sent=_lines((f"proxy_set_header {name} {_given(name)};" for name in SENT), 2),
        withheld=_lines((f"proxy_hide_header {name};" for name in WITHHELD), 2),
        answered=_lines(_added(headers.of_answer()), 2),
        secure=_part("secure.conf" if there.scheme == "https" else "plain.conf").rstrip(),
    )


def _bare(path: str) -> str:
    """What leads people to the page who leave out the last slash."""
    if path == "/":
        return ""
    return f"\n    location = {path[:-1]} {{\n        return 301 {path};\n    }}\n"


def _allowed(path: str) -> Iterable[str]:
    for methods, asked in ALLOWED:
        yield f'if ($asked ~ "^({methods}) {_escaped(path)}{asked}$") {{ set $known yes; }}'


def _escaped(path: str) -> str:
    """For a regular expression; of what has a meaning there, a path has only points."""
    return path.replace(".", r"\.")


def _given(header: str) -> str:
    return f"$http_{header.lower().replace('-', '_')}"


def _added(fixed: Mapping[str, str]) -> Iterable[str]:
    """Also to refusals: hence “always”."""
    return (f'add_header {name} "{value}" always;' for name, value in fixed.items())


def _lines(lines: Iterable[str], depth: int) -> str:
    return "\n".join(f"{_STEP * depth}{line}" for line in lines)


def _part(name: str) -> str:
    return (files(__package__) / "nginx_parts" / name).read_text(encoding="utf-8")
