"""`/api/search`: by words, by an image, by both, or by filters alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from fototeca.dialects.gumnut.errors import BadRequest, answer, invalid
from fototeca.dialects.gumnut.finding import Finder, Found
from fototeca.dialects.gumnut.query import AssetFilters, Filter
from fototeca.dialects.gumnut.render import Renderer
from fototeca.dialects.gumnut.requests import Include, Limit, Reader, Routes, Text, build, from_query, gathered
from fototeca.dialects.gumnut.scope import resolve
from fototeca.errors import MediaError
from fototeca.http import Caller

router = Routes()

_CRITERIA = (
    "query, image, person_ids, album_id, media_type, ratings, local_datetime_after or local_datetime_before is needed"
)
_MAX_IMAGE = 64 * 2**20


class Search(AssetFilters):
    """A question."""

    query: Text | None = None
    page: Annotated[int, Field(ge=1)] = 1
    limit: Limit = 20
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    include: Include | None = None

    @property
    def words(self) -> str:
        """The free text without blanks around it."""
        return (self.query or "").strip()

    @property
    def narrows(self) -> bool:
        """Whether a filter was sent that is a question by itself."""
        bounds = (self.local_datetime_after, self.local_datetime_before, self.captured_after, self.captured_before)
        named = (self.person_id, self.person_ids, self.album_id, self.album_ids, self.media_type, self.ratings)
        return any(named) or any(bound is not None for bound in bounds)


@router.get("/api/search")
def search(caller: Reader, asked: Annotated[Search, Depends(from_query(Search))]) -> Response:
    """Answer a question that came as parameters."""
    return _answer(caller, asked, None)


@router.post("/api/search")
async def search_by_form(caller: Reader, request: Request) -> Response:
    """Answer a question that came as a form, perhaps with an image; parameters count as well."""
    async with request.form(max_files=1, max_fields=1_000) as form:
        items: Iterable[tuple[str, Any]] = [*request.query_params.multi_items(), *form.multi_items()]
        image = next((value for name, value in items if name == "image"), None)
        texts = [(name, value) for name, value in items if isinstance(value, str)]
        asked = build(Search, gathered(Search, texts), "body")
        picture = await _read(image) if isinstance(image, UploadFile) else None
    return await run_in_threadpool(_answer, caller, asked, picture)


async def _read(image: UploadFile) -> bytes | None:
    if not image.size and not image.filename:
        return None
    data = await image.read(_MAX_IMAGE + 1)
    if len(data) > _MAX_IMAGE:
        raise invalid("body", "image", f"at most {_MAX_IMAGE // 2**20} MiB")
    return data


def _answer(caller: Caller, asked: Search, picture: bytes | None) -> Response:
    if not (asked.words or picture or asked.narrows):
        raise BadRequest(f"At least one search criterion is required: {_CRITERIA}")
    shelf = resolve(caller.library, asked.library_id)
    where = Filter(caller.library, shelf).where(asked.model_copy(update={"state": "live"}))
    finder = Finder(caller.library, where, (asked.page - 1) * asked.limit, asked.limit)
    try:
        found = _find(finder, asked, picture)
    except MediaError as error:
        raise invalid("body", "image", error.message) from error
    assets = {asset.id: asset for asset in caller.library.load([hit.id for hit in found.hits])}
    hits = [hit for hit in found.hits if hit.id in assets]
    rendered = Renderer(caller, asked.include).assets([assets[hit.id] for hit in hits])
    rows = [{"asset": asset, "distance": hit.distance} for asset, hit in zip(rendered, hits, strict=True)]
    return answer({"data": rows, "has_more": found.more, "debug": None})


def _find(finder: Finder, asked: Search, picture: bytes | None) -> Found:
    if picture is not None:
        return finder.by_picture(picture, asked.words, asked.threshold)
    if asked.words:
        return finder.by_words(asked.words, asked.threshold)
    return finder.by_filters()
