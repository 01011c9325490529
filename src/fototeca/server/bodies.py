"""Bounds on what a client may send, and how slowly."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fototeca.server.problems import problem

MAX_BODY = 2**20
"""Bytes of an ordinary request."""
MAX_INLINE = 32 * 2**20
"""Bytes of a JSON request that carries a file in base64."""
MAX_UPLOAD = 512 * 2**20
"""Bytes of a request that carries files as they are (`multipart/form-data`)."""
IDLE_SECONDS = 30.0
"""How long a client may pause while it sends."""
TOTAL_SECONDS = 900.0
"""How long it may take to send everything."""

_WITH_FILES = frozenset({"/v1/assets", "/v1/search"})


class BodyLimits:
    """Refuses requests that are too large, as soon as that is known, and those that do not arrive in time."""

    def __init__(self, app: ASGIApp, idle_seconds: float = IDLE_SECONDS) -> None:
        self._app = app
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit(scope)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            await _refusal(limit)(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, limit, self._idle_seconds).receive, send)


class _Bounded:
    """Counts and times one request's body; after its end it only passes on that the client has gone."""

    def __init__(self, receive: Receive, limit: int, idle_seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._deadline = time.monotonic() + TOTAL_SECONDS
        self._size = 0
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        seconds = min(self._idle_seconds, self._deadline - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), seconds)
        except TimeoutError:
            raise HTTPException(408, "the request did not arrive in time") from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise HTTPException(413, _too_large(self._limit))
        self._complete = not message.get("more_body", False)
        return message


def _limit(scope: Scope) -> int:
    if scope["path"] not in _WITH_FILES:
        return MAX_BODY
    multipart = Headers(scope=scope).get("content-type", "").startswith("multipart/")
    return MAX_UPLOAD if multipart else MAX_INLINE


def _too_large(limit: int) -> str:
    return f"this request may have at most {limit:,} bytes"


def _refusal(limit: int) -> ASGIApp:
    return problem(413, "content_too_large", _too_large(limit), headers={"Connection": "close"})
