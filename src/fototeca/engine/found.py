"""What a query finds in one segment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Rows, bitmap, mask_of, rows_of
from fototeca.engine.scored import Scored
from fototeca.engine.segment import Segment


@dataclass(frozen=True)
class Found:
    """The hits in one segment.

    Attributes:
        segment: The segment.
        chosen: Its rows that are hits.
        scored: The rows that the rank reaches; `None` without a rank.
        shown: Those of the hits that pages are made of; `None` for all.
    """

    segment: Segment
    chosen: BitMap
    scored: Scored | None = None
    shown: BitMap | None = None

    @property
    def paged(self) -> BitMap:
        """The hits that pages are made of."""
        return self.chosen if self.shown is None else self.shown

    @cached_property
    def rows(self) -> Rows:
        """The hits, ascending."""
        return rows_of(self.chosen)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """For each row of the segment whether it is a hit."""
        return mask_of(self.chosen, len(self.segment))

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        """Return the score of each of some rows, NaN where it has none."""
        return np.full(len(rows), np.nan) if self.scored is None else self.scored.of(rows)[0]

    def without(self, ids: NDArray[np.int64]) -> Found:
        """Return the same with these documents left out of the pages."""
        return replace(self, shown=self.paged - bitmap(np.unique(self.segment.rows_of_ids(ids))))
