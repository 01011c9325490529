"""How this dialect says no: `{"error": {"message", "status", "type", "hint"}}`, which its SDK reads.

Where the SDK shows `error` as it is (image details, batches, jobs, removal from a project, the trash) it is a text.
"""

from __future__ import annotations

import re

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fototeca import errors
from fototeca.http import status_of

_FLAT = re.compile(
    r"/[^/]+/(?:trash(?:/.*)?|[^/]+/(?:images?(?:/[^/]+)?|(?:annotation-)?batches(?:/.*)?|jobs(?:/[^/]+)?))"
)
_TYPES = {
    400: "InvalidRequestException",
    401: "OAuthException",
    403: "PermissionException",
    404: "GraphMethodException",
    409: "ConflictException",
    413: "TooLargeException",
}
_KEY_HINT = "Give a key of this server as api_key, or as Authorization: Bearer KEY. `fototeca key create` makes one."


def refuse(request: Request, error: Exception) -> Response:
    """Answer an error in the dialect's shape."""
    status, told = _told(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    path = request.scope["path"]
    project_itself = request.method == "DELETE" and path.count("/") == 2
    if _FLAT.fullmatch(path) or project_itself:
        return JSONResponse({"error": told["message"]}, status, headers)
    body = {"type": _TYPES.get(status, "ApiException"), **told, "status": status}
    return JSONResponse({"error": body}, status, headers)


def _told(error: Exception) -> tuple[int, dict[str, object]]:
    """Return the status, and what is said."""
    match error:
        case errors.FototecaError():
            return _ours(error)
        case RequestValidationError():
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            return 400, {"message": f"{where}: {first['msg']}"}
        case HTTPException(status_code=404):
            return 404, {"message": "There is no such endpoint."}
        case HTTPException():
            return error.status_code, {"message": str(error.detail)}
        case _:
            return 500, {"message": "something went wrong"}


def _ours(error: errors.FototecaError) -> tuple[int, dict[str, object]]:
    match error:
        case errors.Unauthenticated():
            return 401, {"message": "This API key does not exist (or has been revoked).", "hint": _KEY_HINT}
        case errors.FetchError():
            told: dict[str, object] = {"message": f"Could not fetch image URL: {error.message}"}
            return (502, {**told, "retryable": True}) if error.retryable else (400, told)
        case errors.MediaTooLarge():
            return 413, {"message": f"Image is too large: {error.message}"}
        case errors.MediaError():
            return 400, {"message": "Invalid image.", "hint": error.message, "type": "InvalidImageException"}
        case errors.QueryError() if error.position is not None:
            return 400, {"message": error.message, "hint": f"At position {error.position} of the query."}
        case errors.InvalidInput():
            hint = {"hint": f"Allowed: {error.allowed}"} if error.allowed else {}
            return 400, {"message": error.message, **hint}
        case _:
            return status_of(error), {"message": error.message}
