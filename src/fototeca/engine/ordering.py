"""Order: the best rows of a segment by several sort keys, and the merging of segments by value.

Documents without a value come last in both directions; ties are broken by id in the direction of the last key.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Bits, Rows, held, rows_of
from fototeca.engine.columns import NumberColumn
from fototeca.engine.cursor import Position
from fototeca.engine.found import Found
from fototeca.engine.keys import Key

_WALK_FROM = 4096  # rows from which walking the sorting permutation beats selecting among all
_LEAST_STEP = 1024  # entries of a sorting permutation that are looked at together


def best(found: Found, keys: Sequence[Key], count: int, after: Position | None) -> Rows:
    """Return the first rows of a segment in order, at most `count` of them, behind a position if one is given."""
    rows = None
    if len(found.paged) >= _WALK_FROM + _steps(found, count):
        rows = _walk(found, keys, count, after)
        if rows is not None:
            if len(keys) == 1:
                return rows[:count]
            rows = np.sort(rows)
    if rows is None:
        rows = rows_of(found.paged)
        rows = rows if after is None else rows[_behind(found, keys, rows, after)]
    return first(found, keys, rows, count)


def first(found: Found, keys: Sequence[Key], rows: Rows, count: int) -> Rows:
    """Return the first of ascending rows of a segment, in order, at most `count` of them."""
    return _sorted(found, keys, _select(found, keys, rows, count))


def _behind(found: Found, keys: Sequence[Key], rows: Rows, after: Position) -> NDArray[np.bool_]:
    """Return for each row whether it comes behind the position."""
    behind = np.zeros(len(rows), np.bool_)
    level = np.ones(len(rows), np.bool_)
    for key, value in zip(keys, after.values, strict=True):
        missing, ranks = key.ranks(found, rows)
        if value is None:
            level &= missing
            continue
        rank = key.rank_of(found, value)
        behind |= level & (missing | (ranks > rank))
        level &= ~missing & (ranks == rank)
    ids = found.segment.ids[rows]
    return behind | level & (ids < after.id if keys[-1].descending else ids > after.id)


def _select(found: Found, keys: Sequence[Key], rows: Rows, count: int) -> Rows:
    """Return the `count` first of ascending rows, in no particular order."""
    if len(rows) <= count:
        return rows
    key, *rest = keys
    missing, ranks = key.ranks(found, rows)
    there = rows[~missing] if missing.any() else rows
    if len(there) < count:
        return np.concatenate((there, _tied(found, key, rest, rows[missing], count - len(there))))
    ranks = ranks[~missing] if len(there) < len(rows) else ranks
    edge = np.partition(ranks, count - 1)[count - 1]
    before = there[ranks < edge]
    return np.concatenate((before, _tied(found, key, rest, there[ranks == edge], count - len(before))))


def _tied(found: Found, key: Key, rest: Sequence[Key], rows: Rows, count: int) -> Rows:
    """Return the `count` first of ascending rows that are equal up to and with `key`."""
    if rest:
        return _select(found, rest, rows, count)
    return rows[max(len(rows) - count, 0) :] if key.descending else rows[:count]


def _sorted(found: Found, keys: Sequence[Key], rows: Rows) -> Rows:
    ordering: list[Array] = [-rows if keys[-1].descending else rows]
    for key in reversed(keys):
        missing, ranks = key.ranks(found, rows)
        if missing.any():
            ranks[missing] = 0
            ordering += [ranks, missing]
        else:
            ordering.append(ranks)
    return rows[np.lexsort(ordering)]


def _walk(found: Found, keys: Sequence[Key], count: int, after: Position | None) -> Rows | None:
    """Return rows that hold the `count` first, found by walking the first key's sorting permutation, in its order.

    The permutation keeps equal values by ascending row, and is walked backwards where the greatest comes first; so
    where there is one key only, that is the order of the hits. Returns `None` where there is no such permutation, or
    where it ends too early.
    """
    key = keys[0]
    column = found.segment.columns.get(key.name)
    if not isinstance(column, NumberColumn) or (after is not None and after.values[0] is None):
        return None
    size = len(column.rows)
    chosen = found.segment.bits(found.paged)
    start, parts = 0, []
    if after is not None:
        first, last = column.range(after.values[0], after.values[0])
        start, end = (size - last, size - first) if key.descending else (first, last)
        level = _met(column, chosen, start, end, descending=key.descending)
        parts, start = [level[_behind(found, keys, level, after)]], end  # what comes later in the walk is behind
    known = sum(map(len, parts))
    step = max(_LEAST_STEP, count - known)
    while start < size and known < count:
        end = min(start + step, size)
        if len(keys) > 1:
            end = _tie_end(column, end, descending=key.descending)
        parts.append(_met(column, chosen, start, end, descending=key.descending))
        known, start, step = known + len(parts[-1]), end, step * 2
    return np.concatenate(parts) if known >= count else None


def _met(column: NumberColumn, chosen: Bits, start: int, end: int, *, descending: bool) -> Rows:
    """Return those of some rows that are met in a part of the sorting permutation, in its order."""
    rows = _permuted(column, start, end, descending=descending)
    return rows[held(chosen, rows)]


def _steps(found: Found, count: int) -> int:
    """Return how far one goes in a permutation of all rows, to be rather sure to meet so many hits."""
    return 2 * count * len(found.segment) // max(len(found.paged), 1)


def _permuted(column: NumberColumn, start: int, end: int, *, descending: bool) -> Rows:
    """Return the rows of a part of the sorting permutation; descending, it is counted and read from its end."""
    size = len(column.rows)
    entries = column.order[size - end : size - start][::-1] if descending else column.order[start:end]
    return entries if column.dense else column.rows[entries]


def _tie_end(column: NumberColumn, end: int, *, descending: bool) -> int:
    """Return how far a walk that wants to end here must go so as not to part equal values."""
    size = len(column.rows)
    edge = column.values[column.order[size - end if descending else end - 1]].item()
    first, last = column.range(edge, edge)
    return size - first if descending else last


def page(founds: Sequence[Found], keys: Sequence[Key], part: slice, after: Position | None) -> tuple[Array, Rows]:
    """Return a part of the hits of all segments, in order, counted from behind a position if one is given.

    Returns:
        For each hit, which of `founds` it is in, and its row there.
    """
    if part.stop <= part.start or part.start >= sum(len(found.paged) for found in founds):
        return np.empty(0, np.intp), np.empty(0, np.int32)
    most = max(founds, key=lambda found: len(found.paged), default=None)
    deep = None if most is None or after is not None else _deep(most, founds, keys, part)
    rows = [deep[1] if deep and found is most else best(found, keys, part.stop, after) for found in founds]
    if deep:
        part = slice(part.start - deep[0], part.stop - deep[0])
    return joined(founds, keys, rows, part)


def joined(founds: Sequence[Found], keys: Sequence[Key], rows: Sequence[Rows], part: slice) -> tuple[Array, Rows]:
    """Return a part of what the first rows of all segments are together, in order, as `page` does."""
    if len(founds) < 2:
        only = rows[0][part] if rows else np.empty(0, np.int32)
        return np.zeros(len(only), np.intp), only
    owners = np.repeat(np.arange(len(founds)), [len(each) for each in rows])
    everyone = np.concatenate(rows)
    ids = np.concatenate([found.segment.ids[each] for found, each in zip(founds, rows, strict=True)])
    ordering: list[Array] = [-ids if keys[-1].descending else ids]
    for key in reversed(keys):
        ordering += key.common(founds, rows)
    order = np.lexsort(ordering)[part]
    return owners[order], everyone[order]


def _deep(found: Found, founds: Sequence[Found], keys: Sequence[Key], part: slice) -> tuple[int, Rows] | None:
    """Return the hits of a segment that may stand in a part of all, in order, and how many were left out before them.

    The hits are counted by block of the sorting permutation, which tells where in it the part is. Of this segment as
    many may be left out as would be if all hits of the others came first. `None` where walking there is quicker, or
    there is no permutation.
    """
    start, count = part.start - sum(len(each.paged) for each in founds if each is not found), len(found.paged)
    column = found.segment.columns.get(keys[0].name)
    quicker = start <= 0 or count < _WALK_FROM or _steps(found, part.stop) < count
    if quicker or len(keys) > 1 or not isinstance(column, NumberColumn):
        return None
    counts = column.counts(found.paged)
    edges = np.minimum(np.arange(len(counts) + 1) * column.block, len(column.rows))
    if keys[0].descending:
        edges, counts = len(column.rows) - edges[::-1], counts[::-1]
    reached = np.append(0, np.cumsum(counts))
    if reached[-1] < part.stop:
        return None
    first, last = int(np.searchsorted(reached, start, "right")) - 1, int(np.searchsorted(reached, part.stop))
    chosen = found.segment.bits(found.paged)
    rows = _met(column, chosen, int(edges[first]), int(edges[last]), descending=keys[0].descending)
    return int(reached[first]), rows[: part.stop - int(reached[first])]
