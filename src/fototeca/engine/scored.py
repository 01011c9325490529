"""What a rank says of the rows of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Rows


@dataclass(frozen=True, slots=True)
class Scored:
    """The rows that a rank reaches.

    Attributes:
        rows: Ascending.
        scores: One for each; higher is better.
        relevance: One for each, 0..1.
    """

    rows: Rows
    scores: NDArray[np.float64]
    relevance: NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """No row."""
        return cls(np.empty(0, np.int32), np.empty(0), np.empty(0))

    def best(self, count: int) -> Scored:
        """Return those with the `count` best scores, and all that tie with the last of them."""
        if len(self.rows) <= count or not count:
            return self if count else self.none()
        return self.keep(self.scores >= np.partition(self.scores, -count)[-count])

    def keep(self, chosen: NDArray[np.bool_]) -> Scored:
        """Return the part that is chosen."""
        return Scored(self.rows[chosen], self.scores[chosen], self.relevance[chosen])


@dataclass(frozen=True, slots=True)
class Head:
    """The best that a rank reaches, in each segment.

    Attributes:
        scored: The best rows.
        reached: All rows that the rank reaches; `None` where `scored` holds every one.
        exact: Whether these are surely the best; else a few of them may be missing.
        ways: How they were found, for `explain`.
    """

    scored: list[Scored]
    reached: list[BitMap] | None
    exact: bool
    ways: tuple[str, ...] = ()
