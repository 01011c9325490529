"""How many assets there are: by day, week, month or year, and by cells of a map."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Asset
from fototeca.dialects.gumnut.errors import answer, invalid
from fototeca.dialects.gumnut.query import AssetFilters, Filter, box
from fototeca.dialects.gumnut.render import Json, asset_id, moment_of
from fototeca.dialects.gumnut.requests import Limit, Moment, Reader, Routes, from_query
from fototeca.dialects.gumnut.scope import resolve
from fototeca.query import And, Exists, Facet, Page, Query

router = Routes()

MAX_CELLS = 1_000
_AT_ONCE = 1_000


class Counting(AssetFilters):
    """What to count by time."""

    group_by: Literal["day", "week", "month", "year"] = "month"
    order: Literal["asc", "desc"] = "desc"
    limit: Limit = 20
    starting_after_bucket: Moment | None = None


class Clustering(AssetFilters):
    """What to count by place."""

    bbox: str
    cell_size: Annotated[float, Field(ge=0.0001, le=360, allow_inf_nan=False)]


@router.get("/api/assets/counts")
def count_assets(caller: Reader, asked: Annotated[Counting, Depends(from_query(Counting))]) -> Response:
    """Count by time, on the camera's clock; only what holds something is listed."""
    shelf = resolve(caller.library, asked.library_id)
    interval = "day" if asked.group_by == "week" else asked.group_by
    query = Query(
        Filter(caller.library, shelf).where(asked), facets=(Facet("moment", interval=interval),), page=Page(0)
    )
    counted = caller.library.answer(query).facets["moment"].values
    totals: Counter[date] = Counter()
    for bucket, count in counted:
        totals[_start(str(bucket), asked.group_by)] += count
    starts = sorted(totals, reverse=asked.order == "desc")
    if asked.starting_after_bucket is not None:
        last = asked.starting_after_bucket.date()
        starts = [start for start in starts if (start < last if asked.order == "desc" else start > last)]
    page = [{"time_bucket": f"{start.isoformat()}T00:00:00", "count": totals[start]} for start in starts[: asked.limit]]
    return answer({"data": page, "has_more": len(starts) > asked.limit})


@router.get("/api/assets/geo-clusters")
def cluster_assets(caller: Reader, asked: Annotated[Clustering, Depends(from_query(Clustering))]) -> Response:
    """Count by square cells of degrees, with the mean position of each and its latest asset."""
    library = caller.library
    where = And((Filter(library, resolve(library, asked.library_id)).where(asked), Exists("gps"), box(asked.bbox)))
    ids = library.ids(Query(where))
    cells: dict[tuple[int, int], _Cell] = defaultdict(_Cell)
    for start in range(0, len(ids), _AT_ONCE):
        for asset in library.load(ids[start : start + _AT_ONCE]):
            _put(cells, asset, asked.cell_size)
        if len(cells) > MAX_CELLS:
            raise invalid("query", "cell_size", f"more than {MAX_CELLS} cells: ask for a smaller box or larger cells")
    return answer({"data": _shown(cells.values())})


class _Cell:
    """The assets of one cell."""

    def __init__(self) -> None:
        self.count = 0
        self.latitude = 0.0
        self.longitude = 0.0
        self.latest: tuple[datetime, int] | None = None
        self.representative = ""

    def add(self, asset: Asset, latitude: float, longitude: float) -> None:
        self.count += 1
        self.latitude += latitude
        self.longitude += longitude
        key = (moment_of(asset).replace(tzinfo=None), asset.id)
        if self.latest is None or key > self.latest:
            self.latest, self.representative = key, asset_id(asset)


def _put(cells: dict[tuple[int, int], _Cell], asset: Asset, size: float) -> None:
    gps = asset.facts.gps
    if gps is not None:
        place = math.floor(gps.longitude / size), math.floor(gps.latitude / size)
        cells[place].add(asset, gps.latitude, gps.longitude)


def _shown(cells: Iterable[_Cell]) -> list[Json]:
    return [
        {
            "count": cell.count,
            "latitude": cell.latitude / cell.count,
            "longitude": cell.longitude / cell.count,
            "representative_asset_id": cell.representative,
        }
        for cell in cells
    ]


def _start(bucket: str, group: str) -> date:
    """Return the first day of a bucket; weeks begin on Monday."""
    day = date.fromisoformat(f"{bucket}-01-01"[:10] if group == "year" else f"{bucket}-01"[:10])
    return day - timedelta(days=day.weekday()) if group == "week" else day
