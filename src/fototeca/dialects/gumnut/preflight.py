"""The answer to browsers that ask whether they may ask (CORS)."""

from __future__ import annotations

import re

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from fototeca.dialects.gumnut.errors import CORS

_HEADERS = CORS | {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": "86400",
}


def add(router: APIRouter, paths: re.Pattern[str]) -> None:
    """Let a router answer `OPTIONS` requests to these paths; it has no part in any other request to them."""

    class Preflight(APIRoute):
        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            match, child = super().matches(scope)
            return (match, child) if match is Match.FULL and paths.match(scope["path"]) else (Match.NONE, {})

    router.add_api_route("/{path:path}", _answer, methods=["OPTIONS"], route_class_override=Preflight)


async def _answer() -> Response:
    return Response(status_code=204, headers=_HEADERS)
