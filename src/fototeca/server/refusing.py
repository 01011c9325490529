"""Who says no: each surface in its own shape, by the path that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from fototeca.errors import FototecaError
from fototeca.http import Surface
from fototeca.http.surface import Refuse
from fototeca.server import problems


def refuser(surfaces: Sequence[Surface]) -> Refuse:
    """Make the function that answers any error as the first surface whose path it is, else as our own API."""

    def refuse(request: Request, error: Exception) -> Response:
        path = request.scope["path"]
        chosen = next((surface.refuse for surface in surfaces if surface.paths.match(path)), problems.refuse)
        return chosen(request, error)

    return refuse


class Unclaimed(BaseRoute):
    """Takes what is a surface's own and none of its routes took, so that no wider route of another surface gets it."""

    def __init__(self, surface: Surface) -> None:
        self._paths = surface.paths

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether a request is for the surface."""
        own = scope["type"] == "http" and self._paths.match(scope["path"]) is not None
        return (Match.FULL if own else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the base's signature
        """Refuse it, as the surface does."""
        raise HTTPException(404)


def install(app: FastAPI, refuse: Refuse) -> None:
    """Make an app answer every error like this, its own 404 and 405 included."""

    async def handle(request: Request, error: Exception) -> Response:
        return refuse(request, error)

    for kind in (FototecaError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
