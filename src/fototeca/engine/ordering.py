"""Order: the best rows of a segment by several sort keys, and the merging of segments by value.

Documents without a value come last in both directions; ties are broken by id in the direction of the last key. Texts
sort by code point, false before true, and in open fields truth values before numbers before texts; a list by its first
value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Bits, Rows, bitmap, held, mask_of, rows_of
from fototeca.engine.coded import CodedColumn
from fototeca.engine.columns import Column, NumberColumn
from fototeca.engine.cursor import Position
from fototeca.engine.scored import Scored
from fototeca.engine.segment import Segment
from fototeca.engine.strings import scalar
from fototeca.errors import CursorError, LimitExceeded, QueryError
from fototeca.query.expressions import Sort
from fototeca.query.fields import NUMBERS, Type, field

MAX_KEYS = 16
_WALK_FROM = 4096  # rows from which walking the sorting permutation beats selecting among all
_LEAST_STEP = 1024  # entries of a sorting permutation that are looked at together


@dataclass(frozen=True)
class Found:
    """The hits in one segment.

    Attributes:
        segment: The segment.
        chosen: Its rows that are hits.
        scored: The rows that the rank reaches; `None` without a rank.
        shown: Those of the hits that pages are made of: all, or where only the first pages are wanted the best.
    """

    segment: Segment
    chosen: BitMap
    scored: Scored | None = None
    shown: BitMap | None = None

    @property
    def paged(self) -> BitMap:
        """The hits that pages are made of."""
        return self.chosen if self.shown is None else self.shown

    @cached_property
    def rows(self) -> Rows:
        """The hits, ascending."""
        return rows_of(self.chosen)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """For each row of the segment whether it is a hit."""
        return mask_of(self.chosen, len(self.segment))

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        """Return the score of each of some rows, NaN where it has none."""
        return np.full(len(rows), np.nan) if self.scored is None else self.scored.of(rows)[0]

    def without(self, ids: NDArray[np.int64]) -> Found:
        """Return the same with these documents left out of the pages."""
        return replace(self, shown=self.paged - bitmap(np.unique(self.segment.rows_of_ids(ids))))


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key.

    Attributes:
        name: Canonical field name, or "score".
        type: Type of its values.
        descending: Whether the greatest comes first.
    """

    name: str
    type: Type
    descending: bool

    def ranks(self, found: Found, rows: Rows) -> tuple[NDArray[np.bool_], Array]:
        """Return which rows have no value, and numbers that ascend in the order of this key where there is one."""
        if self.name == "score":
            scores = found.scores(rows)
            return np.isnan(scores), -scores if self.descending else scores.copy()
        column = found.segment.columns.get(self.name)
        if column is None:
            return np.ones(len(rows), np.bool_), np.zeros(len(rows))
        slots = column.slots(rows)
        if isinstance(column, CodedColumn):
            ranks = column.codes[slots].astype(np.int64) * 2
            return slots < 0, -ranks if self.descending else ranks
        return slots < 0, self._directed(column.values[slots]) if isinstance(column, NumberColumn) else slots

    def common(self, founds: Sequence[Found], rows: Sequence[Rows]) -> tuple[Array, Array]:
        """Return ranks that hold across segments, and which rows have no value."""
        if self.type in NUMBERS or self.type is Type.DATE:
            pairs = [self.ranks(found, each) for found, each in zip(founds, rows, strict=True)]
            missing = np.concatenate([part for part, _ in pairs])
            return np.where(missing, 0, np.concatenate([part for _, part in pairs])), missing
        columns = [found.segment.columns.get(self.name) for found in founds]
        sizes = [len(column.values) if isinstance(column, CodedColumn) else 0 for column in columns]
        longest = max(range(len(founds)), key=sizes.__getitem__)
        told = [self.values(f, each) for at, (f, each) in enumerate(zip(founds, rows, strict=True)) if at != longest]
        place = self._places({value for values in told for value in values if value is not None}, columns[longest])
        missing, ranks = replace(self, descending=False).ranks(founds[longest], rows[longest])
        parts = [np.array([place.get(value, 0.0) for value in values], np.float64) for values in told]
        absent = [np.array([value is None for value in values], np.bool_) for values in told]
        parts.insert(longest, np.where(missing, 0.0, ranks))
        absent.insert(longest, missing)
        everyone = np.concatenate(parts)
        return -everyone if self.descending else everyone, np.concatenate(absent)

    def _places(self, values: set[Any], column: Column | None) -> dict[Any, float]:
        """Return where texts of other segments stand among twice the codes of a column.

        So only the rows of smaller segments need to be spelled out, and most of an index is in one. Texts that lie
        between the same two codes keep their order, as parts of the step from one to the other.
        """
        places = {}
        for at, value in enumerate(sorted(values)):
            rank = _doubled(column.values, value) if isinstance(column, CodedColumn) else 1
            places[value] = rank + (at / len(values) if rank % 2 else 0.0)
        return places

    def rank_of(self, found: Found, value: Any) -> Any:
        """Return where a value stands among `ranks`; codes are doubled there to leave room between them."""
        column = found.segment.columns.get(self.name)
        if column is None and self.name != "score":
            return 0.0  # no row of this segment has a value, so this is compared with none
        if not isinstance(column, CodedColumn):
            return self._directed(value)
        rank = _doubled(column.values, value)
        return -rank if self.descending else rank

    def _directed(self, numbers: Any) -> Any:
        if not self.descending:
            return numbers
        return ~numbers if self.type in {Type.INT, Type.DATE} else -numbers  # the complement never overflows

    def values(self, found: Found, rows: Rows) -> list[Any]:
        """Return the values of rows, comparable between segments, `None` where there is none."""
        if self.name == "score":
            return [score if score == score else None for score in found.scores(rows).tolist()]  # noqa: PLR0124 - NaN
        column = found.segment.columns.get(self.name)
        return [None] * len(rows) if column is None else _values_at(column, rows)

    def accepts(self, value: Any) -> bool:
        """Whether a cursor may hold this value."""
        if value is None:
            return True
        match self.type:
            case Type.INT | Type.DATE:
                return type(value) is int and -(1 << 63) <= value < 1 << 63
            case Type.FLOAT:
                return type(value) is float
            case Type.BOOL | Type.OPEN:
                return isinstance(value, tuple) and len(value) == 2 and scalar(value[1]) == value
            case _:
                return isinstance(value, str)


