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
import ssl
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, NamedTuple

import httpcore
import httpx

from fototeca.errors import FetchError
from fototeca.ingest.addresses import is_public
from fototeca.ingest.names import file_name

Resolve = Callable[[str, int], list[str]]
"""Numeric addresses of a host and port; raises `OSError` where there are none."""

_REDIRECTS = {301, 302, 303, 307, 308}
_CONNECT_SECONDS = 10.0


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

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()  # slow to make, and often not needed

    def fetch(self, url: str) -> Download:
        """Download one URL.

        Raises:
            FetchError: With the reason: not http(s), an address that may not be reached, an answer other than 200,
                too many redirects, too large, too slow, or a connection that failed.
        """
        asked = _parsed(httpx.URL(), url)
        handle, path = tempfile.mkstemp(prefix="fototeca-")
        try:
            with os.fdopen(handle, "wb") as file:
                name = self._follow(asked, file)
        except BaseException:
            Path(path).unlink()
            raise
        return Download(Path(path), name, _shown(asked))

    def _follow(self, url: httpx.URL, file: IO[bytes]) -> str:
        """Save what the URL leads to; gives its name."""
        deadline = time.monotonic() + self._limits.max_seconds
        here = url
        for _ in range(self._limits.max_redirects + 1):
            answer = self._get(here, deadline, file)
            if isinstance(answer, str):
                return answer
            here = answer
        raise FetchError(f"more than {self._limits.max_redirects} redirects from {_shown(url)}")

    def _get(self, url: httpx.URL, deadline: float, file: IO[bytes]) -> str | httpx.URL:
        """Make one request; gives the file's name once its bytes are saved, or else the URL redirected to."""
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._tls, network_backend=_CheckedNetwork(self._addresses, deadline)
                ) as pool,
                pool.stream(
                    "GET",
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=_request_headers(url),
                ) as response,
            ):
                headers = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in headers:
                    return _parsed(url, headers["location"])
                self._save(response, headers, file)
                return _file_name(headers, url)
        except httpcore.TimeoutException:
            seconds = f"{self._limits.max_seconds:g}"
            raise FetchError(f"{_shown(url)} took longer than {seconds} s", retryable=True) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise FetchError(f"{_shown(url)} could not be fetched: {error}", retryable=True) from error

    def _save(self, response: httpcore.Response, headers: httpx.Headers, file: IO[bytes]) -> None:
        if response.status != HTTPStatus.OK:
            failed = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise FetchError(f"the server answered {_phrase(response.status)}", retryable=failed)
        encoding = headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise FetchError(f"the server used the content encoding {encoding!r} without being asked")
        limit = self._limits.max_bytes
        announced = headers.get("content-length", "")
        too_large = announced.isdecimal() and int(announced) > limit
        size = 0
        for chunk in () if too_large else response.iter_stream():
            size += len(chunk)
            too_large = size > limit
            if too_large:
                break
            file.write(chunk)
        if too_large:
            raise FetchError(f"larger than the limit of {limit:,} bytes")

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


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects only to addresses that were checked, and gives up at the deadline whatever the peer does."""

    def __init__(self, addresses: Resolve, deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is stricter than any timeout
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the addresses in turn."""
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in self._addresses(host, port):
            seconds = min(_remaining(self._deadline), _CONNECT_SECONDS)
            try:
                stream = self._network.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose deadline holds for all of its reads together: a server that drips bytes cannot move it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        return self._stream.read(max_bytes, _remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        self._stream.write(buffer, _remaining(self._deadline))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, _remaining(self._deadline))
        return _TimedStream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def without_credentials(url: str) -> str:
    """A URL, or what should have been one, fit for messages and records: without user name and password."""
    return re.sub(r"//[^/?#]*@", "//", url)


def _shown(url: httpx.URL) -> str:
    return without_credentials(str(url))


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


def _system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _parsed(base: httpx.URL, text: str) -> httpx.URL:
    try:
        url = base.join(text)
    except (httpx.InvalidURL, ValueError):
        raise FetchError("not a valid URL") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise FetchError(f"only http and https URLs are fetched, not {url.scheme or 'one without a scheme'}")
    return url


def _request_headers(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    headers = [(b"Host", url.netloc), (b"User-Agent", b"fototeca"), (b"Accept-Encoding", b"identity")]
    if url.userinfo:
        headers.append((b"Authorization", b"Basic " + b64encode(f"{url.username}:{url.password}".encode())))
    return headers


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _file_name(headers: httpx.Headers, url: httpx.URL) -> str:
    """From Content-Disposition (RFC 6266), else the last part of the URL's path, else the host."""
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    return file_name(message.get_filename("") or url.path, fallback=url.host)
