"""Errors as Acusight tells them: `{"success": false, "error": {"code", "message"}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca import errors
from fototeca.http import status_of


class InvalidToken(errors.Unauthenticated):
    """A provisioning token is not known, or was used up."""


class TokenExpired(errors.Unauthenticated):
    """A provisioning token is past its time."""


class DeviceExists(errors.Conflict):
    """A device of this identifier has been provisioned already."""


class NotOffered(errors.FototecaError):
    """The call exists in Acusight and cannot be served here."""


_CODES: Mapping[type[errors.FototecaError], tuple[int, str]] = {
    InvalidToken: (401, "INVALID_TOKEN"),
    TokenExpired: (401, "TOKEN_EXPIRED"),
    DeviceExists: (409, "DEVICE_EXISTS"),
    NotOffered: (501, "NOT_IMPLEMENTED"),
    errors.LinkExpired: (403, "FORBIDDEN"),
    errors.CorruptMedia: (400, "VALIDATION_ERROR"),
    errors.MediaTimeout: (400, "VALIDATION_ERROR"),
}
_BY_STATUS = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
    422: "VALIDATION_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "SERVICE_UNAVAILABLE",
}
_INTERNAL = "INTERNAL_ERROR"


def refuse(_: Request, error: Exception) -> Response:
    """Answer any error."""
    match error:
        case errors.FototecaError():
            status, code = next(
                (_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), (status_of(error), "")
            )
            return told(status, error.message, code=code)
        case RequestValidationError():
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"][1:]))
            return told(400, f"{where}: {first['msg']}" if where else str(first["msg"]))
        case HTTPException():
            return told(error.status_code, str(error.detail), error.headers)
    raise TypeError(f"not an error that requests meet: {error!r}") from error


def told(status: int, message: str, headers: Mapping[str, str] | None = None, *, code: str = "") -> Response:
    """Answer with a failure."""
    body: dict[str, Any] = {"code": code or _BY_STATUS.get(status, _INTERNAL), "message": message}
    return Response(
        msgspec.json.encode({"success": False, "error": body}), status, headers, media_type="application/json"
    )
