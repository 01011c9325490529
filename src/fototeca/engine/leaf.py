"""What a plan's leaves are made of: a way to estimate and one to select, for each layout of column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from pyroaring import BitMap

from fototeca.engine.coded import CodedColumn
from fototeca.engine.columns import NumberColumn, PointColumn
from fototeca.engine.segment import Segment, literal_clock
from fototeca.engine.strings import is_number
from fototeca.errors import QueryError
from fototeca.query.expressions import Value
from fototeca.query.fields import NUMBERS, STRINGS, Field, Type, field

Select: TypeAlias = Callable[[Segment], BitMap]
Estimate: TypeAlias = Callable[[Segment], int]


@dataclass(frozen=True, slots=True)
class Leaf:
    """How to answer one expression.

    Attributes:
        select: Returns the rows of a segment that match.
        estimate: Returns about how many they are, without work.
        cost: 0 for a look-up, 1 for a pass over the rows, 2 for a pass over a dictionary.
    """

    select: Select
    estimate: Estimate = len
    cost: int = 1


def literal(known: Field, value: Value) -> Any:
    """Return a literal as the field's column holds values.

    Raises:
        QueryError: It is of another type than the field's values.
    """
    number = is_number(value)
    if known.type in NUMBERS:
        good, wanted = number, "a number"
    elif known.type is Type.DATE:
        good, wanted = isinstance(value, datetime), "a date"
    elif known.type is Type.BOOL:
        good, wanted = isinstance(value, bool), "true or false"
    elif known.type is Type.OPEN:
        good, wanted = number or isinstance(value, str | bool), "a text, a number, true or false"
    elif known.type in STRINGS:
        good, wanted = isinstance(value, str), "a text"
    else:
        raise QueryError(f'field "{known.name}" ({known.type}) is not compared with values', field=known.name)
    if not good:
        raise QueryError(f'field "{known.name}" takes {wanted}, not {value!r:.100}', field=known.name)
    return literal_clock(value) if isinstance(value, datetime) else value


def string_field(name: str, what: str) -> Field:
    """Return a field of texts; `what` is what it is asked for.

    Raises:
        QueryError: It holds no texts.
    """
    known = field(name)
    if known.type not in STRINGS:
        raise QueryError(f'field "{known.name}" ({known.type}) has no {what}', field=known.name)
    return known


def number_range(known: Field, low: Any, high: Any, *, include_low: bool, include_high: bool) -> Leaf:
    """Answer by a range of the sorted values."""

    def part(column: NumberColumn) -> tuple[int, int]:
        return column.range(low, high, include_low=include_low, include_high=include_high)

    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        return column.between(*part(column)) if isinstance(column, NumberColumn) else BitMap()

    def estimate(segment: Segment) -> int:
        column = segment.columns.get(known.name)
        if not isinstance(column, NumberColumn):
            return 0
        first, last = part(column)
        return last - first

    return Leaf(select, estimate)


def code_range(known: Field, codes: Callable[[CodedColumn], tuple[int, int]]) -> Leaf:
    """Answer by a range of codes."""

    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        return column.rows_of_range(*codes(column)) if isinstance(column, CodedColumn) else BitMap()

    def estimate(segment: Segment) -> int:
        column = segment.columns.get(known.name)
        return column.count(*codes(column)) if isinstance(column, CodedColumn) else 0

    return Leaf(select, estimate, cost=0)


def some_codes(known: Field, codes: Callable[[CodedColumn], Sequence[int]]) -> Leaf:
    """Answer by a set of codes that is looked up."""

    def estimate(segment: Segment) -> int:
        column = segment.columns.get(known.name)
        return sum(column.count(c, c + 1) for c in codes(column)) if isinstance(column, CodedColumn) else 0

    return Leaf(_of_codes(known, codes), estimate, cost=0)


def scanned_codes(known: Field, codes: Callable[[CodedColumn], Sequence[int]]) -> Leaf:
    """Answer by a set of codes that takes a pass over the dictionary to find."""
    return Leaf(_of_codes(known, codes), cost=2)


def _of_codes(known: Field, codes: Callable[[CodedColumn], Sequence[int]]) -> Select:
    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        return column.rows_of_codes(codes(column)) if isinstance(column, CodedColumn) else BitMap()

    return select


def points(name: str, inside: Callable[[Any, Any], Any]) -> Leaf:
    """Answer by a test of latitudes and longitudes.

    Raises:
        QueryError: The field holds no position.
    """
    known = field(name)
    if known.type is not Type.GEO:
        raise QueryError(f'field "{known.name}" ({known.type}) holds no position', field=known.name)

    def select(segment: Segment) -> BitMap:
        column = segment.columns.get(known.name)
        return column.where(inside) if isinstance(column, PointColumn) else BitMap()

    return Leaf(select)
