"""Vector columns: half-precision rows, cosines by an exact scan, and a sample of them.

**Rows.** Of a row only its direction counts: one whose length is not one is made a unit vector when it comes in.

**Score.** The highest cosine of a document's rows to the query, computed in float32 from the float16 rows, rounded to
steps of 1e-5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows, group_starts, interleave, spans
from fototeca.engine.columns import Column
from fototeca.engine.costs import Costs
from fototeca.engine.lists import ListedRows, Lists
from fototeca.engine.relevance import scatter
from fototeca.engine.scanning import Best, flat, scan

SCORE_DIGITS = 5
_INFINITE = 0b11111 << 11  # exponent of what is not finite, where the sign is shifted out
_BIAS = np.float32(2.0 ** (127 - 15))  # makes up for the difference of the exponents' biases
_BLOCK = 1 << 18  # numbers turned into float32 at a time, so that they stay in the cache
_UNIT = 1e-3  # how far from one the length of a row may be
_FETCHED = 16_384  # rows that are fetched before they are scanned
_SELECTIVE = 0.5  # share of the rows below which only the chosen ones are read
LISTED = 10_000
"""Entries from which lists are made; fewer are scanned in a few milliseconds."""


class VectorColumn(Column):
    """The vectors of one space: any number of rows for each document.

    Attributes:
        vectors: float16, shape [entries, dimension]; neither zero nor infinite. Of a space with lists list by list, see
            `Lists.order`; else in the order of the entries.
        owners: What each entry belongs to, such as a face; int64.
        lists: The lists of a large space, once they are made.
    """

    kind = "vectors"

    def __init__(  # noqa: PLR0917 - the arrays that a column of vectors is
        self,
        size: int,
        rows: Rows,
        vectors: NDArray[np.float16],
        scales: Array | None = None,
        owners: NDArray[np.int64] | None = None,
        lists: Lists | None = None,
        costs: Costs | None = None,
    ) -> None:
        super().__init__(size, rows)
        self.vectors = np.ascontiguousarray(vectors)
        self._scales = scales
        self.owners = np.zeros(len(rows), np.int64) if owners is None else owners
        self.lists = lists
        self.costs = costs or Costs.typical(self.dimension)

    @classmethod
    def of(cls, size: int, rows: Rows, given: NDArray[np.float16], owners: NDArray[np.int64] | None = None) -> Self:
        """Return a column of rows of any length."""
        other = np.abs(_lengths(given) - 1) > _UNIT
        if other.any():
            wide = given[other].astype(np.float64)
            given = given.copy()
            given[other] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
        return cls(size, rows, given, owners=owners)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def scales(self) -> Array:
        """One over the length of each entry's vector, float32."""
        if self._scales is None:
            self._scales = 1 / _lengths(self.vectors)
        return self._scales

    @cached_property
    def one_each(self) -> bool:
        """Whether no document has several rows here."""
        return len(self.rows) == len(self.present)

    @cached_property
    def scale_range(self) -> tuple[float, float]:
        """The least and the greatest of `scales`."""
        return float(self.scales.min()), float(self.scales.max())

    @cached_property
    def listed(self) -> ListedRows | None:
        """The vectors of a space with lists, to be searched."""
        return None if self.lists is None else ListedRows(self.lists, self.vectors)

    @cached_property
    def _flat(self) -> Any:
        return flat(self.vectors)

    def scan(self, direction: NDArray[np.float32], count: int, bits: NDArray[np.uint8] | None = None) -> Best:
        """Return the entries with the `count` greatest products, of those in `bits` only, if given."""
        return (
            scan(self._flat, direction, count, bits)
            if self.listed is None
            else self.listed.scan(direction, count, bits)
        )

    def scan_of(self, entries: NDArray[np.int64], direction: NDArray[np.float32], count: int) -> Best:
        """Return those of some ascending entries with the `count` greatest products; quicker than their cosines."""
        places = entries if self.lists is None else np.sort(self.places_of(entries))  # read in the order of storage
        best = Best.none()
        for start in range(0, len(places), _FETCHED):
            part = places[start : start + _FETCHED]
            rows = np.take(self.vectors, part, axis=0)
            found = scan(flat(rows), direction, count)
            best = best.joined(Best(found.products, part[found.entries].astype(np.int64))).leading(count)
        return best if self.lists is None else Best(best.products, self.lists.order[best.entries])

    def warm(self) -> None:
        """Make the lists ready to be searched."""
        super().warm()
        self.listed  # noqa: B018

    def settled(self) -> Self:
        """Return the column with lists, if it is large; takes a minute for a million rows. Before, it is scanned."""
        if len(self.rows) < LISTED or self.lists is not None:
            return self
        lists = Lists.make(self._narrow_units, len(self.rows))
        made = type(self)(self.size, self.rows, self.vectors[lists.order], self.scales, self.owners, lists)
        if made.listed is not None:
            made.costs = Costs.measured(lists, made.listed, made.scan_of)
        return made

    def _narrow_units(self, part: Any) -> NDArray[np.float32]:
        units: NDArray[np.float32] = _widened(self._vectors_of(part)) * self.scales[part][:, None]
        return units

    def places_of(self, entries: Any) -> Any:
        """Return where among `vectors` some entries are: their numbers, or a slice."""
        return entries if self.lists is None else self.lists.places[entries]

    def _vectors_of(self, entries: Any) -> NDArray[np.float16]:
        """Return the vectors of some entries: their numbers, or a slice."""
        places = self.places_of(entries)
        found: NDArray[np.float16] = (
            self.vectors[places] if isinstance(places, slice) else np.take(self.vectors, places, axis=0)
        )
        return found

    def cosines(self, direction: NDArray[np.float32], chosen: NDArray[np.bool_]) -> tuple[Rows, NDArray[np.float32]]:
        """Return the chosen rows that have a vector, ascending, and the best cosine of each.

        Args:
            direction: Unit vector.
            chosen: For each row of the segment whether it counts.
        """
        entries = np.flatnonzero(chosen[self.rows])
        if len(entries) < len(self.rows) * _SELECTIVE:
            return self.best_of(entries, self.cosines_of(entries, direction))
        raised = direction * _BIAS
        products = np.concatenate([_raw(part) @ raised for part in _blocks(self.vectors, self.dimension)])
        return self.best_of(entries, products[self.places_of(entries)] * self.scales[entries])

    def cosines_of(self, entries: NDArray[np.int64], direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of each of these entries to a unit vector."""
        if not len(entries):
            return np.empty(0, np.float32)
        raised = direction * _BIAS
        products = [_raw(self._vectors_of(part)) @ raised for part in _blocks(entries, self.dimension)]
        cosines: NDArray[np.float32] = np.concatenate(products) * np.take(self.scales, entries)
        return cosines

    def best_of(self, entries: NDArray[np.int64], cosines: NDArray[np.float32]) -> tuple[Rows, NDArray[np.float32]]:
        """Return the rows that own ascending entries, and the best cosine of each."""
        owners = self.rows[entries]
        if self.one_each or not len(owners):
            return owners, cosines
        firsts = group_starts(owners)
        return owners[firsts], np.maximum.reduceat(cosines, firsts)

    def entries_of(self, rows: Rows) -> NDArray[np.int64]:
        """Return the entries of ascending rows."""
        if self.one_each:
            slots = self.slots(rows)
            return slots[slots >= 0].astype(np.int64)
        first = np.searchsorted(self.rows, rows)
        return spans(first, np.searchsorted(self.rows, rows, "right") - first)

    def units(self, row: int) -> NDArray[np.float64]:
        """Return the unit vectors of one row of the segment, shape [n, dimension]."""
        return self._units(self._entries(row))

    def units_of(self, owner: int, live: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the unit vectors in live rows that belong to one owner, shape [n, dimension]."""
        entries = np.flatnonzero(self.owners == owner)
        return self._units(entries[live[self.rows[entries]]])

    def nearest_owners(self, rows: Rows, unit: NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
        """Yield of each row with a vector its place among `rows`, the owner of its nearest vector, and that cosine."""
        places = np.argsort(rows)
        entries = self.entries_of(rows[places])
        held = self.rows[entries]
        cosines = np.round(self.cosines_of(entries, unit).astype(np.float64), SCORE_DIGITS)
        best = np.lexsort((-cosines, held))
        best = best[group_starts(held[best])]
        at = places[np.searchsorted(rows[places], held[best])]
        return zip(at.tolist(), self.owners[entries[best]].tolist(), cosines[best].tolist(), strict=True)

    def _entries(self, row: int) -> slice:
        first, last = np.searchsorted(self.rows, (row, row + 1)).tolist()
        return slice(first, last)

    def _units(self, entries: slice | NDArray[np.intp]) -> NDArray[np.float64]:
        vectors = self._vectors_of(entries).astype(np.float64)
        units: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return units

    def sample(self, ids: NDArray[np.int64], count: int) -> Sample:
        """Return the first rows by `scatter` of their ids, at most `count`; kept for the next query."""
        if self._sample is None or self._sample.count < count:
            rows = self.rows[group_starts(self.rows)]
            numbers = scatter(ids[rows])
            first = np.argpartition(numbers, count)[:count] if count < len(rows) else np.arange(len(rows))
            first = first[np.argsort(numbers[first])]
            rows = rows[first]
            starts = np.searchsorted(self.rows, rows)
            entries = spans(starts, np.searchsorted(self.rows, rows, "right") - starts)
            self._sample = Sample(
                count, rows, numbers[first], self._narrow_units(entries), group_starts(self.rows[entries])
            )
        return self._sample

    _sample: Sample | None = None

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        arrays: dict[str, Array] = {"rows": self.rows, "vectors": self.vectors}
        arrays |= {"scales": self.scales, "owners": self.owners}
        return arrays if self.lists is None else arrays | self.lists.arrays() | {"costs": np.array(self.costs)}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        lists = Lists.restore(arrays) if "lists" in arrays else None
        costs = Costs(*arrays["costs"].tolist()) if "costs" in arrays else None
        return cls(size, arrays["rows"], arrays["vectors"], arrays["scales"], arrays["owners"], lists, costs)

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments; lists must be made anew."""
        rows, pick = interleave([c.rows for c in columns], targets)
        scales, owners = (
            np.concatenate(parts)[pick] for parts in ([c.scales for c in columns], [c.owners for c in columns])
        )
        where = pick if all(column.lists is None for column in columns) else _places(columns)[pick]
        return cls(size, rows, np.concatenate([c.vectors for c in columns])[where], scales, owners)


@dataclass(frozen=True, slots=True)
class Sample:
    """Some documents of a column, drawn by `scatter`.

    Attributes:
        count: How many were asked for.
        rows: Their rows.
        numbers: What `scatter` gives for their ids, ascending.
        units: Their unit vectors, the rows of a document one after the other.
        firsts: Where each document's start.
    """

    count: int
    rows: Rows
    numbers: NDArray[np.uint64]
    units: NDArray[np.float32]
    firsts: NDArray[np.int64]

    def cosines(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the best cosine of each document."""
        cosines: NDArray[np.float32] = self.units @ direction
        return cosines if len(cosines) == len(self.rows) else np.maximum.reduceat(cosines, self.firsts)


def _places(columns: Sequence[VectorColumn]) -> NDArray[np.int64]:
    """Return where each entry's vector is, among those of several columns one after the other."""
    lengths = [len(column.rows) for column in columns]
    places = [column.places_of(np.arange(length)) for column, length in zip(columns, lengths, strict=True)]
    where: NDArray[np.int64] = np.repeat(np.cumsum(lengths) - lengths, lengths) + np.concatenate(places)
    return where


def _blocks(array: Array, dimension: int) -> list[Array]:
    step = max(_BLOCK // dimension, 1)
    return [array[start : start + step] for start in range(0, len(array), step)]


def _lengths(rows: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return the length of each vector."""
    lengths: NDArray[np.float32] = np.concatenate(
        [np.linalg.norm(_widened(part), axis=1) for part in _blocks(rows, rows.shape[1])]
    )
    return lengths


def _widened(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return finite float16 numbers as float32, several times faster than `astype` does it."""
    wide = _raw(halves)
    wide *= _BIAS
    return wide


def _raw(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return finite float16 numbers as float32, divided by `_BIAS`.

    The fraction and exponent are moved to their places in a float32; the cast repeats the sign in bits 28 to 30, which
    are cleared.
    """
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70000000)
    return bits.view(np.float32)


def usable(vectors: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return the rows that have a direction: finite and not zero."""
    rows = np.atleast_2d(np.asarray(vectors, np.float16))
    return rows[directed(rows)]


def directed(rows: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Return which rows have a direction."""
    magnitudes = (rows.view(np.uint16) << 1).max(axis=1, initial=0)  # without their signs, halves are in order of bits
    return np.asarray((magnitudes > 0) & (magnitudes < _INFINITE))
