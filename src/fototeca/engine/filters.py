"""Leaves of a plan: what each expression that asks one field means for the rows of a segment.

Each function checks its expression against the field registry once, and returns how to estimate and select in any
segment.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pyroaring import BitMap

from fototeca.engine.arrays import bitmap_of_mask
from fototeca.engine.coded import CodedColumn
from fototeca.engine.leaf import (
    Leaf,
    code_range,
    literal,
    number_range,
    points,
    scanned_codes,
    some_codes,
    string_field,
)
from fototeca.engine.segment import Segment
from fototeca.engine.strings import NUMBER, TEXT, literal_start, pattern, prefix_range, scalar
from fototeca.engine.wording import beginnings, codes_of, vocabulary_codes, words
from fototeca.errors import QueryError
from fototeca.query.expressions import Box, Count, How, Match, Near, Polygon, Prefix, Range, Under, Wildcard
from fototeca.query.fields import FREE_TEXT, NUMBERS, Field, Type, field
from fototeca.query.polygons import Position, outline
from fototeca.query.words import fold, tokens

EARTH_RADIUS = 6_371_008.8


def match(node: Match) -> Leaf:
    """Answer `Match`."""
    known = field(node.field)
    value, how = literal(known, node.value), node.how
    if known.type in NUMBERS or known.type is Type.DATE:
        return number_range(known, value, value, include_low=True, include_high=True)
    if known.type in {Type.BOOL, Type.OPEN} and not isinstance(value, str):
        return _open_match(known, value)
    text = str(value)
    if how in {How.PHRASE, How.WORDS}:
        return words(known, tokens(text), how)
    if known.type is Type.TEXT:
        raise QueryError(f'field "{known.name}" is matched by words or a phrase only', field=known.name)
    if how is How.EXACT:
        leaf = code_range(known, lambda column: column.exact(text))
    else:
        folded = fold(text)
        leaf = some_codes(known, lambda column: column.folded_equal(folded))
    if known.type is Type.PATH and not (fold(text) if how is How.FOLDED else text):
        return Leaf(lambda segment: leaf.select(segment) | (segment.all - segment.present(known.name)))
    return leaf


def range_(node: Range) -> Leaf:
    """Answer `Range`."""
    known = field(node.field)
    if known.type in {Type.TEXT, Type.BOOL, Type.GEO, Type.VECTOR}:
        raise QueryError(f'field "{known.name}" ({known.type}) has no ranges', field=known.name)
    bounds = [literal(known, bound) for bound in (node.low, node.high) if bound is not None]
    if not bounds:
        return exists(known)
    if any(isinstance(bound, bool) for bound in bounds) or len({isinstance(bound, str) for bound in bounds}) > 1:
        raise QueryError(f'the bounds of "{known.name}" must both be texts or both be numbers', field=known.name)
    low = None if node.low is None else literal(known, node.low)
    high = None if node.high is None else literal(known, node.high)
    if known.type in NUMBERS or known.type is Type.DATE:
        return number_range(known, low, high, include_low=node.include_low, include_high=node.include_high)
    kind = TEXT if isinstance(bounds[0], str) else NUMBER

    def codes(column: CodedColumn) -> tuple[int, int]:
        least = column.least(kind) if low is None else column.key(low)
        first = (bisect_left if low is None or node.include_low else bisect_right)(column.values, least)
        if high is None:
            return first, len(column.values) if kind == TEXT else column.texts_from
        return first, (bisect_right if node.include_high else bisect_left)(column.values, column.key(high))

    return code_range(known, codes)


def prefix(node: Prefix) -> Leaf:
    """Answer `Prefix`."""
    known = string_field(node.field, "prefixes")
    if known.type is Type.TEXT or node.words:
        return beginnings(known, fold(node.prefix))
    if node.folded:
        folded = fold(node.prefix)
        return some_codes(known, lambda column: column.folded_prefix(folded))
    return code_range(known, lambda column: column.prefix_range(node.prefix))


def wildcard(node: Wildcard) -> Leaf:
    """Answer `Wildcard`."""
    known = string_field(node.field, "wildcards")
    if known.type is Type.TEXT:
        matches = pattern(node.pattern, folded=True).match
        start = fold(literal_start(node.pattern))

        def of_words(vocabulary: Sequence[str]) -> Sequence[int]:
            found = range(*prefix_range(vocabulary, start))
            return [code for code in found if vocabulary[code] and matches(vocabulary[code])]

        return vocabulary_codes(known, of_words)
    matches = pattern(node.pattern, folded=node.folded).match

    def of_column(column: CodedColumn) -> Sequence[int]:
        if node.folded:
            texts, codes = column.folded
            return [code for text, code in zip(texts, codes, strict=True) if matches(text)]
        return [code for code in range(column.texts_from, len(column.values)) if matches(column.text(code))]

    return scanned_codes(known, of_column)


def exists(known: Field) -> Leaf:
    """Answer `Exists` of a field."""
    if known.name == "text":
        return Leaf(lambda segment: BitMap().union(*(segment.present(f.name) for f in FREE_TEXT)))
    if known.type is Type.VECTOR:
        space = known.name.partition(".")[2]
        return Leaf(lambda s: s.vectors[space].present if space in s.vectors else BitMap(), cost=0)
    return Leaf(lambda s: s.present(known.name), cost=0)


def count(node: Count) -> Leaf:
    """Answer `Count`."""
    known = field(node.field)
    if known.type is not Type.KEYWORDS:
        raise QueryError(f'field "{known.name}" ({known.type}) holds at most one value', field=known.name)
    codes = None if node.value is None else codes_of(node.value, node.how)

    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        if not isinstance(column, CodedColumn):
            counts = np.zeros(len(segment), np.int64)
        else:
            rows = column.rows if codes is None else column.rows[column.chosen(codes(column))]
            counts = np.bincount(rows, minlength=len(segment))
        within = np.ones(len(segment), np.bool_)
        if node.low is not None:
            within &= counts >= node.low
        if node.high is not None:
            within &= counts <= node.high
        return bitmap_of_mask(within)

    return Leaf(select, cost=2)


def under(node: Under) -> Leaf:
    """Answer `Under`: in a sorted dictionary a subtree is the path itself and one range behind it."""
    known = field(node.field)
    if known.type is not Type.PATH:
        raise QueryError(f'field "{known.name}" ({known.type}) holds no path', field=known.name)
    if not node.path:
        return Leaf(lambda segment: segment.all, cost=0)

    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        if not isinstance(column, CodedColumn):
            return BitMap()
        below = column.rows_of_range(*column.prefix_range(node.path + "/"))
        here = column.rows_of_range(*column.exact(node.path))
        return below | here if here else below

    return Leaf(select, cost=0)


def near(node: Near) -> Leaf:
    """Answer `Near`."""
    if not all(map(math.isfinite, (node.latitude, node.longitude, node.radius))):
        raise QueryError("a position and its radius must be finite numbers", field=node.field)
    latitude, longitude = math.radians(node.latitude), math.radians(node.longitude)

    def inside(latitudes: Any, longitudes: Any) -> Any:
        there = np.radians(latitudes)
        chord = np.sin((there - latitude) / 2) ** 2
        chord += math.cos(latitude) * np.cos(there) * np.sin((np.radians(longitudes) - longitude) / 2) ** 2
        return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(chord, 1))) <= node.radius

    return points(node.field, inside)


def box(node: Box) -> Leaf:
    """Answer `Box`."""
    if not all(map(math.isfinite, (node.south, node.west, node.north, node.east))):
        raise QueryError("the edges of a box must be finite numbers", field=node.field)

    def inside(latitudes: Any, longitudes: Any) -> Any:
        east_of, west_of = longitudes >= node.west, longitudes <= node.east
        between = east_of & west_of if node.west <= node.east else east_of | west_of
        return (latitudes >= node.south) & (latitudes <= node.north) & between

    return points(node.field, inside)


def polygon(node: Polygon) -> Leaf:
    """Answer `Polygon`."""
    corners = outline(node.corners)
    (south, north), (west, east) = ((min(axis), max(axis)) for axis in zip(*corners, strict=True))

    def inside(latitudes: Any, longitudes: Any) -> Any:
        within = np.zeros(len(latitudes), np.bool_)
        for turn in (-360, 0, 360):  # an outline that crosses the 180th meridian goes on behind it
            laid = longitudes + turn
            near_by = (latitudes >= south) & (latitudes <= north) & (laid >= west) & (laid <= east)
            rows = np.flatnonzero(near_by)
            rows = rows[np.argsort(latitudes[rows])]
            within[rows] |= _enclosed(corners, latitudes[rows], laid[rows])
        return within

    return points(node.field, inside)


def _enclosed(corners: Sequence[Position], latitudes: Any, longitudes: Any) -> Any:
    """Which positions, by ascending latitude, an outline encloses an odd number of times or goes through.

    A line from a position to the east crosses the edges that have the position to their west. Each edge looks only at
    the positions between its latitudes.
    """
    odd, on_edge = (np.zeros(len(latitudes), np.bool_) for _ in range(2))
    for (start, west), (end, east) in pairwise(corners):
        south, north = min(start, end), max(start, end)
        first, last = np.searchsorted(latitudes, south, "left"), np.searchsorted(latitudes, north, "right")
        ups, overs = latitudes[first:last], longitudes[first:last]
        side = (east - west) * (ups - start) - (overs - west) * (end - start)
        on_edge[first:last] |= (side == 0) & (overs >= min(west, east)) & (overs <= max(west, east))
        # The northern end is left out, so that a corner counts for one of its two edges.
        odd[first:last] ^= ((side > 0) if end > start else (side < 0)) & (ups < north)
    return odd | on_edge


def _open_match(known: Field, value: bool | float) -> Leaf:  # noqa: FBT001 - a literal, not a switch
    """Answer a number or truth value: equal to it, or in an open field a text that spells it."""
    key, spelling = scalar(value), (TEXT, str(value).lower() if isinstance(value, bool) else str(value))

    def codes(column: CodedColumn) -> Sequence[int]:
        found = [column.code(key), column.code(spelling)]
        return [code for code in found if code is not None]

    return some_codes(known, codes)
