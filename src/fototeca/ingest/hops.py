"""The requests of one download, redirect by redirect, each to an address that was checked, all before one deadline."""

from __future__ import annotations

import ssl
import time
from base64 import b64encode
from collections.abc import Iterable
from email.message import Message
from functools import cache
from http import HTTPStatus
from typing import IO, Any

import httpcore
import httpx

from fototeca.errors import FetchError
from fototeca.ingest.fetch import FetchLimits, Resolve, without_credentials
from fototeca.ingest.names import file_name

_REDIRECTS = {301, 302, 303, 307, 308}
_CONNECT_SECONDS = 10.0


class Hops:
    """What one URL leads to.

    Args:
        url: As asked for.
        limits: Bounds of all requests together.
        addresses: Finds the addresses of a host, and checks them.

    Raises:
        FetchError: It is no http(s) URL.
    """

    def __init__(self, url: str, limits: FetchLimits, addresses: Resolve) -> None:
        self._asked = _parsed(httpx.URL(), url)
        self._limits = limits
        self._addresses = addresses

    def __str__(self) -> str:
        return _shown(self._asked)

    def save(self, file: IO[bytes]) -> str:
        """Save what the URL leads to; gives its name."""
        deadline = time.monotonic() + self._limits.max_seconds
        here = self._asked
        for _ in range(self._limits.max_redirects + 1):
            answer = self._get(here, deadline, file)
            if isinstance(answer, str):
                return answer
            here = answer
        raise FetchError(f"more than {self._limits.max_redirects} redirects from {self}")

    def _get(self, url: httpx.URL, deadline: float, file: IO[bytes]) -> str | httpx.URL:
        """Make one request; gives the file's name once its bytes are saved, or else the URL redirected to."""
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=_tls(), network_backend=_CheckedNetwork(self._addresses, deadline)
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


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # slow to make


def _shown(url: httpx.URL) -> str:
    return without_credentials(str(url))


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


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
