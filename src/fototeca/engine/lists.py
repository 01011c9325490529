"""Lists of a large vector space: where to look first.

Rows belong to the list of their nearest centroid (k-means), and are stored list by list, so that to look into a list is
to read on: faiss scans the half-precision rows where they lie. A search looks into the lists nearest to its direction.

**When to stop.** The cosine of a row in a list that was not looked into is taken to be normally distributed about the
cosine of the list's centroid. The sum over these lists of

    rows that may match the filter * P(cosine > that of the worst of the best `count` so far)

is how many better rows are expected to be missed, and the search goes on until that is a fiftieth of `count`. The
deviation is that of the residuals' length in one dimension. So a filter that leaves out the query's neighbourhood makes
a search longer, not worse, up to where an exact scan is cheaper.
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
from fototeca.engine.scanning import Best, listed, loaded, scan, scan_lists, sketch, sketched

_MISSED = 0.02  # share of the wanted rows that may be missed
_SPREAD = 1.2  # the deviation is taken to be a little larger than it is
_NEAR = 256  # lists among which nearly every search ends
_FIRST = 8  # times as many rows as are wanted are looked at before the first pause for thought
_DENSITY = 4.0  # lists for each square root of a row
_TRAINED_ON = 24  # rows for each centroid
_ITERATIONS = 6
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        direction: Unit vector, float32.
        count: How many entries must be nearly the best.
        picked: How many entries are returned, at most; no fewer than `count`.
        bits: The entries that may be found, eight to a byte, lowest bit first; `None` for all.
        in_list: For each list, how many of them it holds at most.
        most: How many rows may be looked at.
    """

    direction: NDArray[np.float32]
    count: int
    picked: int
    bits: NDArray[np.uint8] | None
    in_list: NDArray[np.int64]
    most: float = np.inf


class Lists:
    """The lists of one column of vectors.

    Attributes:
        centroids: Unit vectors, float16, shape [lists, dimension].
        list_of: The list of each entry.
        sketch: The centroids as `fototeca.engine.scanning.sketched` reads them.
        list_of: The list of each entry.
        spread: Deviation of a row's cosine from that of its centroid.
    """

    def __init__(
        self, centroids: NDArray[np.float16], sketch: NDArray[np.uint8], list_of: NDArray[np.uint16], spread: float
    ) -> None:
        self.centroids = centroids
        self.sketch = sketch
        self.list_of = list_of
        self.spread = spread

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many entries each list holds."""
        return np.bincount(self.list_of, minlength=len(self.centroids))

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The entries, list by list, ascending within a list: the order in which rows are stored."""
        return np.argsort(self.list_of, kind="stable")

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """Where in `order` each entry is."""
        places = np.empty(len(self.list_of), np.int32)
        places[self.order] = np.arange(len(places), dtype=np.int32)
        return places

    @classmethod
    def make(cls, units: Callable[[Any], NDArray[np.float32]], size: int) -> Self:
        """Cluster unit vectors; `units` returns those of a slice or of some entries."""
        faiss = loaded()
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        count = min(1 << round(log2(_DENSITY * sqrt(size))), 1 << 16)
        sample = units(np.linspace(0, size - 1, min(size, count * _TRAINED_ON)).astype(np.int64))
        dimension = sample.shape[1]
        means = faiss.Kmeans(dimension, count, niter=_ITERATIONS, spherical=True, min_points_per_centroid=1, seed=1)
        means.train(sample)
        nearest = faiss.IndexFlatIP(dimension)
        nearest.add(means.centroids)
        list_of = np.empty(size, np.uint16)
        for first in range(0, size, _BLOCK):
            part = np.ascontiguousarray(units(slice(first, first + _BLOCK)))
            list_of[first : first + len(part)] = nearest.search(part, 1)[1][:, 0]
        residuals = sample - means.centroids[nearest.search(sample, 1)[1][:, 0]]
        deviation = float(np.sqrt((residuals**2).sum(axis=1).mean() / dimension))
        return cls(means.centroids.astype(np.float16), sketch(means.centroids), list_of, _SPREAD * deviation)

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        spread = np.array([self.spread])
        return {"lists": self.list_of, "centroids": self.centroids, "sketch": self.sketch, "spread": spread}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        return cls(arrays["centroids"], arrays["sketch"], arrays["lists"], float(arrays["spread"][0]))


class ListedRows:
    """Rows that are stored list by list.

    Args:
        lists: The lists.
        rows: float16, shape [entries, dimension], in `Lists.order`.
    """

    def __init__(self, lists: Lists, rows: NDArray[np.float16]) -> None:
        self._lists = lists
        self._stored = rows  # faiss reads them, and must find them there
        self._rows = listed(rows, lists.order, lists.sizes)
        self._sketched = sketched(lists.sketch)

    def search(self, wanted: Wanted) -> Best | None:
        """Return nearly all of the best products and their entries, best first.

        There are `wanted.count` or more of them unless fewer match; `None` if too many rows had to be looked at.
        """
        direction, sizes, in_list = wanted.direction, self._lists.sizes, wanted.in_list
        near, everyone, tolerated = scan(self._sketched, direction, _NEAR), in_list.sum(), _MISSED * wanted.count
        best, looked = Best.none(), 0
        coming = int(np.searchsorted(np.cumsum(in_list[near.entries]), _FIRST * wanted.count)) + 1
        while True:
            part = slice(looked, coming)
            if sizes[near.entries[:coming]].sum() > wanted.most:
                return None
            found = scan_lists(
                self._rows, direction, near.entries[part], near.products[part], wanted.picked, wanted.bits
            )
            best, looked = best.joined(found).leading(wanted.picked) if looked else found, len(near.entries[:coming])
            worst = best.products[wanted.count - 1] if len(best.products) >= wanted.count else -1.0
            chances = self._chances(near.products, worst)
            expected = in_list[near.entries]
            beyond = (everyone - expected.sum()) * chances[-1]
            if beyond > tolerated:
                near = near.followed(scan(self._sketched, direction, len(sizes)))
                expected, chances, beyond = in_list[near.entries], self._chances(near.products, worst), 0.0
            missed = np.cumsum((expected * chances)[looked:][::-1])[::-1] + beyond
            more = int(np.count_nonzero(missed > tolerated))
            if not more:
                return best
            coming = looked + more

    def _chances(self, near: NDArray[np.float32], worst: float) -> Array:
        """Return the chance of a row in each of some lists to be better than the worst."""
        return _normal((near - worst) / self._lists.spread)

    def scan(self, direction: NDArray[np.float32], count: int, bits: NDArray[np.uint8] | None = None) -> Best:
        """Return the `count` greatest products of all rows."""
        everywhere = np.arange(len(self._lists.centroids))
        return scan_lists(self._rows, direction, everywhere, np.zeros(len(everywhere), np.float32), count, bits)


def _normal(deviations: Array) -> Array:
    """Return the probability that a normal variable is below; within 0.0002 (Bowling et al., 2009)."""
    bounded = np.clip(deviations, -8, 8)
    return 1 / (1 + np.exp(-(0.07056 * bounded**3 + 1.5976 * bounded)))
