"""Turns pip's own configuration into uv's, which reads none of it.

Whoever has set up pip for their network (a mirror, a folder of wheels, a certificate)
has set up Tuneyard with it. The files are read as pip reads them rather than by asking
a pip: many machines' Pythons have none, and asking takes 0.4 s each time. Where the
files lie: pip's user guide, "Configuration"; a test holds this against a real pip.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Config = dict[str, str]

_NAME = "pip.conf"
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}
_NO_OPTIONS = {"PIP_CONFIG_FILE", "PIP_HELP", "PIP_VERSION"}
_NEWER = {"UV_INDEX_URL": "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL": "UV_INDEX"}
_OFF = {"", "0", "false", "no", "off", "f", "n"}


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """What `pip install` would go by: long option names without dashes, values as pip has them.

    A list (several indexes, folders, files) is one string, separated by white space.
    Unreadable files are passed over, as an unreadable file stops pip itself in words.
    """
    found: Config = {}
    for section in ("global", "install"):
        merged: Config = {}
        for path in _files(environ):
            merged |= _section(path, section)
        found |= _filled(merged)
    ours = {n[4:]: v for n, v in environ.items() if n.startswith("PIP_") and n not in _NO_OPTIONS}
    return found | _filled(_normalized(ours))


def for_uv(config: Config, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment variables by which uv does as pip would; those already set win,
    also in lower case (proxies) or under uv's older names.

    With several indexes pip takes the best version that any of them has, whereas uv by
    default looks no further than the first index that knows the name. Only uv's
    ``unsafe-best-match`` picks what pip picks, and whoever set up an extra index for pip
    has already accepted what uv calls unsafe in it.
    """
    wanted = {
        "UV_DEFAULT_INDEX": config.get("index-url"),
        "UV_INDEX": _joined(config, "extra-index-url", " "),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in config else None,
        "UV_FIND_LINKS": _joined(config, "find-links", ","),
        "UV_CONSTRAINT": _joined(config, "constraint", " "),
        "UV_INSECURE_HOST": _joined(config, "trusted-host", " "),
        "UV_HTTP_TIMEOUT": _seconds(config.get("timeout")),
        "UV_HTTP_RETRIES": config.get("retries"),
        "UV_PRERELEASE": "allow" if _is_on(config.get("pre")) else None,
        "UV_KEYRING_PROVIDER": _keyring(config.get("keyring-provider")),
        "SSL_CERT_FILE": config.get("cert"),
        "SSL_CLIENT_CERT": config.get("client-cert"),
        "HTTP_PROXY": config.get("proxy"),
        "HTTPS_PROXY": config.get("proxy"),
    }
    taken = {_NEWER.get(name.upper(), name.upper()) for name in environ}
    return {name: value for name, value in wanted.items() if value and name not in taken}


def uv_options(config: Config) -> list[str]:
    """Options of ``uv pip install`` for what it takes by no environment variable."""
    options = ["--no-index"] if _is_on(config.get("no-index")) else []
    for name in ("no-binary", "only-binary"):
        for value in re.split(r"[\s,]+", config.get(name, "")):
            options += [f"--{name}", value] if value else []
    return options


def decides_torch(config: Config, tag: str = "") -> bool:
    """Whether pip's configuration says where torch comes from.

    It does with an index of its own or without any, with a folder that holds a torch
    wheel for `tag` (``cp311``; any without one), or with a constraint on one build of
    torch (``torch==2.13.0+cu126``). Folders are looked into; what lies behind an address
    is taken to have torch, since it would be found there.
    """
    if _is_on(config.get("no-index")) or "index-url" in config:
        return True
    places = [*_items(config, "extra-index-url"), *_items(config, "find-links")]
    wheel = re.compile(rf"\btorch-[^-/]+(-\d\w*)?-{tag or '[a-z0-9]+'}-[\w.-]+\.whl")
    if any(_offers_torch(place, wheel) for place in places):
        return True
    return any(_pins_a_build(Path(path)) for path in _items(config, "constraint"))


def without_credentials(text: str) -> str:
    """The same text with the user and password of every address in it replaced by ``***``."""
    return re.sub(r"(\w://)[^\s/@]+@", r"\1***@", text)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """The files that pip reads on Linux, the weakest first. They need not exist."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path(environ.get("HOME") or Path.home())
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, "pip", _NAME)
    yield Path("/etc", _NAME)
    if not (named and Path(named).exists()):
        yield home / ".pip" / _NAME
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", _NAME)
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        yield Path(prefix, _NAME)
    if named:
        yield Path(named)


def _section(path: Path, section: str) -> Config:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    return _normalized(dict(parser.items(section))) if parser.has_section(section) else {}


def _normalized(found: Config) -> Config:
    names = {name: name.lower().replace("_", "-").removeprefix("--") for name in found}
    return {_ALIASES.get(names[name], names[name]): value.strip() for name, value in found.items()}


def _filled(found: Config) -> Config:
    """Without empty values, which pip passes over."""
    return {name: value for name, value in found.items() if value}


def _items(config: Config, name: str) -> list[str]:
    return config.get(name, "").split()


def _joined(config: Config, name: str, separator: str) -> str:
    items = _items(config, name)
    return separator.join(str(Path(i).expanduser()) if i.startswith("~") else i for i in items)


def _is_on(value: str | None) -> bool:
    return (value or "").lower() not in _OFF


def _seconds(value: str | None) -> str | None:
    """As whole seconds: uv takes no others."""
    try:
        return str(max(1, round(float(value)))) if value else None
    except ValueError:
        return None


def _keyring(value: str | None) -> str | None:
    """Of pip's ways to ask a keyring, uv has but one: by its command."""
    return value if value in {"subprocess", "disabled"} else None


def _offers_torch(place: str, wheel: re.Pattern[str]) -> bool:
    address = urlsplit(place)
    if address.scheme not in {"", "file"}:
        return True
    here = Path(unquote(address.path)).expanduser()
    return any(wheel.search(text) for text in (_text(here), *_names(here), *_page(here)))


def _page(index: Path) -> Iterator[str]:
    """What a local index says of torch: a page of links, or the files themselves."""
    yield _text(index / "torch" / "index.html")
    yield from _names(index / "torch")


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _pins_a_build(constraints: Path) -> bool:
    pin = re.compile(r"^\s*torch\s*===?[^;#\n]*\+\w", re.MULTILINE)
    return pin.search(_text(constraints)) is not None
