"""Which requests of the bare origin are this dialect's, and what each of its routes is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.routing import Match
from starlette.types import Scope as RequestScope

from fototeca.assets import Scope
from fototeca.dialects.roboflow.errors import refuse
from fototeca.errors import InvalidInput, NotFound, Unauthenticated
from fototeca.http import Caller, Router, answering, context_of

# What other surfaces have at the origin: no workspace can be reached here under one of these names.
_OTHERS = "v1|v1_1|api|api-keys|media|healthz|readyz|metrics|mcp|web|session"
PATHS = re.compile(rf"/(?!(?:{_OTHERS})(?:/|$))(?:[a-z0-9][a-z0-9_-]*(?:/.*)?)?\Z", re.DOTALL)
WITH_FILES = re.compile(
    r"/dataset/[^/]+/(?:upload|annotate/[^/]+)|/[^/]+/[^/]+/(?:upload|search|annotate/[^/]+)|/[^/]+/upload/zip/[^/]+/file"
)


class Route(answering(refuse)):  # type: ignore[misc]  # the base is made at run time
    """A route that leaves alone what another surface has, and `GET /` without a key, which is the gallery's."""

    def matches(self, scope: RequestScope) -> tuple[Match, RequestScope]:
        """Tell whether a request is for this route."""
        theirs = scope["type"] != "http" or not PATHS.fullmatch(scope["path"])
        gallery = scope["path"] == "/" and scope["method"] in {"GET", "HEAD"} and not _has_key(scope)
        if theirs or gallery:
            return Match.NONE, {}
        found: tuple[Match, RequestScope] = super().matches(scope)
        return found


def _has_key(scope: RequestScope) -> bool:
    return b"api_key=" in scope["query_string"] or any(name == b"authorization" for name, _ in scope["headers"])


def make_router() -> Router:
    """Make a router whose routes answer and refuse as this dialect does."""
    return Router(route_class=Route, include_in_schema=False)


# --- what came in ---------------------------------------------------------------------------------------------


async def _body(request: Request) -> dict[str, Any]:
    """Read a JSON object; no body is an empty one."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidInput("the body must be a JSON object")
    return body


Body: TypeAlias = Annotated[dict[str, Any], Depends(_body)]


class Lenient(BaseModel):
    """A JSON object of which unknown members are ignored, as the product does."""

    model_config = ConfigDict(extra="ignore", frozen=True)


M = TypeVar("M", bound=Lenient)


def understood(model: type[M], body: dict[str, Any]) -> M:
    """Read a body as a model; a wrong type is refused, and a null counts as left out."""
    try:
        return model.model_validate({name: value for name, value in body.items() if value is not None})
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


# --- who is asking --------------------------------------------------------------------------------------------


async def _credential(request: Request) -> str:
    """Find the key: in the query, the header or, of old clients, the JSON body."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = request.query_params.get("api_key") or (token.strip() if scheme.lower() == "bearer" else "")
    if not key and request.headers.get("content-type", "").startswith("application/json"):
        key = str((await _body(request)).get("api_key") or "")
    if not key:
        raise Unauthenticated("no key was given")
    return key


def _requiring(scope: Scope) -> Callable[..., Caller]:
    def caller(request: Request, credential: Annotated[str, Depends(_credential)]) -> Caller:
        made = Caller.of(request, context_of(request).authority.authenticate(credential), scope)
        workspace = request.path_params.get("workspace", made.principal.workspace.name)
        if workspace != made.principal.workspace.name:
            # Whether somebody else's workspace exists is nobody's business.
            raise NotFound(f'there is no workspace "{workspace}" that this key opens')
        return made

    return caller


Reader: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.WRITE))]
Admin: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.ADMIN))]
