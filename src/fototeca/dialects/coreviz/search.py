"""Search in a whole organization: frames, the best first."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response
from starlette.routing import Match as Matched
from starlette.types import Scope

from fototeca.assets import Asset
from fototeca.dialects.coreviz import render
from fototeca.dialects.coreviz.collections import check_organization
from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.query import LEAST_SCORE, TEXT_WEIGHT, text_rank
from fototeca.dialects.coreviz.requests import Parameters, Reader
from fototeca.http import Caller, Router, answering
from fototeca.library import Library
from fototeca.query import Ids, Meaning, Page, Query, Sort, Sum

DEFAULT_LIMIT, MAX_LIMIT = 20, 50


class OrganizationRoute(answering(refuse)):  # type: ignore[misc] # the base is made by a function
    """Takes a request only if it names an organization: another API has its own search at the same path."""

    def matches(self, scope: Scope) -> tuple[Matched, Scope]:
        """Say whether a request is for this route."""
        if b"organizationId=" not in scope.get("query_string", b""):
            return Matched.NONE, {}
        found: tuple[Matched, Scope] = super().matches(scope)
        return found


router = Router(route_class=OrganizationRoute, include_in_schema=False)


@router.get("/api/search")
def search(request: Request, caller: Reader) -> Response:
    """Return the frames that fit a text best."""
    parameters = Parameters(request)
    check_organization(caller, parameters.required("organizationId"))
    words = parameters.required("q")
    limit = min(parameters.integer("limit", DEFAULT_LIMIT, 1), MAX_LIMIT)
    rank = Sum((text_rank(words), Meaning(words)), (TEXT_WEIGHT, 1.0))
    order = (Sort("score", descending=True), Sort("created", descending=True), Sort("id"))
    found = caller.library.answer(Query(rank=rank, sort=order, page=Page(limit), min_relevance=LEAST_SCORE), least=0.0)
    totals = {hit.id: hit.score or 0.0 for hit in found.hits}
    texts = _text_ranks(caller.library, words, list(totals))
    assets = caller.library.load(list(totals))
    frames = render.frames_of(caller, assets)
    results = []
    for asset in assets:
        total, text = totals[asset.id], texts.get(asset.id, 0.0)
        frame = render.frame(caller, asset, frames[asset.id][0])
        metrics = {"textRank": text, "objectEmbeddingRank": max(total - text, 0.0), "totalRank": total}
        results.append(_result(caller, asset, frame) | {"rank": total, "rankingMetrics": metrics})
    return render.answer({"results": results})


def _text_ranks(library: Library, words: str, ids: list[int]) -> dict[int, float]:
    """Return what the words alone add to the scores of some files."""
    if not ids:
        return {}
    question = Query(Ids(tuple(ids)), Sum((text_rank(words),), (TEXT_WEIGHT,)), page=Page(len(ids)))
    return {hit.id: hit.score or 0.0 for hit in library.answer(question).hits}


def _result(caller: Caller, asset: Asset, frame: render.Json) -> render.Json:
    captions = render.captions(asset, frame)
    media = {
        "id": asset.uuid,
        "name": asset.filename,
        "type": render.kind(asset),
        "blob": render.blob(caller, asset.uuid),
        "width": asset.width or None,
        "height": asset.height or None,
        "duration": asset.duration,
        "createdAt": render.moment(asset.created),
    }
    return frame | {"media": media, "captions": [{"id": c["id"], "text": c["text"]} for c in captions]}
