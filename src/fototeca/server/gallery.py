"""The gallery: its pages' files, and signing in to it."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from fastapi import Request
from fastapi.routing import APIRoute
from PIL import Image
from pydantic import StringConstraints
from starlette.datastructures import QueryParams
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from fototeca.access import Session
from fototeca.access.sessions import LIFETIME
from fototeca.errors import NotFound
from fototeca.http import Router, context_of
from fototeca.media.places import inhabited
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.requests import Strict
from fototeca.server.security import COOKIE, session_of


class _Route(APIRoute):
    """A request with an `api_key` parameter is a dialect's, at whatever path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if "api_key" in QueryParams(scope["query_string"]):
            return Match.NONE, {}
        return super().matches(scope)


router = Router(include_in_schema=False, route_class=_Route)

_WEB = Path(__file__).parent.parent / "web"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {file.relative_to(_WEB).as_posix(): file for file in sorted(_WEB.rglob("*")) if file.suffix in _TYPES}
_EDITION = hashlib.sha256(b"".join(file.read_bytes() for file in _FILES.values())).hexdigest()[:12]
"""Part of the files' addresses: they may be kept for ever, as other files have other addresses."""
_PAGE = _FILES["index.html"].read_text(encoding="utf-8").replace("/web/", f"/web/{_EDITION}/")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


class SignIn(Strict):
    """A key, sent once."""

    key: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_096)]


@router.get("/")
def page() -> Response:
    """Return the page; what it shows is in the address after the question mark."""
    return HTMLResponse(_PAGE, headers=_HEADERS | {"Cache-Control": "no-cache"})


@router.get("/web/{edition}/towns.png")
def towns(edition: str) -> Response:
    """Return the towns of the earth, four pixels to a degree, which the map is drawn on."""
    if edition != _EDITION:
        raise NotFound("there is no such file")
    return Response(_towns(), media_type="image/png", headers=_HEADERS | _KEPT)


@lru_cache(maxsize=1)
def _towns() -> bytes:
    opaque = Image.fromarray(inhabited(4).astype(np.uint8) * 255)
    picture = io.BytesIO()
    Image.merge("LA", (opaque, opaque)).save(picture, "PNG")
    return picture.getvalue()


@router.get("/web/{edition}/{path:path}")
def file(edition: str, path: str) -> Response:
    """Return one of the page's styles, scripts or pictures."""
    found = _FILES.get(path)
    if found is None or edition != _EDITION:
        raise NotFound(f'there is no file "{path[:100]}"')
    return FileResponse(found, media_type=_TYPES[found.suffix], headers=_HEADERS | _KEPT)


@router.post("/session")
def sign_in(request: Request, body: SignIn) -> Response:
    """Begin a session: the key is checked, and the browser keeps a cookie instead of it."""
    session = context_of(request).sessions.open(body.key)
    response = _described(session)
    secure = context_of(request).origin(request).startswith("https:")
    response.set_cookie(COOKIE, session.token, max_age=LIFETIME, httponly=True, samesite="strict", secure=secure)
    return response


@router.get("/session")
def current(request: Request) -> Response:
    """Return the session of this browser."""
    return _described(session_of(request))


@router.delete("/session")
def sign_out() -> Response:
    """Let the browser forget its session."""
    response = nothing()
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _described(session: Session) -> Response:
    principal = session.principal
    content = {"workspace": principal.workspace.name, "scope": principal.scope, "csrf": session.csrf}
    response = answer(content)
    response.headers["Cache-Control"] = "no-store"
    return response
