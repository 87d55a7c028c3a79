"""Where a server listens: an address of this computer, and a port that is free."""

from __future__ import annotations

import contextlib
import errno
import socket
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

from tuneyard.errors import NotPossible

USUAL_PORT = 8400


class Place(NamedTuple):
    """An address of this computer."""

    family: socket.AddressFamily
    address: str

    @classmethod
    def of(cls, host: str) -> Place:
        """Raises NotPossible for a name that has no address."""
        with contextlib.suppress(ValueError):
            version = ip_address(host).version
            return cls(socket.AF_INET if version == 4 else socket.AF_INET6, host)
        try:
            found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (OSError, UnicodeError):
            raise _no_such_address(host) from None
        family, *_, address = found[0]
        return cls(family, str(address[0]))

    @property
    def is_here_only(self) -> bool:
        return ip_address(self.address).is_loopback

    def url(self, port: int) -> str:
        """Where this computer's own browser finds it."""
        own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address, self.address)  # noqa: S104 - compared
        return f"http://{f'[{own}]' if ':' in own else own}:{port}"

    def addresses(self) -> list[str]:
        """By which others may reach it."""
        if not ip_address(self.address).is_unspecified:
            return [self.address]
        cards = psutil.net_if_addrs().values()
        found = [each.address for card in cards for each in card if each.family == socket.AF_INET]
        return [address for address in found if not ip_address(address).is_loopback]

    def listen(self, port: int | None, last: str) -> socket.socket:
        """A socket at the port that was asked for; else at the one of the `last` address, where
        pages may still be open, at the usual one, or at any. Raises NotPossible.
        """
        if port is not None:
            return self._bound(port)
        for known in (urlsplit(last).port or USUAL_PORT, USUAL_PORT):
            try:
                return self._bound(known)
            except NotPossible as refused:
                if refused.code != "port-taken":
                    raise
        return self._bound(0)

    def _bound(self, port: int) -> socket.socket:
        try:
            return socket.create_server((self.address, port), family=self.family)
        except OSError as error:
            raise _refused(error.errno, self.address, port) from None


def _refused(number: int | None, address: str, port: int) -> NotPossible:
    if number == errno.EADDRINUSE:
        return NotPossible(
            f"Another program uses port {port}.",
            code="port-taken",
            field="port",
            next_step="Choose another, or leave out --port: then a free one is found.",
        )
    if number == errno.EACCES:
        return NotPossible(
            f"Port {port} is for the system's own programs.",
            code="port-refused",
            field="port",
            next_step="Choose one from 1024 on.",
        )
    return _no_such_address(address)


def _no_such_address(host: str) -> NotPossible:
    return NotPossible(
        f"“{host}” is no address of this computer.",
        code="no-address",
        field="host",
        next_step="0.0.0.0 stands for all that it has.",
    )
