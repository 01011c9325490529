"""Who is asking: from the credential of a request to the library that it opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from fototeca.assets import Scope
from fototeca.errors import Unauthenticated
from fototeca.http import Caller, context_of

_BEARER = HTTPBearer(auto_error=False, description="A key, or a token made by `fototeca token`.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key.")


def _requiring(scope: Scope) -> Callable[..., Caller]:
    """Make the dependency of routes that need this scope."""

    def caller(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        api_key: Annotated[str | None, Depends(_HEADER)],
    ) -> Caller:
        credential = bearer.credentials if bearer else api_key
        if not credential:
            raise Unauthenticated("send a key or token: `Authorization: Bearer KEY`, or a key as `X-API-Key: KEY`")
        return Caller.of(request, context_of(request).authority.authenticate(credential), scope)

    return caller


Reader: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.WRITE))]
Admin: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.ADMIN))]
