"""Searches for assets: from a request to our query, and from counts to aggregations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fototeca.assets import MetadataField
from fototeca.dialects.cloudinary.expression import Translation, parse, translate
from fototeca.dialects.cloudinary.expression.fields import sort_field
from fototeca.dialects.cloudinary.expression.syntax import Syntax
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import CursorError, InvalidInput, LimitExceeded, QueryError
from fototeca.library import Library
from fototeca.query import All, Bucket, Expression, Facet, Match, Page, Query, Sort, Text, normalise

DEFAULT_RESULTS, MOST_RESULTS = 50, 500

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9a-z]{1,14})\.([A-Za-z0-9_=-]{1,8000})")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")
_VALUES = {"format": "format", "resource_type": "kind", "type": "delivery"}
_RANGES: dict[str, tuple[str, Expression]] = {
    "bytes": ("bytes", All()),
    "pixels": ("pixels", All()),
    "image_pixels": ("pixels", Match("kind", "image")),
    "video_pixels": ("pixels", Match("kind", "video")),
    "duration": ("duration", All()),
}
_MOST_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key as clients name it."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What is counted: by value, or in ranges, of all that is found or of one kind of it."""

    name: str
    facet: Facet
    of: Expression


@dataclass(frozen=True, slots=True)
class Search:
    """A request for assets.

    Attributes:
        now: The moment of asking: of the first page, on all further ones.
        query: What it asks the library.
        aggregations: What it wants counted; those of everything are facets of the query.
        extras: What results hold besides the usual.
        fields: What results are cut down to; empty for no cut.
    """

    now: datetime
    query: Query
    aggregations: tuple[Aggregation, ...]
    extras: tuple[str, ...]
    fields: tuple[str, ...]


def read(sent: Parameters, fields: Mapping[str, MetadataField]) -> Search:
    """Read a request.

    Raises:
        QueryError: The expression cannot be understood.
        CursorError: The cursor is none.
        InvalidInput: Something else is not as it should be.
    """
    now, cursor = opened(sent.text("next_cursor"))
    expression = sent.text("expression")
    asked = understood(expression, now, fields)
    orders = read_orders(sent.json("sort_by") if sent.has("sort_by") else None)
    aggregations = tuple(_aggregation(item) for item in _items(sent, "aggregate"))
    ranked = any(order.name == "score" for order in orders) and asked.words
    query = Query(
        where=normalise(asked.where),
        rank=Text(" ".join(asked.words), every=False) if ranked else None,
        sort=_sorts(orders, ranked=bool(ranked)),
        facets=tuple(wanted.facet for wanted in aggregations if wanted.of == All()),
        page=Page(sent.integer("max_results", DEFAULT_RESULTS, most=MOST_RESULTS), cursor),
        keep_unranked=bool(ranked),
    )
    return Search(now, query, aggregations, tuple(sent.texts("with_field")), tuple(sent.texts("fields")))


def understood(expression: str, now: datetime, fields: Mapping[str, MetadataField]) -> Translation:
    """Read and translate an expression.

    Raises:
        QueryError: As Cloudinary words it, with the place where the problem starts.
    """
    try:
        return translate(parse(expression), now, fields)
    except (QueryError, LimitExceeded) as error:
        raise query_error(expression, error) from error


def parsed(expression: str) -> Syntax:
    """Read an expression without translating it; raises as `understood` does."""
    try:
        return parse(expression)
    except (QueryError, LimitExceeded) as error:
        raise query_error(expression, error) from error


def query_error(expression: str, error: InvalidInput) -> QueryError:
    """Word an error as Cloudinary does; clients look for its beginning, and people read its end."""
    at = getattr(error, "position", None) or 0
    shown = f"{expression[:at]} {expression[at:]}" if len(expression) <= 1_000 else expression[:1_000]
    return QueryError(f"Query Error (at position {at + 1}) '{shown}': {error.message}", position=at)


# --- cursors: the moment of the first page, so that "1d" means the same on the next one, and the engine's own


def opened(cursor: str) -> tuple[datetime, str | None]:
    """Return the moment that a cursor's question was asked at, and the engine's cursor; without one, now.

    Raises:
        CursorError: It is not one of ours.
    """
    if not cursor:
        return datetime.now(UTC), None
    found = _CURSOR.fullmatch(cursor)
    try:
        if found:
            return _EPOCH + timedelta(microseconds=int(found[1], 36)), found[2]
    except OverflowError:
        pass
    raise CursorError("the cursor is malformed")


