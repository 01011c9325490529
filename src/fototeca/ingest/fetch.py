"""Downloads a file from a URL that somebody else chose, without letting the URL reach what only this host can.

A name is resolved once per hop, every address it has must be public, and the connection goes to an address that was
checked: a second look-up, which could answer differently, never happens (DNS rebinding). Redirects are followed
here, so that each hop is checked alike. Proxies named by the environment are not used: behind one the check would
be of the wrong address.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fototeca.errors import FetchError
from fototeca.ingest.addresses import is_public

Resolve = Callable[[str, int], list[str]]
"""Numeric addresses of a host and port; raises `OSError` where there are none."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one download, redirects included."""

    max_bytes: int = 256 * 2**20
    max_seconds: float = 60.0
    max_redirects: int = 5


class Download(NamedTuple):
    """A downloaded file; whoever asked for it removes it."""

    path: Path
    filename: str
    url: str
    """As asked for, without user name and password."""


class Fetcher:
    """Downloads URLs to temporary files; safe to share between threads, as each request has its own connection.

    Args:
        limits: Bounds of each download. Looking up a name is bounded by the system's resolver alone.
        allow_private: Also fetch from private, loopback, link-local and other special addresses.
        resolve: Finds the addresses of a host; the system's resolver by default.
    """

    def __init__(
        self, limits: FetchLimits | None = None, *, allow_private: bool = False, resolve: Resolve | None = None
    ) -> None:
        self._limits = limits or FetchLimits()
        self._allow_private = allow_private
        self._resolve = resolve or _system_addresses

    def fetch(self, url: str) -> Download:
        """Download one URL.

        Raises:
            FetchError: With the reason: not http(s), an address that may not be reached, an answer other than 200,
                too many redirects, too large, too slow, or a connection that failed.
        """
        from fototeca.ingest.hops import Hops  # noqa: PLC0415 - HTTP takes a while to load, and most commands fetch nothing

        hops = Hops(url, self._limits, self._addresses)
        handle, path = tempfile.mkstemp(prefix="fototeca-")
        try:
            with os.fdopen(handle, "wb") as file:
                name = hops.save(file)
        except BaseException:
            Path(path).unlink()
            raise
        return Download(Path(path), name, str(hops))

    def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of them checked."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise FetchError(f"the host {host!r} is not known") from None
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise FetchError(f"the host {host!r} has the address {address}, which is not public")
        return addresses


def without_credentials(url: str) -> str:
    """A URL, or what should have been one, fit for messages and records: without user name and password."""
    return re.sub(r"//[^/?#]*@", "//", url)


def _system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
