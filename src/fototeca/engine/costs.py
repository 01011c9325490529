"""What looking at vectors costs: measured on the machine that made a space's lists, and kept with them."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.lists import ListedRows, Lists, Wanted
from fototeca.engine.scanning import Best

_ROUNDS = 5
_ROWS = 4_000
_TYPICAL_NUMBER = 6e-10  # seconds that one number of a row takes that is fetched


class Costs(NamedTuple):
    """Seconds.

    Attributes:
        fetched: To fetch one of some rows, wherever they lie, and compute its product.
        scanned: To compute the product of one row in a scan of all.
        skipped: To leave out one row in a scan.
        search: To find out in which lists to look.
    """

    fetched: float
    scanned: float
    skipped: float
    search: float

    def scan(self, share: float) -> float:
        """Return what one row costs in a scan that finds this share: what is read here and there is fetched, nearly."""
        found = share * self.scanned + (1 - share) * self.fetched
        return share * found + (1 - share) * self.skipped

    @classmethod
    def typical(cls, dimension: int) -> Self:
        """Return what is to be expected."""
        number = _TYPICAL_NUMBER * dimension
        return cls(number, number / 4, 2e-9, 4e-4)

    @classmethod
    def measured(
        cls, lists: Lists, rows: ListedRows, fetch: Callable[[NDArray[np.int64], NDArray[np.float32], int], Best]
    ) -> Self:
        """Measure on a column: its lists, its rows, and how some entries are fetched."""
        size, direction = len(lists.list_of), lists.centroids[0].astype(np.float32)
        some = iter(np.linspace(0, size - 1, _ROUNDS * _ROWS).astype(np.int64).reshape(_ROWS, _ROUNDS).T)
        fetched = _seconds(lambda: fetch(next(some), direction, 1)) / _ROWS  # others each time: none is in the cache
        none = np.zeros(-(-size // 8), np.uint8)
        scanned = _seconds(lambda: rows.scan(direction, 1)) / size
        skipped = _seconds(lambda: rows.scan(direction, 1, none)) / size
        search = _seconds(lambda: rows.search(Wanted(direction, 1, 1, none, lists.sizes, most=0)))
        return cls(fetched, scanned, skipped, search)


def _seconds(action: Callable[[], object]) -> float:
    """Return the processor's time for the shortest of some rounds: the one that was disturbed least."""
    best = np.inf
    for _ in range(_ROUNDS):
        started = thread_time()
        action()
        best = min(best, thread_time() - started)
    return float(best)
