"""What looking at vectors costs: measured on the machine that made a space's lists, and kept with them."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.quantised import Lists
from fototeca.engine.scanning import scan

_ROUNDS = 5
_ROWS = 4_000
_CODES = 40_000
_TYPICAL_NUMBER = 6e-10  # seconds that one number of a row takes that is fetched


class Costs(NamedTuple):
    """Seconds.

    Attributes:
        fetched: To fetch one of some rows, wherever they lie, and compute its cosine.
        scanned: To compute the product of one row in a scan of all.
        skipped: To leave out one row in a scan of all.
        code: To look at one code.
        search: To search lists at all.
        passed: To leave out one code.
    """

    fetched: float
    scanned: float
    skipped: float
    code: float
    search: float
    passed: float = 8e-9

    def looked(self, share: float) -> float:
        """Return what one code costs in lists of which this share may be found."""
        return share * self.code + (1 - share) * self.passed

    @classmethod
    def typical(cls, dimension: int) -> Self:
        """Return what is to be expected."""
        number = _TYPICAL_NUMBER * dimension
        return cls(number, number / 4, 2e-9, number / 10, 4e-4)

    @classmethod
    def measured(cls, flat: Any, lists: Lists, cosines: Callable[..., NDArray[np.float32]]) -> Self:
        """Measure on a column: its rows as faiss scans them, its lists, and the cosines of some entries."""
        size, direction = flat.ntotal, np.ascontiguousarray(lists.centroids[0])
        some = np.linspace(0, size - 1, _ROWS).astype(np.int64)
        none = np.zeros(-(-size // 8), np.uint8)
        fetched = _seconds(lambda: cosines(some, direction)) / len(some)
        scanned = _seconds(lambda: scan(flat, direction, 1)) / size
        skipped = _seconds(lambda: scan(flat, direction, 1, none)) / size
        near = np.argsort(-lists.centroids @ direction)
        wide = near[: np.searchsorted(np.cumsum(lists.sizes[near]), min(_CODES, size)) + 1]
        codes = int(lists.sizes[wide].sum())
        code = _seconds(lambda: lists.promising(direction, wide, 100)) / codes
        passed = _seconds(lambda: lists.promising(direction, wide, 100, none)) / codes
        search = _seconds(lambda: lists.promising(direction, near[:1], 100)) + _seconds(
            lambda: np.argsort(-lists.centroids @ direction)
        )
        return cls(fetched, scanned, skipped, code, search, passed)


def _seconds(action: Callable[[], object]) -> float:
    """Return the processor's time for the shortest of some rounds: the one that was disturbed least."""
    best = np.inf
    for _ in range(_ROUNDS):
        started = thread_time()
        action()
        best = min(best, thread_time() - started)
    return float(best)
