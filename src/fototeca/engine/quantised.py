"""Lists of a large vector space: where to look first, and one bit for each dimension of a row to look with.

Rows belong to the list of their nearest centroid (k-means) and are kept there as RaBitQ codes (Gao and Long, SIGMOD
2024), by faiss. A search looks into the lists nearest to its direction, takes the rows whose codes promise most, and
computes their cosines from the rows themselves.

**When to stop.** The cosine of a row in a list that was not looked into is taken to be normally distributed about the
cosine of the list's centroid. The sum over these lists of

    rows that may match the filter * P(cosine > that of the worst of the best `count` so far)

is how many better rows are expected to be missed, and the search goes on until that is a fiftieth of `count`. The
deviation is that of the residuals' length in one dimension. Codes may mislead as well: where the less promising half of
those picked still brings more than a fiftieth of the answer, four times as many are picked. So a filter that leaves out
the query's neighbourhood makes a search longer, not worse, up to where an exact scan is cheaper.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log2, sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array
from fototeca.engine.scanning import faiss, pointers, search_lists

_MISSED = 0.02  # share of the wanted rows that may be missed
_SPREAD = 1.2  # the deviation is taken to be a little larger than it is
_EXTRA = 300  # codes picked, over twice as many as rows are wanted
_QUERY_BITS = 8
_TRAINED_ON = 24  # rows for each centroid
_ITERATIONS = 6
_BLOCK = 16_384

Entries = NDArray[np.int64]
Cosines = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        direction: Unit vector, float32.
        count: How many entries are wanted.
        bits: The entries that may be found, eight to a byte, lowest bit first; `None` for all.
        in_list: For each list, how many of them it holds at most.
        cosines: Computes the cosines of entries to the direction.
        most: How many codes may be looked at.
        ranked: To how many of them it comes up to compute the cosine of one entry.
    """

    direction: Cosines
    count: int
    bits: NDArray[np.uint8] | None
    in_list: NDArray[np.int64]
    cosines: Callable[[Entries, Cosines], Cosines]
    most: float = np.inf
    ranked: float = 15.0


class Lists:
    """The lists of one column of vectors.

    Attributes:
        codes: The faiss index; its ids are the column's entries.
        list_of: The list of each entry.
        spread: Deviation of a row's cosine from that of its centroid.
    """

    def __init__(self, codes: Any, list_of: NDArray[np.uint16], spread: float) -> None:
        self.codes = codes
        self.list_of = list_of
        self.spread = spread

    @cached_property
    def centroids(self) -> NDArray[np.float32]:
        """The centroids, shape [lists, dimension]."""
        return np.asarray(faiss.downcast_index(self.codes.quantizer).reconstruct_n(0, self.codes.nlist), np.float32)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many entries each list holds."""
        return np.bincount(self.list_of, minlength=self.codes.nlist)

    @classmethod
    def make(cls, units: Callable[[Any], NDArray[np.float32]], size: int) -> Self:
        """Cluster unit vectors; `units` returns those of a slice or of some entries."""
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        count = min(1 << int(log2(2 * sqrt(size))), 1 << 16)
        sample = units(np.linspace(0, size - 1, min(size, count * _TRAINED_ON)).astype(np.int64))
        dimension = sample.shape[1]
        means = faiss.Kmeans(dimension, count, niter=_ITERATIONS, spherical=True, min_points_per_centroid=1, seed=1)
        means.train(sample)
        quantizer = faiss.IndexFlatIP(dimension)
        quantizer.add(means.centroids)
        codes = faiss.IndexIVFRaBitQ(quantizer, dimension, count, faiss.METRIC_INNER_PRODUCT)
        codes.own_fields = True
        quantizer.this.disown()
        codes.train(sample)
        list_of = np.empty(size, np.uint16)
        for first in range(0, size, _BLOCK):
            part = np.ascontiguousarray(units(slice(first, first + _BLOCK)))
            nearest = np.ascontiguousarray(quantizer.search(part, 1)[1][:, 0])
            numbers = np.arange(first, first + len(part), dtype=np.int64)
            codes.add_core(len(part), *pointers((part, numbers, nearest)))
            list_of[first : first + len(part)] = nearest
        residuals = sample - means.centroids[quantizer.search(sample, 1)[1][:, 0]]
        return cls(codes, list_of, _SPREAD * float(np.sqrt((residuals**2).sum(axis=1).mean() / dimension)))

    def search(self, wanted: Wanted, picked: int = 0) -> tuple[Entries, Cosines] | None:
        """Return entries that hold nearly all of the best, and their cosines, best first.

        There are `wanted.count` or more of them unless fewer match; `None` if too many codes had to be looked at.
        """
        near = self.centroids @ wanted.direction
        order = np.argsort(-near)
        expected, reach = wanted.in_list[order], np.cumsum(self.sizes[order])
        picked, tolerated = picked or 2 * wanted.count + _EXTRA, _MISSED * wanted.count
        first, looked = 0, int(np.searchsorted(np.cumsum(expected), picked)) + 1
        found, best = np.empty(0, np.int64), np.empty(0, np.float32)
        while True:
            looked = min(looked, len(order))
            if reach[looked - 1] + wanted.ranked * picked > wanted.most:
                return None
            some = self.promising(wanted.direction, order[first:looked], picked, wanted.bits)
            found, best = np.concatenate((found, some)), np.concatenate((best, wanted.cosines(some, wanted.direction)))
            top = np.argsort(-best)[:picked]
            if (
                len(some) == picked
                and np.count_nonzero(_last_half(top[: wanted.count], len(found), picked)) > tolerated
            ):
                return self.search(wanted, 4 * picked)
            found, best = found[top], best[top]
            if looked == len(order):
                return found, best
            worst = best[wanted.count - 1] if len(best) >= wanted.count else -1.0
            chances = expected[looked:] * _normal((near[order[looked:]] - worst) / self.spread)
            missed = np.cumsum(chances[::-1])[::-1]
            if missed[0] <= tolerated:
                return found, best
            first, looked = looked, looked + max(int(np.count_nonzero(missed > tolerated)), 1)

    def promising(self, direction: Cosines, lists: Array, count: int, bits: NDArray[np.uint8] | None = None) -> Entries:
        """Return the entries of some lists whose codes promise most, at most `count`, best first."""
        near = self.centroids[lists] @ direction
        return search_lists(self.codes, direction, lists.astype(np.int64), near, count, bits, _QUERY_BITS)

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {
            "lists": self.list_of,
            "codes": faiss.serialize_index(self.codes),
            "spread": np.array([self.spread]),
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`; the codes are copied into memory."""
        return cls(faiss.deserialize_index(arrays["codes"]), arrays["lists"], float(arrays["spread"][0]))


def _normal(deviations: Array) -> Array:
    """Return the probability that a normal variable is below; within 0.0002 (Bowling et al., 2009)."""
    bounded = np.clip(deviations, -8, 8)
    return 1 / (1 + np.exp(-(0.07056 * bounded**3 + 1.5976 * bounded)))


def _last_half(places: Array, size: int, picked: int) -> NDArray[np.bool_]:
    """Return which places lie in the second half of the `picked` last ones."""
    half: NDArray[np.bool_] = places >= size - picked // 2
    return half
