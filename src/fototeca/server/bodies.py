"""Bounds on what a client may send, and how slowly."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fototeca.http.surface import Refuse

MAX_BODY = 2**20
"""Bytes of an ordinary request."""
MAX_INLINE = 32 * 2**20
"""Bytes of a JSON request that carries a file in base64."""
MAX_UPLOAD = 512 * 2**20
"""Bytes of a request that carries files as they are (a form, or a zip file)."""
IDLE_SECONDS = 30.0
"""How long a client may pause while it sends."""
TOTAL_SECONDS = 900.0
"""How long it may take to send everything."""

WITH_FILES = re.compile(r"/v1/(assets|search)")
"""Paths of our own API whose bodies may carry files."""


class BodyLimits:
    """Refuses requests that are too large, as soon as that is known, and those that do not arrive in time.

    Args:
        app: What is protected.
        refuse: Answers what is too large.
        with_files: Paths whose bodies may carry files.
        idle_seconds: How long a client may pause.
    """

    def __init__(
        self,
        app: ASGIApp,
        refuse: Refuse,
        with_files: Sequence[re.Pattern[str]] = (WITH_FILES,),
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._with_files = with_files
        self._idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            error = HTTPException(413, _too_large(limit), {"Connection": "close"})
            await self._refuse(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, limit, self._idle_seconds).receive, send)

    def _limit(self, scope: Scope) -> int:
        if not any(pattern.fullmatch(scope["path"]) for pattern in self._with_files):
            return MAX_BODY
        carries_files = Headers(scope=scope).get("content-type", "").startswith(("multipart/", "application/zip"))
        return MAX_UPLOAD if carries_files else MAX_INLINE


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


def _too_large(limit: int) -> str:
    return f"this request may have at most {limit:,} bytes"
