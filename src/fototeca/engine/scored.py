"""What a rank says of the rows of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

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

    def keep(self, chosen: NDArray[np.bool_]) -> Scored:
        """Return the part that is chosen."""
        return Scored(self.rows[chosen], self.scores[chosen], self.relevance[chosen])
