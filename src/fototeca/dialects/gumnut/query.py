"""From a request's filters to a query."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from fototeca.assets import Asset, Kind
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.errors import BadRequest, invalid
from fototeca.dialects.gumnut.requests import Ids, Include, Moment, Paged, Params
from fototeca.dialects.gumnut.scope import Shelf
from fototeca.errors import NotFound
from fototeca.library import Library
from fototeca.query import All, And, Box, Exists, Expression, Match, Near, Not, Or, Range, Sort, fields
from fototeca.query import Ids as IdsOf

STACK = "stack"
"""Key of the fact that holds the UUID of an asset's stack."""
_MAX_RADIUS = 50_000.0
_NO_STARS = 0


class AssetFilters(Params):
    """The filters that lists, counts, clusters and searches share."""

    library_id: str | None = None
    album_id: str | None = None
    album_ids: Ids = Field(default_factory=list)
    album_filter: Literal["all", "in_album", "not_in_album"] = "all"
    person_id: str | None = None
    person_ids: Ids = Field(default_factory=list)
    local_datetime_after: Moment | None = None
    local_datetime_before: Moment | None = None
    captured_after: Moment | None = None
    captured_before: Moment | None = None
    media_type: Literal["image", "video"] | None = None
    ratings: Annotated[list[Annotated[int, Field(ge=0, le=5)]], Field(max_length=6)] = Field(default_factory=list)
    bbox: str | None = None
    center: str | None = None
    radius: float | None = None
    state: Literal["live", "trashed", "all"] = "live"


class AssetList(AssetFilters, Paged):
    """What a list of assets is asked for."""

    ids: Ids = Field(default_factory=list)
    stack_id: str | None = None
    include: Include | None = None
    order: Literal["asc", "desc"] = "desc"


@dataclass(frozen=True, slots=True)
class Filter:
    """Turns filters into an expression, with the ids of one workspace.

    Attributes:
        shelf: The library that the request is about.
    """

    library: Library
    shelf: Shelf

    def where(self, asked: AssetFilters) -> Expression:
        """Return which assets the filters leave.

        Raises:
            RequestValidationError: Filters contradict each other, or a place is none.
            NotFound: A filter names an album or a person that does not exist.
        """
        parts = [self.shelf.where, _state(asked.state), *self._albums(asked), *self._people(asked)]
        parts += _moments(asked)
        if asked.media_type is not None:
            video = Match("kind", str(Kind.VIDEO))
            parts.append(video if asked.media_type == "video" else Not(video))
        if asked.ratings:
            parts.append(_rated(asked.ratings))
        parts += _place(asked)
        return And(tuple(part for part in parts if part != All()))

    def among(self, ids: list[str]) -> Expression:
        """Return that it is one of these assets; ids that name nothing are left out."""
        found = self.library.records.assets.by_uuid(identifiers.known(identifiers.ASSET, ids))
        return IdsOf(tuple(found.values()))

    def _albums(self, asked: AssetFilters) -> list[Expression]:
        inside = Exists("album_id")
        named = [*([asked.album_id] if asked.album_id else []), *asked.album_ids]
        if asked.album_filter == "not_in_album":
            if named:
                raise invalid("query", "album_filter", "not_in_album cannot be combined with album_id", "not_in_album")
            return [Not(inside)]
        parts: list[Expression] = [inside] if asked.album_filter == "in_album" else []
        if asked.album_id:
            parts.append(self._in_album(asked.album_id))
        if asked.album_ids:
            parts.append(Or(tuple(self._in_album(each) for each in asked.album_ids)))
        return parts

    def _in_album(self, album_id: str) -> Expression:
        album = self.library.albums.get(identifiers.decode(identifiers.ALBUM, album_id))
        return Match("album_id", str(album.id))

    def _people(self, asked: AssetFilters) -> list[Expression]:
        if asked.person_id and asked.person_ids:
            raise invalid("query", "person_id", "send either person_id or person_ids", asked.person_id)
        named = [asked.person_id] if asked.person_id else asked.person_ids
        people = (self.library.people.get(identifiers.decode(identifiers.PERSON, each)) for each in named)
        return [Match("person_id", str(person.id)) for person in people]


def listed(found: Filter, asked: AssetList) -> Expression:
    """Return which assets a list holds, whatever page of it."""
    parts = [found.where(asked)]
    if asked.ids:
        parts.append(found.among(asked.ids))
    if asked.stack_id:
        parts.append(Match(f"metadata.{STACK}", identifiers.decode(identifiers.STACK, asked.stack_id)))
    return And(tuple(parts))


def sorting(asked: AssetList) -> tuple[Sort, ...]:
    """Return the order of a list: by the moment of capture, in the trash by when it was put there."""
    down = asked.order == "desc"
    return Sort(_sort_field(asked), down), Sort("id", down)


