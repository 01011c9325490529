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

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows, group_starts, interleave
from fototeca.engine.columns import Column

SCORE_DIGITS = 5
SAMPLE = 1000
_LEAST_SPREAD = 0.02
_DEVIATIONS = 3.0
_MAD_TO_DEVIATION = 1.4826
_BLOCK = 1024  # rows turned into float32 at a time, so that they stay in the cache
_SELECTIVE = 0.5  # share of the rows below which only the chosen ones are read


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

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def scales(self) -> Array:
        """One over the length of each vector, float32."""
        if self._scales is None:
            norms = [np.linalg.norm(_widened(part), axis=1) for part in _blocks(self.vectors)]
            self._scales = 1 / np.concatenate(norms)
        return self._scales

    @cached_property
    def _one_each(self) -> bool:
        return len(self.rows) == len(self.present)

    def cosines(self, direction: NDArray[np.float32], chosen: NDArray[np.bool_]) -> tuple[Rows, NDArray[np.float32]]:
        """Return the chosen rows that have a vector, ascending, and the best cosine of each.

        Args:
            direction: Unit vector.
            chosen: For each row of the segment whether it counts.
        """
        entries = np.flatnonzero(chosen[self.rows])
        if len(entries) < len(self.rows) * _SELECTIVE:
            found = [_widened(self.vectors[part]) @ direction for part in _blocks(entries)]
        else:
            found = [_widened(part) @ direction for part in _blocks(self.vectors)]
        products = np.concatenate(found) if found else np.empty(0, np.float32)
        if len(products) > len(entries):
            products = products[entries]
        owners, cosines = self.rows[entries], products * self.scales[entries]
        if self._one_each or not len(owners):
            return owners, cosines
        firsts = group_starts(owners)
        return owners[firsts], np.maximum.reduceat(cosines, firsts)

    def units(self, row: int) -> NDArray[np.float64]:
        """Return the unit vectors of one row of the segment, shape [n, dimension]."""
        return self._units(self._entries(row))

    def units_of(self, owner: int, live: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the unit vectors in live rows that belong to one owner, shape [n, dimension]."""
        entries = np.flatnonzero(self.owners == owner)
        return self._units(entries[live[self.rows[entries]]])

    def best(self, row: int, direction: NDArray[np.float64]) -> tuple[int, float] | None:
        """Return the owner of the vector of a row that is nearest to a direction, and its cosine."""
        entries = self._entries(row)
        if entries.start == entries.stop:
            return None
        cosines = self._units(entries) @ (direction / np.linalg.norm(direction))
        at = int(cosines.argmax())
        return int(self.owners[entries.start + at]), round(float(cosines[at]), SCORE_DIGITS)

    def _entries(self, row: int) -> slice:
        first, last = np.searchsorted(self.rows, (row, row + 1)).tolist()
        return slice(first, last)

    def _units(self, entries: slice | NDArray[np.intp]) -> NDArray[np.float64]:
        vectors = self.vectors[entries].astype(np.float64)
        units: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return units

    def scattered(self, ids: NDArray[np.int64]) -> Rows:
        """Return the rows that have a vector, by ascending `scatter` of their ids."""
        if self._scattered is None:
            rows = self.rows[group_starts(self.rows)]
            self._scattered = rows[np.argsort(scatter(ids[rows]))]
        return self._scattered

    _scattered: Rows | None = None

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {"rows": self.rows, "vectors": self.vectors, "scales": self.scales, "owners": self.owners}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        return cls(size, arrays["rows"], arrays["vectors"], arrays["scales"], arrays["owners"])

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments."""
        rows, pick = interleave([c.rows for c in columns], targets)
        vectors, scales, owners = (
            np.concatenate(parts)[pick]
            for parts in ([c.vectors for c in columns], [c.scales for c in columns], [c.owners for c in columns])
        )
        return cls(size, rows, vectors, scales, owners)


def _blocks(array: Array) -> list[Array]:
    return [array[start : start + _BLOCK] for start in range(0, len(array), _BLOCK)]


def _widened(halves: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return finite float16 numbers as float32, several times faster than `astype` does it.

    The fraction and exponent are moved to their places in a float32 (the cast repeats the sign in bits 28 to 30, which
    are cleared), and a product makes up for the difference of the exponents' biases, 127 - 15.
    """
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70000000)
    wide = bits.view(np.float32)
    wide *= np.float32(2.0**112)
    return wide


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
    centre = float(np.median(sample))
    spread = max(_MAD_TO_DEVIATION * float(np.median(np.abs(sample - centre))), _LEAST_SPREAD)
    exponent = _DEVIATIONS - (scores.astype(np.float64) - centre) / spread
    return 1 / (1 + np.exp(exponent))
