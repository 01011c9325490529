"""`resources/search`, signed search URLs and `resources/visual_search`."""

from __future__ import annotations

import re
import time
from typing import Any

from fastapi import Request
from starlette.responses import Response

from fototeca.dialects.cloudinary import render
from fototeca.dialects.cloudinary.cloud import Cloud, Reading
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.query import DEFAULT_RESULTS, MOST_RESULTS, continued, counted, opened, read
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Router, answering, decoded
from fototeca.query import Fuse, Like, Match, Meaning, Page, Query, Text

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

_LARGEST_PICTURE = 20 * 2**20


@router.post("/resources/search")
@router.get("/resources/search")
def search(request: Request, asking: Reading, sent: Sent) -> Response:
    """Search for assets."""
    return answer(request, found(asking, sent))


def found(cloud: Cloud, sent: Parameters) -> dict[str, Any]:
    """Answer a search."""
    start = time.perf_counter()
    search_ = read(sent, cloud.fields)
    results = cloud.library.answer(search_.query)
    assets = cloud.library.load([hit.id for hit in results.hits])
    if search_.fields:
        resources = [render.chosen(cloud, asset, search_.fields) for asset in assets]
    else:
        resources = [render.found(cloud, asset, search_.extras) for asset in assets]
    shown: dict[str, Any] = {"total_count": results.total, "time": 0, "resources": resources}
    if search_.aggregations:
        shown["aggregations"] = counted(cloud.library, search_, results.facets)
    if results.cursor is not None and resources:
        shown["next_cursor"] = continued(search_.now, results.cursor)
    return shown | {"time": _took(cloud, start)}


@router.post("/resources/visual_search")
@router.get("/resources/visual_search")
def visual_search(request: Request, asking: Reading, sent: Sent) -> Response:
    """Search by a description, by a picture, or by an asset."""
    start = time.perf_counter()
    now, cursor = opened(sent.text("next_cursor"))
    least = _threshold(sent)
    page = Page(sent.integer("max_results", DEFAULT_RESULTS, most=MOST_RESULTS), cursor)
    library = asking.library
    asked = _what_is_asked(asking, sent)
    where = Match("kind", "image")
    if isinstance(asked, bytes):
        results = library.search(
            Query(where=where), picture=asked, limit=page.limit, cursor=cursor, min_relevance=least
        )
        total, assets, after = results.total, [hit.asset for hit in results.hits], results.cursor
    else:
        found_ = library.answer(Query(where=where, rank=asked, page=page, min_relevance=least), least)
        total, assets, after = found_.total, library.load([hit.id for hit in found_.hits]), found_.cursor
    shown: dict[str, Any] = {"resources": [_seen(asking, asset) for asset in assets], "total_count": total}
    if after is not None and assets:
        shown["next_cursor"] = continued(now, after)
    return answer(request, shown | {"time": _took(asking, start)})


def _seen(cloud: Cloud, asset: Any) -> dict[str, Any]:
    """A listing's form, with what a search's has besides."""
    return {**render.found(cloud, asset), **render.listed(cloud, asset, ("tags",))}


def _what_is_asked(cloud: Cloud, sent: Parameters) -> Fuse | Like | bytes:
    """The one input, as a rank or as the bytes of a picture."""
    file = sent.files.get("image_file")
    named = [name for name in ("text", "image_url", "image_asset_id", "image_file") if sent.has(name)]
    if len(named) + (file is not None) != 1:
        raise InvalidInput("Exactly one of text, image_url, image_asset_id, image_file must be given")
    if file is not None:
        return _bounded(file.file.read(_LARGEST_PICTURE + 1))
    match named[0]:
        case "text":
            words = sent.text("text")
            return Fuse((Meaning(words), Text(words, every=False)))
        case "image_asset_id":
            try:
                return Like((cloud.library.get(sent.text("image_asset_id")).id,))
            except NotFound:
                raise NotFound(f"Resource not found - {sent.text('image_asset_id')[:200]}") from None
    given = sent.text(named[0])
    if given.startswith("data:"):
        return _bounded(decoded(given, named[0]))
    with cloud.library.fetched(given) as download:
        return _bounded(download.path.read_bytes())


def _bounded(picture: bytes) -> bytes:
    if not picture or len(picture) > _LARGEST_PICTURE:
        raise InvalidInput(f"the picture has 1 to {_LARGEST_PICTURE:,} bytes", field="image_file")
    return picture


def _threshold(sent: Parameters) -> float:
    text = sent.text("threshold")
    if not text:
        return 0.0
    if not re.fullmatch(r"[01](\.[0-9]{1,9})?|\.[0-9]{1,9}", text) or float(text) > 1:
        raise InvalidInput("Invalid value for parameter threshold", field="threshold", allowed="0 to 1")
    return float(text)


def _took(cloud: Cloud, start: float) -> int:
    """Whole milliseconds, at least one."""
    seconds = time.perf_counter() - start
    cloud.caller.context.metrics.search(seconds)
    return max(1, round(seconds * 1000))
