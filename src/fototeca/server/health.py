"""Whether the server lives, whether it can answer, and what it has done so far."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from fastapi import Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from fototeca.errors import FototecaError
from fototeca.http import Router
from fototeca.http.context import Context, context_of
from fototeca.server.problems import problem

router = Router(tags=["health"], include_in_schema=False)

_OK = "ok"


@router.get("/healthz")
async def alive() -> Response:
    """Answer as long as the process can; restart it when this fails."""
    return _json({"status": _OK})


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Check what requests need; send none while this fails. The answer names the part that is not ready."""
    context = context_of(request)
    checks = {"catalogue": _catalogue, "blobs": _blobs, "index": _index}
    parts = {name: _outcome(check, context) for name, check in checks.items()}
    failed = [name for name, outcome in parts.items() if outcome != _OK]
    if failed:
        detail = "; ".join(f"{name}: {parts[name]}" for name in failed)
        return problem(503, "not_ready", detail, headers={"Retry-After": "5"}, field=failed[0])
    return _json({"status": _OK, "parts": parts})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Counts in the Prometheus text format; they name no workspace, asset or query."""
    context = context_of(request)
    text = context.metrics.render(context.installation.opened())
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _outcome(check: Callable[[Context], str], context: Context) -> str:
    try:
        return check(context)
    except FototecaError as error:
        return error.message


def _catalogue(context: Context) -> str:
    context.installation.workspaces()
    return _OK


def _blobs(context: Context) -> str:
    context.installation.blobs.check()
    return _OK


def _index(context: Context) -> str:
    if not context.warmed.is_set():
        return "still catching up with the catalogue"
    for library in context.installation.opened():
        library.catch_up()
    return _OK


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