def keys_of(sorts: Sequence[Sort], *, ranked: bool) -> tuple[Key, ...]:
    """Check sort keys and return them; none given means `score` or `created`, greatest first.

    Raises:
        QueryError: A field does not sort.
        LimitExceeded: There are too many.
    """
    if len(sorts) > MAX_KEYS:
        raise LimitExceeded(f"{len(sorts)} sort keys are too many", allowed=f"at most {MAX_KEYS}")
    return tuple(_key(sort) for sort in sorts or (Sort("score" if ranked else "created", descending=True),))


def _key(sort: Sort) -> Key:
    if sort.field == "score":
        return Key("score", Type.FLOAT, sort.descending)
    known = field(sort.field)
    if not known.sorts:
        raise QueryError(f'field "{known.name}" ({known.type}) does not sort', field=known.name)
    return Key(known.name, known.type, sort.descending)


def check(position: Position, keys: Sequence[Key]) -> Position:
    """Return a cursor's position if it fits the keys.

    Raises:
        CursorError: It does not.
    """
    whole = len(position.values) == len(keys) or (not position.values and position.seen)
    fits = whole and all(type(each) is int and 0 <= each < 1 << 63 for each in (position.id, *position.seen))
    if not fits or not all(key.accepts(value) for key, value in zip(keys, position.values, strict=False)):
        raise CursorError("the cursor is malformed")
    return position


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


def _doubled(values: Sequence[Any], value: Any) -> int:
    """Return twice the code of a value in a dictionary; for one that is not there, the odd number before the next."""
    code = bisect_left(values, value)
    return 2 * code if code < len(values) and values[code] == value else 2 * code - 1


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


def position(found: Found, keys: Sequence[Key], row: int) -> Position:
    """Return the place of a row in the order."""
    rows = np.array([row], np.int32)
    return Position(tuple(key.values(found, rows)[0] for key in keys), int(found.segment.ids[row]))


def _values_at(column: Column, rows: Rows) -> list[Any]:
    """Return the first value of each row as sort keys hold it, `None` where a row has none."""
    slots = column.slots(rows)
    match column:
        case NumberColumn(values=values):
            found = values[slots].tolist()
        case CodedColumn(codes=codes, values=values):
            found = [values[code] if slot >= 0 else None for slot, code in zip(slots, codes[slots], strict=True)]
        case _:
            raise TypeError(column.kind)
    return [value if slot >= 0 else None for slot, value in zip(slots, found, strict=True)]
