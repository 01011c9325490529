"""Facets: exact counts over the hits, by value, by named ranges or by interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappush, heappushpop, nsmallest
from typing import Any

import numpy as np

from fototeca.engine.arrays import Array, Rows, group_starts
from fototeca.engine.coded import CodedColumn
from fototeca.engine.columns import NumberColumn
from fototeca.engine.filters import range_
from fototeca.engine.found import Found
from fototeca.engine.results import FacetResult
from fototeca.engine.segment import moment
from fototeca.engine.strings import plain
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Facet, Range
from fototeca.query.fields import NUMBERS, Field, Type, field

MAX_FACETS = 100
MAX_VALUES = 10_000
_TRIED, _ROWS_OF_A_TRY = 64, 8192
"""Values that are counted by bitmaps before bin counts are cheaper: so many, and one more for so many entries."""
_FEW = 4096  # hits below which bin counts are always cheaper
_UNITS = {"year": "M8[Y]", "month": "M8[M]", "day": "M8[D]"}
_SHOWN = {"year": 4, "month": 7, "day": 10}  # characters of an ISO date


def count_all(facets: Sequence[Facet], founds: Sequence[Found]) -> dict[str, FacetResult]:
    """Count every facet; a second one of a field is named "field#2", and so on.

    Raises:
        QueryError: A field has no facets, or none of that shape.
        LimitExceeded: More facets, values or buckets than are allowed.
    """
    if len(facets) > MAX_FACETS:
        raise LimitExceeded(f"{len(facets)} facets are too many", allowed=f"at most {MAX_FACETS}")
    counted: dict[str, FacetResult] = {}
    seen: Counter[str] = Counter()
    for facet in facets:
        known = field(facet.field)
        seen[known.name] += 1
        key = known.name if seen[known.name] == 1 else f"{known.name}#{seen[known.name]}"
        counted[key] = _count(known, facet, founds)
    return counted


def _count(known: Field, facet: Facet, founds: Sequence[Found]) -> FacetResult:
    if not known.facets:
        raise QueryError(f'field "{known.name}" ({known.type}) has no facets', field=known.name)
    if not 1 <= facet.limit <= MAX_VALUES or len(facet.ranges) > MAX_VALUES:
        raise LimitExceeded("too many values of a facet", field=known.name, allowed=f"1 to {MAX_VALUES}")
    if facet.ranges and facet.interval is not None:
        raise QueryError("a facet has either ranges or an interval", field=known.name)
    missing = sum(len(f.chosen) - f.chosen.intersection_cardinality(f.segment.present(known.name)) for f in founds)
    if facet.ranges:
        return FacetResult(_by_ranges(known, facet, founds), missing)
    if facet.interval is not None:
        return FacetResult(_by_interval(known, facet.interval, founds), missing)
    by_value = _by_number if known.type in NUMBERS or known.type is Type.DATE else _by_code
    return FacetResult(by_value(known, facet.limit, founds), missing)


def _by_code(known: Field, limit: int, founds: Sequence[Found]) -> list[tuple[Any, int]]:
    """Count by value: in the segment with the longest dictionary by bitmaps, commonest values first, or by bin counts.

    Only in that segment is it enough to look at its own first values: any other value that occurs there alone is beaten
    by all of those.
    """
    columns = [(c, f) for f in founds if isinstance(c := f.segment.columns.get(known.name), CodedColumn)]
    columns.sort(key=lambda pair: len(pair[0].values))
    if not columns:
        return []
    totals: Counter[Any] = Counter()
    for column, found in columns[:-1]:
        counts = np.bincount(_codes(column, found), minlength=len(column.values))
        for code in np.flatnonzero(counts).tolist():
            totals[column.values[code]] += int(counts[code])
    column, found = columns[-1]
    leading = _by_bitmaps(column, found, totals, limit)
    if leading is None:
        leading = _by_bins(column, found, totals, limit)
    return [(plain(value), count) for value, count in leading] if column.mixed else leading


def _by_bitmaps(column: CodedColumn, found: Found, totals: Counter[Any], limit: int) -> list[tuple[Any, int]] | None:
    """Add the rows of one segment to the totals, value by value, until no other can be among the first.

    Returns `None` where that would take many values, and bin counts are cheaper.
    """
    most = _TRIED + len(column.rows) // _ROWS_OF_A_TRY
    if limit + len(totals) > most or len(found.chosen) < _FEW:
        return None
    bounds = column.sizes.copy()
    others: dict[int, int] = {}
    counted = Counter[Any]()
    for value, count in totals.items():
        code = column.code(value)
        if code is None:
            counted[value] = count
        else:
            others[code] = count
            bounds[code] += count
    order = np.argsort(-bounds, kind="stable")[: most + 1].tolist() if others else column.commonest[: most + 1]
    best: list[int] = sorted(counted.values())[-limit:]
    heapify(best)
    for tried, code in enumerate(order):
        if len(best) >= limit and bounds[code] < best[0]:
            break
        if tried == most:
            return None
        count = column.rows_of_code(code).intersection_cardinality(found.chosen) + others.get(code, 0)
        if count:
            counted[column.values[code]] = count
            (heappush if len(best) < limit else heappushpop)(best, count)
    return _leading(counted, limit)


def _by_bins(column: CodedColumn, found: Found, totals: Counter[Any], limit: int) -> list[tuple[Any, int]]:
    counts = np.bincount(_codes(column, found), minlength=len(column.values))
    for value in totals:
        place = column.code(value)
        totals[value] += 0 if place is None else int(counts[place])
    held = np.flatnonzero(counts)
    if not totals:  # codes are in the order of their values
        codes = held[np.argsort(-counts[held], kind="stable")[:limit]]
        return list(zip(map(column.values.__getitem__, codes.tolist()), counts[codes].tolist(), strict=True))
    for code in held[np.argsort(-counts[held], kind="stable")[:limit]].tolist():
        totals.setdefault(column.values[code], int(counts[code]))
    return _leading(totals, limit)


def _codes(column: CodedColumn, found: Found) -> Array:
    """Return the codes of the hits' values, each value of a document once."""
    if column.dense:
        return column.codes[found.rows]
    entries = found.mask[column.rows]
    codes = column.codes[entries]
    if column.distinct:
        return codes
    pairs = np.sort(column.rows[entries].astype(np.int64) * len(column.values) + codes)
    return pairs[group_starts(pairs)] % len(column.values)


