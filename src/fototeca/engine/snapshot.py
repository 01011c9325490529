"""What a reader sees: segments with their deleted rows, as of one position in the change log. Immutable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Rows, bitmap, everything, mask_of, rows_of
from fototeca.engine.relevance import SAMPLE
from fototeca.engine.segment import Segment
from fototeca.engine.text import Lengths


class View:
    """A segment and which of its rows are deleted.

    Attributes:
        segment: The segment.
        deleted: Its deleted rows.
        lengths: How much text the rows that are left hold.
    """

    def __init__(self, segment: Segment, deleted: BitMap, lengths: Lengths | None = None) -> None:
        self.segment = segment
        self.deleted = deleted
        if lengths is None:
            lengths = segment.text.totals
            if deleted:
                lengths = lengths - segment.text.totals_of(rows_of(deleted))
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.segment) - len(self.deleted)

    @cached_property
    def live(self) -> BitMap:
        """The rows that are left."""
        return everything(len(self.segment)) - self.deleted

    @cached_property
    def live_mask(self) -> NDArray[np.bool_]:
        """For each row whether it is left."""
        return mask_of(self.live, len(self.segment))

    def left(self, rows: BitMap) -> BitMap:
        """Return those of some rows that are not deleted."""
        return rows - self.deleted if self.deleted else rows

    def rows_of_ids(self, ids: NDArray[np.int64]) -> Rows:
        """Return the live rows of those ids that are here."""
        rows = self.segment.rows_of_ids(ids)
        return rows[self.live_mask[rows]] if len(rows) and self.deleted else rows

    def without(self, ids: NDArray[np.int64]) -> View:
        """Return the view with these documents deleted; itself if it holds none of them."""
        rows = self.segment.rows_of_ids(ids)
        gone = bitmap(rows) - self.deleted if len(rows) else None
        if not gone:
            return self
        lengths = self.lengths - self.segment.text.totals_of(rows_of(gone))
        return View(self.segment, self.deleted | gone, lengths)

    def sample(self, space: str, direction: NDArray[np.float32]) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Return what of this segment may be in the space's sample, see `fototeca.engine.relevance`.

        Returns:
            The scatter numbers of the documents, ascending, and their cosines to a direction.
        """
        column = self.segment.vectors.get(space)
        if column is None:
            return np.empty(0, np.uint64), np.empty(0, np.float32)
        count = SAMPLE
        while True:
            sample = column.sample(self.segment.ids, count)
            left = np.ones(len(sample.rows), np.bool_)
            if self.deleted:
                left[:] = [row not in self.deleted for row in sample.rows.tolist()]
            if np.count_nonzero(left) >= SAMPLE or count >= len(column.rows):
                return sample.numbers[left][:SAMPLE], sample.cosines(direction)[left][:SAMPLE]
            count *= 2


class Snapshot:
    """Views of all segments, oldest first, and the position in the change log that they show."""

    def __init__(self, views: Sequence[View], sequence: int) -> None:
        self.views = tuple(views)
        self.sequence = sequence

    def __len__(self) -> int:
        return sum(len(view) for view in self.views)

    def __iter__(self) -> Iterator[View]:
        return iter(self.views)

    @cached_property
    def spaces(self) -> dict[str, int]:
        """The dimension of each vector space."""
        columns = chain.from_iterable(view.segment.vectors.items() for view in self.views)
        return {space: column.dimension for space, column in columns}

    def without(self, ids: NDArray[np.int64]) -> list[View]:
        """Return the views with these documents deleted, those left empty dropped."""
        return [view for view in (view.without(ids) for view in self.views) if len(view)]

    def lengths(self, field: str) -> tuple[int, int]:
        """Return how many tokens the live documents hold in a field, and how many of them hold any."""
        tokens = units = 0
        for view in self.views:
            fields = view.segment.text.fields
            if field in fields:
                at = fields.index(field)
                tokens += int(view.lengths.tokens[at])
                units += int(view.lengths.units[at])
        return tokens, units


def merged(views: Sequence[View]) -> Segment:
    """Return one segment with the live documents of several views."""
    return Segment.merge([view.segment for view in views], [view.deleted for view in views])
