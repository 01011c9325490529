"""How Gumnut says no: `{"detail": text}`; for a request that is not valid a list of what is wrong, as FastAPI does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca import errors
from fototeca.http import status_of

_RETRY_LATER = {"Retry-After": "5"}
_NEVER_RETRY = {"x-should-retry": "false"}
"""The clients send a 409 again by default; a conflict of ours would only be the same again."""
_UNPROCESSABLE = 422
_SHOWN_INPUT = 200


class BadRequest(errors.FototecaError):
    """A request that is well formed, and still cannot be understood (400)."""

    code = "bad_request"


def invalid(where: str, field: str, message: str, given: Any = None) -> RequestValidationError:
    """Make the error for one value of a request.

    Args:
        where: "query", "body" or "path".
        field: Name of the value.
        message: What is allowed.
        given: What came instead.
    """
    return RequestValidationError([{"type": "value_error", "loc": (where, field), "msg": message, "input": given}])


def answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def done() -> Response:
    """Acknowledge: an empty object, as the clients' models want one."""
    return answer({})


def refuse(_: Request, error: Exception) -> Response:
    """Answer an error of ours, a request that is not as the route wants it, or a status that the framework chose."""
    match error:
        case RequestValidationError():
            return _refused(_UNPROCESSABLE, [_entry(entry) for entry in error.errors()])
        case HTTPException():
            return _refused(error.status_code, str(error.detail), dict(error.headers or {}))
        case BadRequest():
            return _refused(400, error.message)
        case errors.Unauthenticated():
            return _refused(401, "Invalid or expired token", {"WWW-Authenticate": "Bearer"})
        case errors.CursorError():
            return _refused(400, error.message)
        case errors.InvalidInput():
            loc: Sequence[Any] = ("query" if error.field is None else "body", error.field or "query")
            return _refused(_UNPROCESSABLE, [{"type": error.code, "loc": loc, "msg": error.message}])
        case errors.MediaError():
            entry = {"type": error.code, "loc": ("body", "asset_data"), "msg": error.message}
            return _refused(_UNPROCESSABLE, [entry])
        case errors.Conflict():
            return _refused(409, error.message, _NEVER_RETRY)
        case errors.FototecaError():
            status = status_of(error)
            return _refused(status, error.message, _RETRY_LATER if status == 503 else {})
        case _:  # there is no other kind
            raise error


def _refused(status: int, detail: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"detail": detail}), status, headers, "application/json")


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Where, what and why; what came is shown if it is short and plain, and was not a secret."""
    shown: dict[str, Any] = {"type": entry["type"], "loc": list(entry["loc"]), "msg": entry["msg"]}
    given = entry.get("input")
    if isinstance(given, bool | int | float) or (isinstance(given, str) and len(given) <= _SHOWN_INPUT):
        shown["input"] = given
    return shown