def after(library: Library, asked: AssetList) -> Expression:
    """Return what comes after the last item of the page before; that one need not be in the list any more.

    Raises:
        BadRequest: There is no such asset.
    """
    if asked.starting_after_id is None:
        return All()
    try:
        last = library.get(identifiers.decode(identifiers.ASSET, asked.starting_after_id))
    except NotFound:
        raise BadRequest(f'starting_after_id: there is no asset "{asked.starting_after_id[:60]}"') from None
    field, down = _sort_field(asked), asked.order == "desc"
    value = _sort_value(last, field)
    if value is None:  # it has left the trash meanwhile, and with it its place in this order
        raise BadRequest("starting_after_id: this asset is not in the trash any more")
    return Or((_beyond(field, value, down=down), And((Match(field, value), _beyond("id", last.id, down=down)))))


def _sort_field(asked: AssetList) -> str:
    return "trashed" if asked.state == "trashed" else "moment"


def _sort_value(asset: Asset, field: str) -> datetime | None:
    if field == "trashed":
        return asset.trashed
    moment: datetime = fields.field(field).value(asset)
    return moment.replace(tzinfo=None)


def _beyond(field: str, value: int | datetime, *, down: bool) -> Range:
    if down:
        return Range(field, high=value, include_high=False)
    return Range(field, low=value, include_low=False)


def _state(state: str) -> Expression:
    if state == "all":
        return Exists("status")
    return Match("status", "trashed" if state == "trashed" else "active")


def _moments(asked: AssetFilters) -> list[Expression]:
    """Both bounds are strict, and both spellings of a bound hold where both were sent."""
    lows = [bound for bound in (asked.local_datetime_after, asked.captured_after) if bound is not None]
    highs = [bound for bound in (asked.local_datetime_before, asked.captured_before) if bound is not None]
    if len({bound.tzinfo is None for bound in (*lows, *highs)}) > 1:
        raise invalid("query", "local_datetime_after", "give an offset with both bounds, or with neither")
    return [*(_bound(low=low) for low in lows), *(_bound(high=high) for high in highs)]


def _bound(*, low: datetime | None = None, high: datetime | None = None) -> Expression:
    """Compare with the camera's clock; instants, where the bound and the asset both have an offset."""
    bound = low or high
    clock = Range(
        "moment",
        None if low is None else low.replace(tzinfo=None),
        None if high is None else high.replace(tzinfo=None),
        include_low=False,
        include_high=False,
    )
    if bound is None or bound.tzinfo is None:
        return clock
    instant = Range("instant", low, high, include_low=False, include_high=False)
    return Or((instant, And((Not(Exists("instant")), clock))))


def _rated(ratings: list[int]) -> Expression:
    """0 stands for whatever has no rating from 1 to 5, too."""
    parts: list[Expression] = [Match("rating", stars) for stars in ratings if stars != _NO_STARS]
    if _NO_STARS in ratings:
        parts.append(Not(Range("rating", 1, 5)))
    return Or(tuple(parts))


def _place(asked: AssetFilters) -> list[Expression]:
    if asked.bbox is not None and (asked.center is not None or asked.radius is not None):
        raise invalid("query", "bbox", "send either bbox or center with radius", asked.bbox)
    if (asked.center is None) != (asked.radius is None):
        missing = "radius" if asked.radius is None else "center"
        raise invalid("query", missing, "center and radius belong together")
    if asked.bbox is not None:
        return [box(asked.bbox)]
    if asked.center is None or asked.radius is None:
        return []
    longitude, latitude = _degrees("center", asked.center, 2)
    if not 0 < asked.radius <= _MAX_RADIUS:
        raise invalid("query", "radius", f"more than 0 and at most {_MAX_RADIUS:.0f} metres", asked.radius)
    return [Near("gps", latitude, longitude, asked.radius)]


def box(text: str) -> Box:
    """Read `west,south,east,north`; west > east crosses the 180th meridian.

    Raises:
        RequestValidationError: It is something else.
    """
    west, south, east, north = _degrees("bbox", text, 4)
    if south > north:
        raise invalid("query", "bbox", "the south must not lie above the north", text)
    return Box("gps", south, west, north, east)


def _degrees(name: str, text: str, count: int) -> list[float]:
    """Read pairs of longitude and latitude."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    limits = (180.0, 90.0) * (count // 2)
    if len(numbers) != count or not all(
        math.isfinite(number) and abs(number) <= limit for number, limit in zip(numbers, limits, strict=True)
    ):
        shape = "lon,lat" if count == 2 else "min_lon,min_lat,max_lon,max_lat"
        raise invalid("query", name, f"{shape}, in degrees", text)
    return numbers
