"""Vector columns: half-precision rows, cosines by an exact scan, and the sample that relevance is calibrated against.

**Score.** The highest cosine of a document's rows to the query, computed in float32 from the float16 rows as they were
given, rounded to steps of 1e-5.

**Relevance.** How far the cosine stands out from what this query finds in the library at random. The sample are the
1,000 live documents with a row in the space (of the whole index, whatever the filter) whose `scatter(id)` is smallest.
With the sample's best cosines c, centre = median(c) and spread = max(1.4826 * median(|c - centre|), 0.02), a robust
deviation:

    relevance = 1 / (1 + exp(3 - (score - centre) / spread))

so a document three deviations above the library's usual likeness gets one half.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows, group_starts, interleave, spans
from fototeca.engine.columns import Column
from fototeca.engine.costs import Costs
from fototeca.engine.quantised import Lists
from fototeca.engine.scanning import flat

SCORE_DIGITS = 5
SAMPLE = 1000
_LEAST_SPREAD = 0.02
_DEVIATIONS = 3.0
_MAD_TO_DEVIATION = 1.4826
_BIAS = np.float32(2.0 ** (127 - 15))  # makes up for the difference of the exponents' biases
_BLOCK = 1 << 18  # numbers turned into float32 at a time, so that they stay in the cache
_SELECTIVE = 0.5  # share of the rows below which only the chosen ones are read
LISTED = 40_000
"""Entries from which lists are made; fewer are scanned in a few milliseconds."""


class VectorColumn(Column):
    """The vectors of one space: any number of rows for each document.

    Attributes:
        vectors: float16, shape [entries, dimension]; neither zero nor infinite.
        owners: What each of them belongs to, such as a face; int64.
    """

    kind = "vectors"

    def __init__(
        self,
        size: int,
        rows: Rows,
        vectors: NDArray[np.float16],
        scales: Array | None = None,
        owners: NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__(size, rows)
        self.vectors = vectors
        self._scales = scales
        self.owners = np.zeros(len(rows), np.int64) if owners is None else owners
        self._kept: dict[str, Array] = {}

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def scales(self) -> Array:
        """One over the length of each vector, float32."""
        if self._scales is None:
            norms = [np.linalg.norm(_widened(part), axis=1) for part in self._blocks(self.vectors)]
            self._scales = 1 / np.concatenate(norms)
        return self._scales

    @cached_property
    def one_each(self) -> bool:
        """Whether no document has several rows here."""
        return len(self.rows) == len(self.present)

    @cached_property
    def lists(self) -> Lists | None:
        """The lists of a large space, once they are made."""
        return Lists.restore(self._kept) if self._kept else None

    @cached_property
    def costs(self) -> Costs:
        """What looking at vectors costs here."""
        return Costs(*self._kept["costs"].tolist()) if self._kept else Costs.typical(self.dimension)

    @cached_property
    def flat(self) -> Any:
        """The rows as faiss scans them, where they lie; its ids are entries, its scores products."""
        self._rows_alive = np.ascontiguousarray(self.vectors)
        return flat(self._rows_alive)

    @cached_property
    def scale_range(self) -> tuple[float, float]:
        """The least and the greatest of `scales`."""
        return float(self.scales.min()), float(self.scales.max())

    def warm(self) -> None:
        """Read the lists."""
        super().warm()
        if self.lists is not None:
            self.lists.centroids  # noqa: B018

    def settle(self) -> None:
        """Make the lists of a large space; takes a minute for a million rows. Before, and meanwhile, it is scanned."""
        if len(self.rows) < LISTED or self._kept:
            return
        lists = Lists.make(self._narrow_units, len(self.rows))
        self.lists, self.costs = lists, Costs.measured(self.flat, lists, self.cosines_of)
        self._kept = lists.arrays() | {"costs": np.array(self.costs)}

    def _narrow_units(self, part: Any) -> NDArray[np.float32]:
        units: NDArray[np.float32] = _widened(self.vectors[part]) * self.scales[part][:, None]
        return units

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
        products = [_raw(part) @ raised for part in self._blocks(self.vectors)]
        return self.best_of(entries, (np.concatenate(products) * self.scales)[entries])

    def cosines_of(self, entries: NDArray[np.int64], direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of each of these entries to a unit vector."""
        if not len(entries):
            return np.empty(0, np.float32)
        raised = direction * _BIAS
        products = [_raw(np.take(self.vectors, part, axis=0)) @ raised for part in self._blocks(entries)]
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

    def _blocks(self, array: Array) -> list[Array]:
        step = max(_BLOCK // self.dimension, 1)
        return [array[start : start + step] for start in range(0, len(array), step)]

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
        vectors = self.vectors[entries].astype(np.float64)
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
        first: dict[str, Array] = {"rows": self.rows, "vectors": self.vectors}
        return first | {"scales": self.scales, "owners": self.owners} | self._kept

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        first = ("rows", "vectors", "scales", "owners")
        restored = cls(size, *(arrays[name] for name in first))
        restored._kept = {name: array for name, array in arrays.items() if name not in first}
        return restored

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments."""
        rows, pick = interleave([c.rows for c in columns], targets)
        vectors, scales, owners = (
            np.concatenate(parts)[pick]
            for parts in ([c.vectors for c in columns], [c.scales for c in columns], [c.owners for c in columns])
        )
        return cls(size, rows, vectors, scales, owners)


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
    return np.asarray(np.isfinite(rows).all(axis=1) & rows.any(axis=1))


def scatter(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a fixed pseudo-random number for each id (the finaliser of SplitMix64; Steele, Lea and Flood, 2014)."""
    z = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def relevance(scores: Array, sample: Array) -> NDArray[np.float64]:
    """Return the relevance of cosines, given those of the sample; see the module's formula."""
    if not len(sample):
        return np.zeros(len(scores))
    centre, spread = _usual(sample)
    exponent = _DEVIATIONS - (scores.astype(np.float64) - centre) / spread
    return 1 / (1 + np.exp(exponent))


def cosine(relevance: float, sample: Array) -> float:
    """Return the cosine of a relevance between 0 and 1, given those of the sample."""
    centre, spread = _usual(sample)
    return centre + spread * (_DEVIATIONS - math.log(1 / relevance - 1))


def _usual(sample: Array) -> tuple[float, float]:
    centre = _median(sample)
    return centre, max(_MAD_TO_DEVIATION * _median(np.abs(sample - centre)), _LEAST_SPREAD)


def _median(numbers: Array) -> float:
    """Return the median; `np.median` takes ten times as long for so few."""
    ascending, half = np.sort(numbers), len(numbers) // 2
    return float(ascending[half] if len(numbers) % 2 else (ascending[half - 1] + ascending[half]) / 2)
