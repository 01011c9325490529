"""Signed search URLs: a search that whoever has the URL may ask, and whose answer may be cached."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.access import signatures
from fototeca.dialects.cloudinary.cloud import public, secrets
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.dialects.cloudinary.search import found
from fototeca.errors import InvalidInput, Unauthenticated
from fototeca.http import Router, answering, context_of

router = Router(route_class=answering(refuse), include_in_schema=False)

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{1,16000}={0,2}")


@router.get("/{cloud}/search/{signature}/{ttl}/{tail:path}")
def search(request: Request, cloud: str, signature: str, ttl: str, tail: str) -> Response:
    """Search by a URL that whoever knows a secret has signed."""
    asking = public(request, cloud)
    seconds, query, cursor = _opened(ttl, signature, tail, secrets(request, asking))
    body = found(asking, Parameters(values={**query, "next_cursor": cursor}))
    return answer(request, body, headers={"Cache-Control": f"public, max-age={seconds}"})


@router.get("/search/{signature}/{ttl}/{tail:path}")
def search_on_a_private_domain(request: Request, signature: str, ttl: str, tail: str) -> Response:
    """Search by a signed URL that does not name the cloud: the one whose secret signed it is meant."""
    for workspace in context_of(request).installation.workspaces():
        try:
            return search(request, workspace.name, signature, ttl, tail)
        except Unauthenticated:
            continue
    raise Unauthenticated("Invalid signature")


def _opened(ttl: str, signature: str, tail: str, known: list[str]) -> tuple[int, dict[str, Any], str]:
    """Take a signed URL apart: how long it may be kept, the query, and the cursor behind it.

    Base64 may hold slashes, so the tail is tried as a whole first, then without its last part.
    """
    if not re.fullmatch(r"[0-9]{1,9}", ttl) or int(ttl) <= 0:
        raise InvalidInput("the time to live is a positive number of seconds", field="ttl")
    query, cursor = tail, ""
    try:
        signatures.check_search(ttl, tail, signature, known)
    except Unauthenticated:
        query, _, cursor = tail.rpartition("/")
        signatures.check_search(ttl, query, signature, known)
    return int(ttl), _query_of(query), cursor


def _query_of(text: str) -> dict[str, Any]:
    """The search body in base64 of either alphabet; clients write it in UTF-8 or, as far as it goes, in Latin-1."""
    query = None
    if _BASE64.fullmatch(text):
        try:
            raw = base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_").rstrip("=") + "==")
            query = msgspec.json.decode(_text(raw))
        except (binascii.Error, msgspec.DecodeError, RecursionError):
            query = None
    if not isinstance(query, dict):
        raise InvalidInput("the URL holds no query in base64")
    return query


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
