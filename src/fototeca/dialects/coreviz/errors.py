"""Errors as CoreViz tells them: a status, and `{"error": "a sentence"}`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca import errors
from fototeca.http import status_of


class NotOffered(errors.FototecaError):
    """The call exists in CoreViz and cannot be served here."""

    code = "not_offered"


class UnreadableImage(errors.FototecaError):
    """A picture that was sent to be looked at cannot be read."""

    code = "unreadable_image"


_OWN: Mapping[type[errors.FototecaError], int] = {
    NotOffered: 501,
    UnreadableImage: 422,
    errors.CorruptMedia: 400,
    errors.MediaTimeout: 400,
    errors.ModelError: 501,  # no model that can do it is installed, or it is broken: asking again will not help
}


def refuse(_: Request, error: Exception) -> Response:
    """Answer any error. `error` is a text, which the SDK shows to people as it is."""
    match error:
        case errors.FototecaError():
            status = next((_OWN[kind] for kind in type(error).__mro__ if kind in _OWN), None) or status_of(error)
            return told(status, error.message)
        case RequestValidationError():
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"][1:]))
            return told(400, f"{where}: {first['msg']}" if where else str(first["msg"]))
        case HTTPException():
            return told(error.status_code, str(error.detail), error.headers)
    raise TypeError(f"not an error that requests meet: {error!r}") from error


def told(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a status and a sentence."""
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")
