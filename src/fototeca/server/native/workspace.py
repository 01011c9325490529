"""`/v1/workspace` and `/v1/changes`: what the workspace holds, and what happened in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Status
from fototeca.http import Router
from fototeca.server.native.answers import answer
from fototeca.server.native.openapi import returns
from fototeca.server.security import Reader

router = Router(prefix="/v1", tags=["workspace"])

_WORKSPACE = {
    "name": "demo",
    "created": "2026-05-01T10:00:00Z",
    "assets": {"active": 480, "pending": 0, "trashed": 2},
    "bytes": 1_900_000_000,
    "sequence": 1031,
}
_CHANGE = {
    "sequence": 1031,
    "entity": "asset",
    "entity_id": 17,
    "action": "updated",
    "at": "2026-05-01T10:00:00Z",
    "detail": {"reason": "details", "fields": ["title"]},
}


@router.get("/workspace", summary="Get the workspace", responses=returns(None, _WORKSPACE))
def get_workspace(caller: Reader) -> Response:
    """Return how much the credential's workspace holds: assets by status, and the bytes of their originals."""
    library = caller.library
    content = {
        "name": library.workspace.name,
        "created": library.workspace.created,
        "assets": {status: library.records.assets.count(status) for status in Status},
        "bytes": library.records.assets.total_bytes(),
        "sequence": library.changes.head(),
    }
    return answer(content)


@router.get("/changes", summary="Follow changes", responses=returns(None, {"changes": [_CHANGE], "head": 1031}))
def list_changes(
    caller: Reader,
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000,
) -> Response:
    """Return the change log after a sequence number, in order and without gaps; `head` is its newest entry."""
    changes = caller.library.changes
    return answer({"changes": changes.since(after, limit), "head": changes.head()})
