"""`/v1/enrichment`: what models have seen, what is missing, and what they gave up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.http import Router
from fototeca.server.native.answers import Counted, answer
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Ids, Strict
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/enrichment", tags=["workspace"])

_STANDING = {
    "stages": {"meaning": {"maker": "mini-dual@0123456789abcdef", "missing": 12, "failed": 1}},
    "waiting": {"faces": "no face detector with a face embedder is installed; see `fototeca models list`"},
    "jobs": 1,
}
_FAILED = {"asset_id": 17, "stage": "faces", "attempts": 3, "error": "it has no rendition"}
_Stage = Annotated[str, Field(max_length=50)]


class Retry(Strict):
    """What is to be tried again: one stage's or any, of these assets or of all."""

    model_config = ConfigDict(json_schema_extra={"example": {"stage": "faces"}})

    stage: _Stage | None = None
    ids: Ids | None = None


@router.get("", summary="Get what is missing", responses=returns(None, _STANDING))
def get_standing(caller: Reader) -> Response:
    """Return for each stage how many assets it has not seen yet, and why other stages cannot look at all."""
    return answer(caller.library.enricher.standing())


@router.get("/failed", summary="List what was given up", responses=returns(None, {"failed": [_FAILED]}))
def list_failed(
    caller: Reader,
    stage: Annotated[str | None, Query(max_length=50)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> Response:
    """Return the looks that failed too often to be tried again by themselves, the newest first."""
    return answer({"failed": caller.library.records.enrichments.given_up(stage, limit)})


@router.post("/retry", summary="Try again", responses=returns(Counted, {"count": 3}))
def retry(caller: Writer, body: Retry) -> Response:
    """Let what was given up be tried again, and count the assets that this concerns."""
    return answer(Counted(caller.library.enricher.retry(body.stage, body.ids)))
