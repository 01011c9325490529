"""Who is asking: from the credential of a request to the library that it opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from fototeca.access import Principal, Session
from fototeca.assets import Scope
from fototeca.errors import Unauthenticated
from fototeca.http import Caller, context_of

COOKIE = "fototeca_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
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
        if credential:
            return Caller.of(request, context_of(request).authority.authenticate(credential), scope)
        return Caller.of(request, _of_session(request), scope)

    return caller


def session_of(request: Request) -> Session:
    """Return the session of a browser that has signed in.

    Raises:
        Unauthenticated: There is none, or it is over.
    """
    token = request.cookies.get(COOKIE)
    if not token:
        raise Unauthenticated("send a key or token: `Authorization: Bearer KEY`, or a key as `X-API-Key: KEY`")
    return context_of(request).sessions.resume(token)


def _of_session(request: Request) -> Principal:
    session = session_of(request)
    if request.method not in _SAFE:
        context_of(request).sessions.check_change(session, request.headers.get("x-csrf-token", ""))
    return session.principal


Reader: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.WRITE))]
Admin: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.ADMIN))]
