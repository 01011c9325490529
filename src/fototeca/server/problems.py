"""Every error as one kind of answer: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fototeca import errors
from fototeca.http import status_of
from fototeca.query.fields import nearest

MEDIA_TYPE = "application/problem+json"
UNKNOWN_NAME = "unknown_name"
"""Type of the validation error for a field or parameter that is not known here."""

_MEMBERS = ("field", "allowed", "position", "suggestion", "request_id")
_RENAMED = {413: "content_too_large", 416: "range_not_satisfiable"}
"""Codes of the statuses whose names changed with Python 3.13."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fototeca"'}


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What went wrong, for people (`title`, `detail`) and for programs (`code` and the members after it).

    Attributes:
        code: Stable name of the kind of error.
        position: Offset into the query text where the problem starts.
        suggestion: The nearest known name.
        errors: What is wrong with each part of the request, as `loc` and `msg`.
        request_id: Where the operator finds the cause in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    allowed: str | None = None
    position: int | None = None
    suggestion: str | None = None
    errors: list[dict[str, Any]] = []
    request_id: str | None = None


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """Make an answer; `members` are those of `Problem`, and what is `None` is left out."""
    return _response(_problem(status, code, detail, **members), headers)


def of_error(error: errors.FototecaError) -> Problem:
    """Describe one of our own errors."""
    return _problem(
        status_of(error), error.code, error.message, **{name: getattr(error, name, None) for name in _MEMBERS}
    )


def unknown_name(what: str, name: str, known: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return message and context for a name that is not known, with the nearest one that is."""
    near = nearest(name, known)
    hint = f'; did you mean "{near}"?' if near else ""
    context = {"name": name[:100], "suggestion": near, "allowed": ", ".join(sorted(known))}
    return f'unknown {what} "{name[:100]}"{hint}', context


def refuse(_: Request, error: Exception) -> Response:
    """Answer an error of ours, a request that is not as the route wants it, or a status that the framework chose."""
    if isinstance(error, errors.FototecaError):
        found = of_error(error)
        return _response(found, _CHALLENGE if found.status == HTTPStatus.UNAUTHORIZED else None)
    return _of_request(error) if isinstance(error, RequestValidationError) else _of_status(error)


def _of_request(error: RequestValidationError) -> Response:
    found = [_shown(entry) for entry in error.errors()]
    first, loc = error.errors()[0], found[0]["loc"]
    members: dict[str, Any] = {"field": str(loc[-1]) if len(loc) > 1 else None}
    if first["type"] == UNKNOWN_NAME:
        context = first["ctx"]
        members = {"field": context["name"], "suggestion": context["suggestion"], "allowed": context["allowed"]}
    where = ".".join(map(str, loc[1:])) if first["type"] != UNKNOWN_NAME else ""
    detail = f"{where}: {found[0]['msg']}" if where else found[0]["msg"]
    return problem(400, "invalid_request", detail, errors=found, **members)


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Where and what; the rejected input itself may be a secret, or large."""
    return {"loc": list(entry["loc"]), "msg": entry["msg"]}


def _of_status(error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - there is no other kind; tells the type checker
    status = HTTPStatus(error.status_code)
    return problem(status, _RENAMED.get(status, status.name.lower()), str(error.detail), headers=error.headers)


def _problem(status: int, code: str, detail: str, **members: Any) -> Problem:
    title = HTTPStatus(status).phrase
    return Problem(type=f"urn:fototeca:problem:{code}", title=title, status=status, detail=detail, code=code, **members)


def _response(found: Problem, headers: Mapping[str, str] | None) -> Response:
    return Response(msgspec.json.encode(found), found.status, headers, MEDIA_TYPE)
