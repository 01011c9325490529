"""Who is asking: from the credential of a request to the library that it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from fototeca.access import Principal
from fototeca.assets import Scope
from fototeca.errors import Unauthenticated
from fototeca.library import Library
from fototeca.server.context import Context, context_of

_BEARER = HTTPBearer(auto_error=False, description="A key, or a token made by `fototeca token`.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key.")


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's principal and what it may work with.

    Attributes:
        library: Of the principal's workspace; no other is within reach of a request.
        origin: What absolute links begin with.
    """

    principal: Principal
    library: Library
    context: Context
    origin: str


def _requiring(scope: Scope) -> Callable[..., Caller]:
    """Make the dependency of routes that need this scope."""

    def caller(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        api_key: Annotated[str | None, Depends(_HEADER)],
    ) -> Caller:
        context = context_of(request)
        credential = bearer.credentials if bearer else api_key
        if not credential:
            raise Unauthenticated("send a key or token: `Authorization: Bearer KEY`, or a key as `X-API-Key: KEY`")
        principal = context.authority.authenticate(credential)
        principal.require(scope)
        library = context.installation.library(principal.workspace.name)
        return Caller(principal, library, context, context.origin(request))

    return caller


Reader: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.WRITE))]
Admin: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.ADMIN))]