def continued(now: datetime, cursor: str) -> str:
    """Return the cursor for the page after one; it may stand in a path."""
    micros, digits = (now - _EPOCH) // timedelta(microseconds=1), ""
    while micros:
        micros, digit = divmod(micros, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"{digits or '0'}.{cursor}"


# --- order


def read_orders(given: Any) -> list[Order]:
    """Read `[{"public_id": "asc"}]`; also one object, and names alone, which descend.

    Raises:
        InvalidInput: It is something else.
    """
    items = given if isinstance(given, list) else [] if given is None else [given]
    orders: list[Order] = []
    for item in items:
        pair = {item: "desc"} if isinstance(item, str) else item
        if not isinstance(pair, dict) or len(pair) != 1:
            raise _bad("sort_by", 'such as [{"public_id": "asc"}]')
        [(name, direction)] = pair.items()
        if str(direction).lower() not in {"asc", "desc"}:
            raise _bad("sort_by", "asc, desc")
        orders.append(Order(str(name), str(direction).lower() == "desc"))
    return orders


def _sorts(orders: Iterable[Order], *, ranked: bool) -> tuple[Sort, ...]:
    """Everything has the same score where no word is looked for, so that the other keys decide."""
    sorts = []
    for order in orders:
        if order.name == "score":
            sorts += [Sort("score", order.descending)] * ranked
            continue
        name = sort_field(order.name)
        if name is None:
            raise InvalidInput(
                f"Invalid value for parameter sort_by: {order.name[:100]} does not sort", field="sort_by"
            )
        sorts.append(Sort(name, order.descending))
    return tuple(sorts) or (Sort("created", descending=True),)


# --- aggregations


def _aggregation(item: Any) -> Aggregation:
    if isinstance(item, str) and item in _VALUES:
        return Aggregation(item, Facet(_VALUES[item], _MOST_VALUES), All())
    if not isinstance(item, dict) or item.get("type") not in _RANGES or not isinstance(item.get("ranges"), list):
        raise _bad("aggregate", f"{', '.join(_VALUES)}, or an object with type ({', '.join(_RANGES)}) and ranges")
    field, of = _RANGES[item["type"]]
    ranges = tuple(_bucket(entry) for entry in item["ranges"])
    if not 0 < len(ranges) <= 100:
        raise _bad("aggregate", "1 to 100 ranges")
    return Aggregation(item["type"], Facet(field, ranges=ranges), of)


def _bucket(entry: Any) -> Bucket:
    if not isinstance(entry, dict) or not _KEY.fullmatch(str(entry.get("key", ""))):
        raise _bad("aggregate", "ranges with a key of 1 to 20 letters, digits, - and _")
    low, high = (entry.get(name) for name in ("from", "to"))
    numbers = [bound for bound in (low, high) if bound is not None]
    if not numbers or any(isinstance(bound, bool) or not isinstance(bound, int | float) for bound in numbers):
        raise _bad("aggregate", "ranges with numbers as from, to, or both")
    return Bucket(str(entry["key"]), low, high)


def counted(library: Library, search: Search, facets: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the aggregations of a search, given the facets of its answer."""
    answers: dict[str, dict[str, int]] = {}
    of_all = iter(facets.values())
    for wanted in search.aggregations:
        if wanted.of == All():
            facet = next(of_all)
        else:
            where = Query(where=search.query.where & wanted.of, facets=(wanted.facet,), page=Page(0))
            [facet] = library.answer(where).facets.values()
        counts = {str(value): count for value, count in facet.values}
        if facet.missing and not wanted.facet.ranges:
            counts["unknown"] = facet.missing
        answers[wanted.name] = counts
    return answers


def _items(sent: Parameters, name: str) -> list[Any]:
    value = sent.values.get(name)
    if isinstance(value, str):
        value = sent.json(name) if value[:1] in {"[", "{"} else value.split(",") if value else []
    return value if isinstance(value, list) else [] if value is None else [value]


def _bad(name: str, allowed: str) -> InvalidInput:
    return InvalidInput(f"Invalid value for parameter {name}; allowed: {allowed}", field=name, allowed=allowed)
