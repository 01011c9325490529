"""Sort keys: how the values of a field compare, within a segment, between segments, and with a cursor.

Texts sort by code point, false before true, and in open fields truth values before numbers before texts; a list by its
first value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows
from fototeca.engine.coded import CodedColumn
from fototeca.engine.columns import Column, NumberColumn
from fototeca.engine.cursor import Position
from fototeca.engine.found import Found
from fototeca.engine.strings import scalar
from fototeca.errors import CursorError, LimitExceeded, QueryError
from fototeca.query.expressions import Sort
from fototeca.query.fields import NUMBERS, Type, field

MAX_KEYS = 16


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


def _doubled(values: Sequence[Any], value: Any) -> int:
    """Return twice the code of a value in a dictionary; for one that is not there, the odd number before the next."""
    code = bisect_left(values, value)
    return 2 * code if code < len(values) and values[code] == value else 2 * code - 1
