"""`/api/oauth`: how an app signs somebody in without seeing their key (RFC 6749 with PKCE, RFC 7636).

The page that asks for the key is our own. It sends the browser back to the app with a code, which is good once and for
a short time, and only with the state and the verifier of whoever began.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from fastapi import Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fototeca.access import Principal
from fototeca.assets import Scope
from fototeca.dialects.gumnut.errors import answer, invalid
from fototeca.dialects.gumnut.identity import user_id
from fototeca.dialects.gumnut.requests import Body, Params, Routes, build, from_body, from_query
from fototeca.errors import FototecaError, NotFound, Unauthenticated
from fototeca.http import Caller, context_of

router = Routes()

CODES = "gumnut.code"
"""Kind of the entries that hold codes which have not been exchanged yet, by their SHA-256."""
_CODE_LIFETIME = timedelta(minutes=5)
_TOKEN_LIFETIME = timedelta(days=30)
_UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in</title>
<style>body{{font:16px system-ui;max-width:28rem;margin:4rem auto;padding:0 1rem}}input,button{{font:inherit;width:100%;
padding:.5rem;margin:.5rem 0;box-sizing:border-box}}.wrong{{color:#b00}}</style>
<h1>Sign in</h1>
<p>An app wants to use your photos. You will be sent to <strong>{target}</strong>; go on only if you know it.</p>
<p class="wrong" role="alert">{wrong}</p>
<form method="post"><label>Key of your workspace
<input name="key" type="password" autocomplete="off" required autofocus></label><button>Sign in</button></form>
</html>"""

_Challenge = Annotated[str, Field(min_length=43, max_length=128, pattern=r"^[A-Za-z0-9._~-]+$")]


class Beginning(Params):
    """How an app begins."""

    redirect_uri: Annotated[str, Field(max_length=2_000)]
    code_challenge: _Challenge | None = None
    code_challenge_method: Literal["S256", "plain"] | None = None


class Signing(Beginning):
    """What the page that asks for the key is about."""

    state: Annotated[str, Field(max_length=200)]


class Exchange(Body):
    """What an app brings back."""

    code: Annotated[str, Field(max_length=200)] | None = None
    state: Annotated[str, Field(max_length=200)] | None = None
    code_verifier: Annotated[str, Field(max_length=200)] | None = None
    error: Annotated[str, Field(max_length=1_000)] | None = None


@router.get("/api/oauth/auth-url")
def begin(request: Request, asked: Annotated[Beginning, Depends(from_query(Beginning))]) -> Response:
    """Return the address of the page that asks for the key."""
    _target(asked.redirect_uri)
    values = asked.model_dump(exclude_none=True) | {"state": secrets.token_urlsafe(24)}
    return answer({"url": f"{context_of(request).origin(request)}/api/oauth/authorize?{urlencode(values)}"})


@router.get("/api/oauth/authorize")
def show_page(asked: Annotated[Signing, Depends(from_query(Signing))]) -> Response:
    """Show the page that asks for the key."""
    return _page(asked, "")


@router.post("/api/oauth/authorize")
async def sign_in(request: Request) -> Response:
    """Check the key, and send the browser back to the app with a code."""
    asked = build(Signing, dict(request.query_params), "query")
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    return await run_in_threadpool(_sign_in, request, asked, fields.get("key", [""])[0].strip())


@router.post("/api/oauth/exchange")
def exchange(request: Request, body: Annotated[Exchange, Depends(from_body(Exchange))]) -> Response:
    """Give a token for a code, once."""
    if body.error is not None or not body.code:
        raise Unauthenticated("the sign-in did not succeed")
    context = context_of(request)
    key = _digest(body.code)
    entry = context.installation.catalog.find_entry(CODES, key)
    if entry is None:
        raise Unauthenticated("unknown code")
    library = context.installation.library(entry.workspace)
    try:
        library.entries.delete(CODES, key)
    except NotFound:  # somebody else had it at the same time
        raise Unauthenticated("unknown code") from None
    value = entry.value
    fresh = datetime.fromisoformat(value["expires"]) > datetime.now(UTC)
    if not (fresh and _equal(value["state"], body.state) and _proven(value, body.code_verifier)):
        raise Unauthenticated("the code is not good for this exchange")
    scope = Scope(value["scope"])
    token = context.authority.create_token(library.workspace, scope=scope, ttl=_TOKEN_LIFETIME)
    caller = Caller.of(request, Principal(library.workspace, scope), Scope.READ)
    user = {
        "id": user_id(caller),
        "clerk_user_id": None,
        "email": None,
        "first_name": library.workspace.name,
        "last_name": None,
        "is_active": True,
        "is_verified": True,
    }
    return answer({"access_token": token, "user": user})


@router.get("/api/oauth/logout-endpoint")
def logout_endpoint(request: Request) -> Response:
    """Return where an app leads somebody who signs out; a token ends by itself."""
    return answer({"logout_endpoint": f"{context_of(request).origin(request)}/api/oauth/logout"})


@router.get("/api/oauth/logout")
async def signed_out() -> Response:
    """Say that somebody has signed out: the app has forgotten its token."""
    return HTMLResponse("<!doctype html><title>Signed out</title><p>You are signed out.", headers=_HEADERS)


def _sign_in(request: Request, asked: Signing, key: str) -> Response:
    _target(asked.redirect_uri)
    context = context_of(request)
    try:
        principal = context.authority.authenticate(key)
    except FototecaError:
        return _page(asked, "This key is not known here.", 401)
    code = secrets.token_urlsafe(32)
    value = {
        "state": asked.state,
        "challenge": asked.code_challenge,
        "method": asked.code_challenge_method or "plain",
        "scope": str(principal.scope),
        "expires": (datetime.now(UTC) + _CODE_LIFETIME).isoformat(),
    }
    context.installation.library(principal.workspace.name).entries.create(CODES, _digest(code), value)
    return RedirectResponse(_with(asked.redirect_uri, code=code, state=asked.state), 303, _HEADERS)


def _page(asked: Signing, wrong: str, status: int = 200) -> Response:
    page = _PAGE.format(target=html.escape(_target(asked.redirect_uri)), wrong=html.escape(wrong))
    return HTMLResponse(page, status, _HEADERS)


def _target(uri: str) -> str:
    """Return what to show of where the browser will be sent.

    Raises:
        RequestValidationError: It is no place to send a browser to.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise invalid("query", "redirect_uri", "an absolute URI") from None
    web = parts.scheme in {"http", "https"}
    if not parts.scheme or parts.scheme in _UNSAFE_SCHEMES or (web and not parts.hostname) or parts.username:
        raise invalid("query", "redirect_uri", "an absolute URI, of the web or of an app", uri)
    return f"{parts.scheme}://{parts.netloc}" if web else f"the app {parts.scheme}:"


def _with(uri: str, **values: str) -> str:
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return urlunsplit(parts._replace(query=query))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _equal(one: str, other: str | None) -> bool:
    return hmac.compare_digest(one.encode(), (other or "").encode())


def _proven(value: dict[str, str | None], verifier: str | None) -> bool:
    """Whether the verifier is the one that the challenge was made of; without a challenge none is needed."""
    challenge = value["challenge"]
    if challenge is None:
        return True
    if value["method"] == "plain":
        return _equal(challenge, verifier)
    digest = hashlib.sha256((verifier or "").encode()).digest()
    return _equal(challenge, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