def _by_number(known: Field, limit: int, founds: Sequence[Found]) -> list[tuple[Any, int]]:
    totals = _totals([_numbers(known, found) for found in founds])
    name = moment if known.type is Type.DATE else plain
    return [(name(value), count) for value, count in _leading(totals, limit)]


def _by_ranges(known: Field, facet: Facet, founds: Sequence[Found]) -> list[tuple[Any, int]]:
    counts = []
    for bucket in facet.ranges:
        leaf = range_(Range(known.name, bucket.low, bucket.high, include_high=False))
        counts.append((bucket.key, sum(f.chosen.intersection_cardinality(leaf.select(f.segment)) for f in founds)))
    return counts


def _by_interval(known: Field, interval: str | float, founds: Sequence[Found]) -> list[tuple[Any, int]]:
    if known.type is Type.DATE and isinstance(interval, str) and interval in _UNITS:
        periods = _by_period(known, _UNITS[interval], founds)
        counted = sorted((start.isoformat()[: _SHOWN[interval]], count) for start, count in periods.items())
    elif known.type in NUMBERS and isinstance(interval, int | float) and math.isfinite(interval) and interval > 0:
        numbers = [_numbers(known, found) for found in founds]
        counted = sorted(_totals([_steps(part, interval) for part in numbers]).items())
    else:
        wanted = '"year", "month" or "day"' if known.type is Type.DATE else "a number above 0, and a number field"
        raise QueryError(f'"{known.name}" cannot be counted by {interval!r}: an interval is {wanted}', field=known.name)
    if len(counted) > MAX_VALUES:
        raise LimitExceeded("the interval is too small", field=known.name, allowed=f"at most {MAX_VALUES} buckets")
    return counted


def _by_period(known: Field, unit: str, founds: Sequence[Found]) -> Counter[Any]:
    totals: Counter[Any] = Counter()
    for found in founds:
        column = found.segment.columns.get(known.name)
        if isinstance(column, NumberColumn):
            starts, places = column.periods(unit)
            counts = np.bincount(places[_entries(column, found)], minlength=len(starts))
            held = np.flatnonzero(counts)
            totals.update(dict(zip(starts[held].tolist(), counts[held].tolist(), strict=True)))
    return totals


def _steps(numbers: Array, interval: float) -> Array:
    """Return where the step that each number lies in starts."""
    if numbers.dtype == np.int64 and isinstance(interval, int) and interval < 1 << 63:
        return numbers // interval * interval
    return np.floor(numbers / float(interval)) * float(interval) + 0.0  # no negative zero


def _numbers(known: Field, found: Found) -> Array:
    """Return the hits' values of a number or date field."""
    column = found.segment.columns.get(known.name)
    if not isinstance(column, NumberColumn):
        return np.empty(0, np.float64 if known.type is Type.FLOAT else np.int64)
    return column.values[_entries(column, found)]


def _entries(column: NumberColumn, found: Found) -> Rows:
    """Return the hits' entries in a column."""
    slots = column.slots(found.rows)
    return slots[slots >= 0]


def _totals(parts: Sequence[Array]) -> Counter[Any]:
    totals: Counter[Any] = Counter()
    for part in parts:
        values, counts = np.unique(part, return_counts=True)
        totals.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    return totals


def _leading(totals: Counter[Any], limit: int) -> list[tuple[Any, int]]:
    return nsmallest(limit, totals.items(), key=lambda pair: (-pair[1], pair[0]))
