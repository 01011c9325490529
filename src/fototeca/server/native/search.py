"""`/v1/search`: one question, as a JSON body or as parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Discriminator, Field, Tag
from starlette.responses import Response

from fototeca.assets import Owner
from fototeca.engine import FacetResult
from fototeca.errors import InvalidInput
from fototeca.http import Caller, Router, decoded
from fototeca.library import Found, Region
from fototeca.query import Bucket, Facet, Value, fields, parse_expression
from fototeca.server.native.answers import Count, FacetAnswer, SearchAnswer, answer, hit, projection
from fototeca.server.native.openapi import EXAMPLE_ASSET, returns
from fototeca.server.native.requests import Id, Limit, QueryText, Share, Strict, build, names
from fototeca.server.security import Reader

router = Router(prefix="/v1/search", tags=["search"])

_Bound = float | str | None
_Examples = Annotated[tuple[Id, ...], Field(max_length=100)]
_Name = Annotated[str, Field(max_length=100)]
_Names = Annotated[tuple[_Name, ...], Field(max_length=100)]

_ANSWER = returns(
    SearchAnswer,
    {
        "total": 1,
        "hits": [{"id": 17, "score": 2.31, "relevance": 0.84, "asset": EXAMPLE_ASSET}],
        "facets": {"format": {"values": [{"value": "png", "count": 1}], "missing": 0}},
        "took_ms": 1.2,
    },
    doc="One page of hits",
)


class RangeRequest(Strict):
    """A named range of a facet: `from` is included, `to` is not; dates are ISO texts."""

    key: _Name
    low: _Bound = Field(None, alias="from")
    high: _Bound = Field(None, alias="to")


class FacetRequest(Strict):
    """What to count: a field's values, or ranges or intervals of them."""

    field: _Name
    ranges: Annotated[tuple[RangeRequest, ...], Field(max_length=100)] = ()
    interval: float | Annotated[str, Field(max_length=10)] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 20

    def facet(self) -> Facet:
        """Return it as the query tree knows it."""
        dates = fields.field(self.field).type is fields.Type.DATE
        ranges = (Bucket(r.key, _bound(r.low, dates=dates), _bound(r.high, dates=dates)) for r in self.ranges)
        return Facet(self.field, self.limit, tuple(ranges), self.interval)


def _form(facet: object) -> str:
    return "name" if isinstance(facet, str) else "facet"


# Told apart by their form, so that an error speaks of the one that was meant.
_Facet = Annotated[Annotated[_Name, Tag("name")] | Annotated[FacetRequest, Tag("facet")], Discriminator(_form)]


class RegionRequest(Strict):
    """A part of an asset's picture: left, top, width and height, as shares (0..1) of it."""

    asset: Id
    box: tuple[Share, Share, Share, Share]


class SearchRequest(Strict):
    """A question; every part of it may be left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "query": "cat color:orange width>=400",
                "limit": 20,
                "sort": ["-taken"],
                "facets": ["format", {"field": "taken", "interval": "year"}],
                "fields": ["filename", "title", "urls"],
            }
        }
    )

    query: QueryText = ""
    filter: QueryText = Field("", description="A further condition in the query language; it does not rank.")
    like: _Examples = ()
    unlike: _Examples = ()
    of: Owner = Field(Owner.ASSET, description="What `like` and `unlike` are ids of.")
    picture: str | None = Field(None, description="An example image, in base64 (also as a data URI).")
    region: RegionRequest | None = Field(None, description="A part of an asset's picture as example.")
    among: Owner | None = Field(
        None,
        description="What words, picture and region are compared with: by default assets, for a region objects.",
    )
    limit: Limit = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    cursor: Annotated[str, Field(max_length=10_000)] | None = None
    sort: _Names = ()
    facets: Annotated[tuple[_Facet, ...], Field(max_length=100)] = ()
    fields: _Names = ()
    min_relevance: Annotated[float, Field(ge=0, le=1)] | None = None
    explain: bool = False


@router.post("", summary="Search", responses=_ANSWER)
def search(caller: Reader, body: SearchRequest) -> Response:
    """Answer a question: exact filters, words, likeness, mixed at will; exact totals and facets, stable paging."""
    wanted = projection(body.fields)
    found = find(caller, body)
    return answer(
        SearchAnswer(
            total=found.total,
            hits=[hit(caller, each, wanted) for each in found.hits],
            facets={name: facet_answer(facet) for name, facet in found.facets.items()},
            cursor=found.cursor,
            took_ms=round(found.took_ms, 3),
            explain=found.explain,
        )
    )


@router.get("", summary="Search by parameters", responses=_ANSWER)
def search_by_parameters(
    caller: Reader,
    *,
    q: QueryText = "",
    filter: QueryText = "",  # noqa: A002 - named as in the body
    like: Annotated[list[str] | None, Query(examples=[["17,23"]])] = None,
    unlike: Annotated[list[str] | None, Query(examples=[["42"]])] = None,
    of: Owner = Owner.ASSET,
    among: Owner | None = None,
    limit: Limit = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    cursor: Annotated[str | None, Query(max_length=10_000)] = None,
    sort: Annotated[list[str] | None, Query(examples=[["-taken"]])] = None,
    facet: Annotated[list[str] | None, Query(examples=[["format"]])] = None,
    fields: Annotated[list[str] | None, Query(examples=[["filename,urls"]])] = None,
    min_relevance: Annotated[float | None, Query(ge=0, le=1)] = None,
    explain: bool = False,
) -> Response:
    """Answer the same question as `POST /v1/search`; lists are repeated or separated by commas."""
    values = {
        "query": q,
        "filter": filter,
        "like": names(like),
        "unlike": names(unlike),
        "of": of,
        "among": among,
        "limit": limit,
        "offset": offset,
        "cursor": cursor,
        "sort": names(sort),
        "facets": names(facet),
        "fields": names(fields),
        "min_relevance": min_relevance,
        "explain": explain,
    }
    return search(caller, build(SearchRequest, values, "query"))


def find(caller: Caller, request: SearchRequest) -> Found:
    """Ask the library, and count the search."""
    found = caller.library.search(
        request.query,
        where=parse_expression(request.filter) if request.filter else None,
        like=request.like,
        unlike=request.unlike,
        of=request.of,
        region=None if request.region is None else Region(request.region.asset, request.region.box),
        among=request.among,
        picture=None if request.picture is None else decoded(request.picture, "picture"),
        sort=request.sort,
        facets=[facet if isinstance(facet, str) else facet.facet() for facet in request.facets],
        limit=request.limit,
        cursor=request.cursor,
        offset=request.offset,
        min_relevance=request.min_relevance,
        explain=request.explain,
    )
    caller.context.metrics.search(found.took_ms / 1000)
    return found


def facet_answer(facet: FacetResult) -> FacetAnswer:
    """Return counts as answers show them."""
    return FacetAnswer([Count(value, count) for value, count in facet.values], facet.missing)


def _bound(value: _Bound, *, dates: bool) -> Value | None:
    if not dates or value is None:
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f'"{value}" is not an ISO date', field="ranges", allowed="such as 2023-06-01") from None
