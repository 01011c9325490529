"""The outermost layer: names every request, counts it, and answers what nobody else could."""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fototeca.errors import Defect
from fototeca.http.metrics import Metrics
from fototeca.http.surface import Refuse

_logger = logging.getLogger("fototeca.server")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Observer:
    """Gives every answer an `X-Request-Id` (the client's own, if it sent a sane one) and every request its count.

    An exception that reaches this layer is a defect: it is logged with the request's id, and the client is told the
    id but nothing of the cause.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid4().hex
        start, status = time.perf_counter(), 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception:
            _logger.exception("request %s failed: %s %s", request_id, scope["method"], _route(scope))
            if status:  # too late for another answer: the server closes the connection
                raise
            await self._refuse(Request(scope), Defect(request_id))(scope, receive, named)
        finally:
            self._metrics.request(scope["method"], _route(scope), status, time.perf_counter() - start)


def _route(scope: Scope) -> str:
    """The template of the route that took the request; its path could hold names, and is of any number."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
