"""`/v1/fields` and `/v1/facets`: what can be asked for, and what there is of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from fototeca.http import Router
from fototeca.query import Facet, fields
from fototeca.server.native.answers import FacetAnswer, answer
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import QueryText, names
from fototeca.server.native.search import facet_answer
from fototeca.server.security import Reader

router = Router(prefix="/v1", tags=["search"])

_FIELD = {
    "name": "width",
    "type": "int",
    "doc": "Width as displayed",
    "aliases": [],
    "unit": "pixels",
    "sorts": True,
    "facets": True,
    "how": "folded",
}
_FACETS = {"facets": {"format": {"values": [{"value": "jpg", "count": 31}], "missing": 0}}}


@router.get("/fields", summary="List searchable fields", responses=returns(None, {"fields": [_FIELD]}))
def list_fields(_caller: Reader) -> Response:
    """Return every field that queries, sort and facets can name; `metadata.KEY` is one for every key in use."""
    return answer({"fields": [_described(field) for field in (*fields.FIELDS, *fields.FAMILIES.values())]})


@router.get("/facets", summary="Count values", responses=returns(None, _FACETS))
def count_values(
    caller: Reader,
    field: Annotated[list[str], Query(min_length=1, max_length=100, examples=[["format"]])],
    q: QueryText = "",
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100,
) -> Response:
    """Count the values of fields over what a question finds, by default over everything."""
    facets = [Facet(name, limit) for name in names(field)]
    found = caller.library.search(q, facets=facets, limit=0)
    counted: dict[str, FacetAnswer] = {name: facet_answer(facet) for name, facet in found.facets.items()}
    return answer({"total": found.total, "facets": counted})


def _described(field: fields.Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "doc": field.doc,
        "aliases": field.aliases,
        "unit": field.unit,
        "sorts": field.sorts,
        "facets": field.facets,
        "how": field.how,
    }
