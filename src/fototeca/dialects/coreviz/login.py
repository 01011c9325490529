"""Device login: a command line gets a session once somebody with a key approves its code (RFC 8628).

A device code is a signed text, so nothing is stored until it is approved. Approval leaves an entry in the workspace of
whoever approves, under the SHA-256 of the user code; the first to come with the device code takes it away.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import secrets
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from fototeca.access import Authority
from fototeca.assets import Entry, Scope
from fototeca.dialects.coreviz.account import user
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.ids import organization_id
from fototeca.dialects.coreviz.render import answer
from fototeca.dialects.coreviz.requests import Body, Reader, text
from fototeca.errors import AccessError, NotFound
from fototeca.http import Context, Router, answering, context_of

router = Router(route_class=answering(refuse), include_in_schema=False)

CODE_SECONDS = 1800
POLL_SECONDS = 5
SESSION = timedelta(days=30)
APPROVED = "coreviz_login"
"""Kind of the entries that approvals leave."""
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no words come out (RFC 8628, section 6.1)
_PURPOSE = "coreviz-device-code"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Approve a login</title>
<h1>Approve a login</h1><p>{message}</p>
<form method="post"><p><label>Code <input name="user_code" value="{code}" autocomplete="off" required></label></p>
<p><label>Your key <input name="key" type="password" autocomplete="off" required></label></p>
<p><button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button></p></form>
"""
_SAFE = {"Content-Security-Policy": "default-src 'none'; form-action 'self'", "Cache-Control": "no-store"}


@router.post("/api/auth/device/code")
def device_code(request: Request, body: Body) -> Response:
    """Give out a device code and the code that a person approves."""
    text(body, "client_id")
    context = context_of(request)
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    user_code = f"{letters[:4]}-{letters[4:]}"
    said = f"{secrets.token_hex(16)}.{letters}.{int(time.time()) + CODE_SECONDS}"
    page = f"{context.origin(request)}/api/auth/device"
    return answer(
        {
            "device_code": f"{said}.{context.authority.sign(_PURPOSE, said)}",
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={quote(user_code)}",
            "expires_in": CODE_SECONDS,
            "interval": POLL_SECONDS,
        }
    )


@router.post("/api/auth/device/token")
def device_token(request: Request, body: Body) -> Response:
    """Give out a session for an approved code; until then say how it stands."""
    context = context_of(request)
    if body.get("grant_type") != GRANT:
        return _refused("unsupported_grant_type", f"the grant type must be {GRANT}")
    known = _read(context.authority, body.get("device_code"))
    if known is None:
        return _refused("invalid_grant", "the device code was not given out here")
    letters, expires = known
    if expires <= time.time():
        return _refused("expired_token", "the code has expired; ask for another one")
    entry = context.installation.catalog.find_entry(APPROVED, _digest(letters))
    if entry is None:
        return _refused("authorization_pending", "the code is not approved yet")
    return _session(context, entry)


@router.get("/api/auth/get-session")
def get_session(caller: Reader) -> Response:
    """Return the session and its user."""
    said = user(caller)
    organization = organization_id(caller.library.workspace.name)
    return answer({"session": {"userId": said["id"], "activeOrganizationId": organization}, "user": said})


@router.get("/api/auth/device")
def approval_page(user_code: str = "") -> Response:
    """Show the page on which a code is approved."""
    return _page("A program asks to work with your workspace. Approve only a code that you asked for.", user_code)


@router.post("/api/auth/device")
async def approve(request: Request) -> Response:
    """Approve or deny a code, with a key."""
    async with request.form() as form:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return await run_in_threadpool(_decide, context_of(request), fields)


def _decide(context: Context, fields: dict[str, Any]) -> Response:
    code = str(fields.get("user_code", ""))
    letters = code.upper().replace("-", "").strip()
    if len(letters) != 8 or not set(letters) <= set(_LETTERS):
        return _page("That is not a code.", code, 400)
    try:
        principal = context.authority.authenticate(str(fields.get("key", "")).strip())
    except AccessError as error:
        return _page(f"The key was not accepted: {error.message}.", code, 401)
    approved = fields.get("decision") != "deny"
    value = {"scope": str(principal.scope), "approved": approved, "expires": int(time.time()) + CODE_SECONDS}
    library = context.installation.library(principal.workspace.name)
    for entry in library.entries.all(APPROVED):  # those that nobody came for
        if entry.value["expires"] <= time.time():
            with suppress(NotFound):
                library.entries.delete(APPROVED, entry.key)
    library.entries.put(APPROVED, _digest(letters), value)
    return _page("Approved: the program can go on." if approved else "Denied.", "")


def _session(context: Context, entry: Entry) -> Response:
    """Take the approval away, and give the session for it."""
    library = context.installation.library(entry.workspace)
    try:
        library.entries.delete(APPROVED, entry.key)
    except NotFound:
        return _refused("invalid_grant", "the code has been used")
    if entry.value["expires"] <= time.time():
        return _refused("expired_token", "the code has expired; ask for another one")
    if not entry.value["approved"]:
        return _refused("access_denied", "the login was denied")
    scope = Scope(entry.value["scope"])
    token = context.authority.create_token(library.workspace, scope=scope, ttl=SESSION)
    seconds = int(SESSION.total_seconds())
    return answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": str(scope)})


def _read(authority: Authority, code: Any) -> tuple[str, float] | None:
    """Return the user code's letters and the end of a device code; `None` if it was not made here."""
    said, _, signature = code.rpartition(".") if isinstance(code, str) else ("", "", "")
    if not hmac.compare_digest(authority.sign(_PURPOSE, said).encode(), signature.encode()):
        return None
    _, letters, expires = said.split(".")
    return letters, float(expires)


def _digest(letters: str) -> str:
    return hashlib.sha256(letters.encode()).hexdigest()


def _refused(code: str, description: str) -> Response:
    return answer({"error": code, "error_description": description}, 400)


def _page(message: str, code: str, status: int = 200) -> Response:
    shown = _PAGE.format(message=html.escape(message), code=html.escape(code[:20]))
    return HTMLResponse(shown, status, _SAFE)
