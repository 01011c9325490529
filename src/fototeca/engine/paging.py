"""Which hits a page shows: the best of a rank that were looked for, or a part of all hits in the order of some keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows
from fototeca.engine.cursor import Position
from fototeca.engine.found import Found
from fototeca.engine.keys import Key, position
from fototeca.engine.ordering import page
from fototeca.engine.scored import Head, Scored

_NO_IDS = np.empty(0, np.int64)
_MANY = 8  # times as many as are wanted, from which the best are selected before they are sorted


class Shown(NamedTuple):
    """Hits in order.

    Attributes:
        owners: Which of the segments each is in.
        rows: Its row there.
        ids: Its id.
        scored: What the rank says of them, in the same order; `None` without a rank.
    """

    owners: NDArray[np.intp]
    rows: Rows
    ids: NDArray[np.int64]
    scored: Scored | None = None

    def take(self, chosen: Array | slice) -> Shown:
        """Return some of them, by their places."""
        scored = None if self.scored is None else self.scored.keep(chosen)
        return Shown(self.owners[chosen], self.rows[chosen], self.ids[chosen], scored)

    def last(self, founds: Sequence[Found], keys: Sequence[Key]) -> Position:
        """Return the place of the last of them."""
        scored = None if self.scored is None else self.scored.keep(slice(-1, None))
        return position(replace(founds[self.owners[-1]], scored=scored), keys, int(self.rows[-1]))

    def nearly(self, count: int) -> Position:
        """Return the place behind the first of them, where others may be missing before the last."""
        return Position((), 0, tuple(self.ids[:count].tolist()))


def leading(head: Head, founds: Sequence[Found], part: slice, after: Position | None) -> Shown:
    """Return a part of the best of a rank, without what earlier pages have shown."""
    scored = reduce(Scored.joined, head.scored) if head.scored else Scored.none()
    owners = np.repeat(np.arange(len(founds)), [len(each.rows) for each in head.scored])
    ids = [found.segment.ids.take(each.rows) for found, each in zip(founds, head.scored, strict=True)]
    everyone = Shown(owners, scored.rows, np.concatenate([_NO_IDS, *ids]), scored)
    wanted = np.arange(len(scored.rows))
    if after is not None:
        wanted = wanted[np.isin(everyone.ids, after.seen, invert=True)]
    if len(wanted) > _MANY * part.stop > 0:  # of many, only those that are as good as the last that is wanted
        scores = scored.scores[wanted]
        wanted = wanted[scores >= np.partition(scores, -part.stop)[-part.stop]]
    order = np.lexsort((-everyone.ids[wanted], -scored.scores[wanted]))[part]
    return everyone.take(wanted[order])


def ordered(founds: list[Found], keys: Sequence[Key], part: slice, after: Position | None) -> Shown:
    """Return a part of the hits in the order of some keys, counted from behind a position if one is given."""
    behind = None if after is None or not after.values else after
    owners, rows = page(_unseen(founds, after), keys, part, behind)
    ids = np.empty(len(rows), np.int64)
    scored = Scored(rows, np.full(len(rows), np.nan), np.zeros(len(rows)))
    for at, here in places(owners, len(founds)):
        found, own = founds[at], rows[here]
        ids[here] = found.segment.ids.take(own)
        if found.scored is not None:
            scored.scores[here], scored.relevance[here] = found.scored.of(own)
    return Shown(owners, rows, ids, scored if any(found.scored for found in founds) else None)


def _unseen(founds: list[Found], after: Position | None) -> list[Found]:
    """Return what pages are made of, without what earlier ones have shown."""
    if after is None or not after.seen:
        return founds
    seen = np.array(sorted(after.seen), np.int64)
    return [found.without(seen) for found in founds]


def places(owners: NDArray[np.intp], count: int) -> list[tuple[int, NDArray[np.intp]]]:
    """Return which places belong to each segment that has any."""
    return [(at, here) for at in range(count) if len(here := np.flatnonzero(owners == at))]
