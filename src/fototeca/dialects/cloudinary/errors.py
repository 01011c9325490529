"""Errors as Cloudinary tells them: `{"error": {"message": …}}`, and only statuses that its SDKs can read."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca import errors
from fototeca.http import status_of
from fototeca.http.ranges import http_date

PATHS = re.compile(
    r"/v1_1/|/v2/([^/]+/analysis|notifications/[^/]+)/|/[^/]+/(image|video|raw)/|(/[^/]+)?/search/[^/]+/"
)
"""What this surface answers where no route takes a request."""

_READABLE = frozenset({400, 401, 403, 404, 409, 416, 420, 429, 500})
"""Statuses that the SDKs parse; 416 only ever answers a browser that asked for part of a file."""
_INSTEAD = {405: 404, 410: 401, 503: 500}
_LIMIT = 1_000_000
_HOUR = 3600


class NotSubscribed(errors.FototecaError):
    """An add-on of Cloudinary's that is not part of Fototeca."""

    code = "not_subscribed"


def refuse(request: Request, error: Exception) -> Response:
    """Answer any error."""
    headers: Mapping[str, str] | None = None
    match error:
        case errors.CursorError():
            status, message = 400, "Invalid value for parameter next_cursor"
        case errors.MediaError():
            status, message = 400, f"Invalid image file: {error.message}"
        case NotSubscribed():
            status, message = 420, error.message
        case errors.FototecaError():
            status, message = status_of(error), error.message
        case HTTPException():
            status, message, headers = error.status_code, str(error.detail), error.headers
        case RequestValidationError():
            first = error.errors()[0]
            status, message = 400, f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}"
        case _:
            raise error
    status = _INSTEAD.get(status, status)
    return answer(
        request,
        {"error": {"message": message}},
        status if status in _READABLE else 400,
        {**(headers or {}), **_told(message)},
    )


def answer(request: Request, content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Make an answer in JSON. Those of the API tell of a limit on requests, which clients read but nobody keeps."""
    limits = _limits() if request.scope["path"].startswith("/v1_1/") else {}
    body = msgspec.json.encode(content, enc_hook=str)
    return Response(body, status, {**limits, **(headers or {})}, "application/json; charset=utf-8")


def _limits() -> dict[str, str]:
    reset = datetime.fromtimestamp((time.time() // _HOUR + 1) * _HOUR, UTC)
    return {
        "X-FeatureRateLimit-Limit": str(_LIMIT),
        "X-FeatureRateLimit-Remaining": str(_LIMIT - 1),
        "X-FeatureRateLimit-Reset": http_date(reset),
    }


def _told(message: str) -> dict[str, str]:
    """The message as a header can hold it."""
    plain = "".join(char if " " <= char <= "~" else "?" for char in message[:400])
    return {"X-Cld-Error": plain}
