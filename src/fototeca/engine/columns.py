"""Columns: what a segment knows of one field, as entries (row, value) ordered by row.

Only rows that have a value have an entry, so one layout serves dense fields, rare ones and many-valued ones. A column
is immutable; what can be derived from it (a sorting permutation, the rows of each value) is made when first asked for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import (
    Array,
    Rows,
    bitmap,
    bitmap_of_any,
    bitmap_of_mask,
    group_starts,
    interleave,
    rows_of,
)

_KEPT_BITMAP = 1024  # rows from which the bitmap of a value is kept once made
_LEAST_BLOCK, _MOST_BLOCKS = 256, 1 << 16
_SORTED_PART = 64  # a part of the rows smaller than one in so many is sorted, of a larger one each row is looked at
_KEPT = 16  # answers of a column that are remembered: the pages and counts of one question ask for the same


class Memory(dict[Any, Any]):
    """The answers to the last few questions; it forgets them all when they get too many."""

    def ask(self, question: Any, answer: Callable[[], Any]) -> Any:
        """Return the remembered answer, or find it."""
        kept = self.get(question)
        if kept is None:
            kept = answer()
            if len(self) >= _KEPT:
                self.clear()
            self[question] = kept
        return kept


class Column:
    """The rows that have a value; all that is known of a long text besides its words.

    Attributes:
        size: Number of rows in the segment.
        rows: Row of each entry, ascending.
    """

    kind = "presence"

    def __init__(self, size: int, rows: Rows) -> None:
        self.size = size
        self.rows = rows

    @cached_property
    def present(self) -> BitMap:
        """The rows that have a value."""
        return bitmap(self.rows[group_starts(self.rows)])

    @cached_property
    def dense(self) -> bool:
        """Whether every row has just one entry, so that its number is the row's."""
        return len(self.rows) == self.size and bool((self.rows[1:] > self.rows[:-1]).all())

    @cached_property
    def _slots(self) -> NDArray[np.int32]:
        slots = np.full(self.size, -1, np.int32)
        firsts = group_starts(self.rows)
        slots[self.rows[firsts]] = firsts
        return slots

    def slots(self, rows: Rows) -> NDArray[np.int32]:
        """Return the first entry of each row, -1 where a row has none."""
        return rows if self.dense else self._slots[rows]

    def warm(self) -> None:
        """Make what many questions need, and what is kept once it is made."""
        if not self.dense:
            self._slots  # noqa: B018 - kept once it is asked for

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {"rows": self.rows}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`, usually mapped from a file."""
        return cls(size, arrays["rows"])

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments; `targets` are those of `fototeca.engine.arrays.interleave`."""
        return cls(size, interleave([c.rows for c in columns], targets)[0])


class NumberColumn(Column):
    """One number for each row: int64 (dates as microseconds of clock time since 1970) or float64 without NaN."""

    kind = "number"

    def __init__(self, size: int, rows: Rows, values: Array, order: Array | None = None) -> None:
        super().__init__(size, rows)
        self.values = values
        self._order = order
        self._ranges = Memory()
        self._counted: list[tuple[BitMap, Array]] = []
        self._periods: dict[str, tuple[Array, NDArray[np.int32]]] = {}

    @property
    def order(self) -> Array:
        """The entries by ascending value."""
        if self._order is None:
            self._order = np.argsort(self.values, kind="stable").astype(np.int32)
        return self._order

    @property
    def block(self) -> int:
        """How many entries of `order` are a block, so that blocks are numbered by sixteen bits."""
        return max(_LEAST_BLOCK, -(-len(self.rows) // _MOST_BLOCKS))

    @cached_property
    def blocks(self) -> NDArray[np.uint16]:
        """Of each entry in which block of `order` it stands."""
        blocks = np.empty(len(self.rows), np.uint16)
        blocks[self.order] = np.arange(len(self.rows)) // self.block
        return blocks

    def counts(self, chosen: BitMap) -> Array:
        """Return how many entries of each block of `order` are of some rows, which must not change any more."""
        for known, counts in self._counted:
            if known is chosen or known == chosen:
                return counts
        slots = self.slots(rows_of(chosen))
        slots = slots if self.dense else slots[slots >= 0]
        counts = np.bincount(self.blocks[slots], minlength=-(-len(self.rows) // self.block))
        self._counted = [(chosen, counts), *self._counted[: _KEPT - 1]]
        return counts

    def warm(self) -> None:
        """Make what ranges need."""
        super().warm()
        self.blocks  # noqa: B018

    def range(self, low: Any, high: Any, *, include_low: bool = True, include_high: bool = True) -> tuple[int, int]:
        """Return the part of `order` with values between two bounds; compared as Python does, exact for any number."""
        entries = memoryview(self.order)  # type: ignore[arg-type] # an array is a buffer
        value = memoryview(self.values).__getitem__  # type: ignore[arg-type]
        first = 0 if low is None else (bisect_left if include_low else bisect_right)(entries, low, key=value)
        last = (
            len(entries) if high is None else (bisect_right if include_high else bisect_left)(entries, high, key=value)
        )
        return first, max(first, last)

    def periods(self, unit: str) -> tuple[Array, NDArray[np.int32]]:
        """Return the periods that hold a date, ascending, and which of them each entry's date is in; they are kept.

        Args:
            unit: Type of the periods, such as "M8[M]" for months.
        """
        kept = self._periods.get(unit)
        if kept is None:
            ascending = self.values[self.order].view("M8[us]").astype(unit)
            firsts = group_starts(ascending)
            places = np.empty(len(self.order), np.int32)
            places[self.order] = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(ascending))))
            kept = self._periods[unit] = ascending[firsts], places
        return kept

    def between(self, first: int, last: int) -> BitMap:
        """Return the rows of a part of `order`."""
        if last - first < _KEPT_BITMAP:
            return bitmap(np.sort(self.rows[self.order[first:last]]))
        kept: BitMap = self._ranges.ask((first, last), lambda: self._between(first, last))
        return kept

    def _between(self, first: int, last: int) -> BitMap:
        if (last - first) * _SORTED_PART < self.size:
            return bitmap(np.sort(self.rows[self.order[first:last]]))
        low, high = first // self.block, (last - 1) // self.block
        inside = self.blocks - np.uint16(low) <= high - low  # what is below wraps around
        inside[self.order[low * self.block : first]] = False
        inside[self.order[last : (high + 1) * self.block]] = False
        return bitmap_of_mask(inside) if self.dense else bitmap_of_any(self.rows[inside], self.size)

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {"rows": self.rows, "values": self.values, "order": self.order}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        return cls(size, arrays["rows"], arrays["values"], arrays["order"])

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments."""
        rows, pick = interleave([c.rows for c in columns], targets)
        return cls(size, rows, np.concatenate([c.values for c in columns])[pick])


class PointColumn(Column):
    """One position for each row: degrees of latitude and longitude, shape [entries, 2]."""

    kind = "point"

    def __init__(self, size: int, rows: Rows, points: NDArray[np.float64]) -> None:
        super().__init__(size, rows)
        self.points = points

    def where(self, test: Callable[[Array, Array], Array]) -> BitMap:
        """Return the rows whose latitude and longitude pass the test."""
        return bitmap(self.rows[test(self.points[:, 0], self.points[:, 1])])

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {"rows": self.rows, "points": self.points}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        return cls(size, arrays["rows"], arrays["points"])

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments."""
        rows, pick = interleave([c.rows for c in columns], targets)
        return cls(size, rows, np.concatenate([c.points for c in columns])[pick])
