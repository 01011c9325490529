"""Answering a query over a snapshot: filter, rank, cut, count, order, page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine import cursor, facets
from fototeca.engine.arrays import Array, Rows, bitmap_of_any
from fototeca.engine.cursor import Position
from fototeca.engine.found import Found
from fototeca.engine.keys import Key, check, keys_of, position
from fototeca.engine.ordering import page
from fototeca.engine.planner import Filter, plan
from fototeca.engine.ranking import Ranking
from fototeca.engine.results import Hits, Matched, Results
from fototeca.engine.scored import Head, Scored
from fototeca.engine.snapshot import Snapshot
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Fuse, Page, Query

MAX_LIMIT = 10_000
MAX_OFFSET = 1_000_000
MAX_HEAD = 512
"""Best hits up to which they are looked for alone; for more everything that a rank reaches is scored."""
_NO_IDS = np.empty(0, np.int64)


def search(snapshot: Snapshot, query: Query) -> Results:
    """Answer a query.

    Raises:
        QueryError: The query names what does not exist or asks what its field does not allow.
        CursorError: The cursor is malformed or belongs to another query.
        LimitExceeded: The query asks for more than a documented limit.
    """
    times = [perf_counter()]
    asked = _checked(query.page)
    keys = keys_of(query.sort, ranked=query.rank is not None)
    filters = plan(query.where)
    after = None if asked.cursor is None else check(cursor.decode(asked.cursor, query), keys)
    founds = [Found(view.segment, view.left(filters.select(view.segment))) for view in snapshot]
    times.append(perf_counter())
    head = _head(snapshot, query, founds, after)
    if head is None and query.rank is not None:
        founds = _ranked(snapshot, query, founds)
    times.append(perf_counter())
    total = sum(len(found.chosen) for found in founds) if head is None else len(head)
    if MAX_OFFSET < asked.offset < total:  # behind the last hit any page is empty, however far
        raise LimitExceeded("the page is out of bounds", allowed=f"offset <= {MAX_OFFSET}")
    if head is not None and (query.facets or query.explain):
        founds = [replace(found, chosen=head.reaches(at)) for at, found in enumerate(founds)]
    counted = facets.count_all(query.facets, founds)
    times.append(perf_counter())
    nearly = head is not None and not head.exact
    start = 0 if nearly else asked.offset  # what was skipped is seen too
    stop = asked.offset + asked.limit
    part = slice(start, stop + (asked.limit > 0))
    told = _walked(founds, keys, part, after) if head is None else _first(head, founds, part, after)
    shown = told.take(slice(asked.offset - start, stop - start))

    def continued() -> str:
        place = told.nearly(stop - start) if nearly else shown.last(founds, keys)
        seen = (*(after.seen if after else ()), *place.seen)
        return cursor.encode(replace(place, seen=seen), query)

    times.append(perf_counter())
    return Results(
        hits=_hits(snapshot, query, founds, shown),
        total=total,
        facets=counted,
        explain=_explained(snapshot, query, filters, founds, times) | _way(head) if query.explain else None,
        took_ms=(perf_counter() - times[0]) * 1000,
        continued=continued if start + len(told.rows) > stop else None,
    )


def _checked(page: Page) -> Page:
    if page.limit < 0 or page.offset < 0:
        raise QueryError("limit and offset must not be negative")
    if page.limit > MAX_LIMIT:
        raise LimitExceeded("the page is out of bounds", allowed=f"limit <= {MAX_LIMIT}")
    if page.cursor is not None and page.offset:
        raise QueryError("a page starts at a cursor or at an offset, not at both")
    return page


def _head(snapshot: Snapshot, query: Query, founds: list[Found], after: Position | None) -> Head | None:
    """Return the best of the rank, where the page needs no more than that; else `None`."""
    if query.rank is None:
        return None
    if not math.isfinite(query.min_relevance):
        raise QueryError("the least relevance must be a finite number")
    needed = query.page.offset + query.page.limit + 1 + (0 if after is None else len(after.seen))
    if needed > MAX_HEAD or query.sort or query.keep_unranked or (after is not None and after.values):
        return None
    head = Ranking(snapshot, [found.chosen for found in founds]).head(query.rank, needed)
    if head is None or query.min_relevance <= 0:
        return head
    good = [scored.keep(scored.relevance >= query.min_relevance) for scored in head.scored]
    if head.reached is not None:
        if isinstance(query.rank, Fuse):
            return None  # what is ranked low may be relevant all the same
        for kept, scored, reached in zip(good, head.scored, head.reached, strict=True):
            if len(kept.rows) == len(scored.rows) < len(reached):
                return None  # there are more hits than were looked for
    return replace(head, scored=good, reached=None)


def _ranked(snapshot: Snapshot, query: Query, founds: list[Found]) -> list[Found]:
    """Rank the rows found, and drop those that the rank does not reach or that fall under the cut-off."""
    ranking = Ranking(snapshot, [found.chosen for found in founds])
    ranked = ranking.evaluate(query.rank) if query.rank is not None else []
    return [_cut(found, scored, query) for found, scored in zip(founds, ranked, strict=True)]


def _cut(found: Found, scored: Scored, query: Query) -> Found:
    good = scored.keep(scored.relevance >= query.min_relevance)
    size = len(found.segment)
    chosen: BitMap = bitmap_of_any(good.rows, size)
    if query.keep_unranked:
        chosen = chosen | (found.chosen - bitmap_of_any(scored.rows, size))
    return replace(found, chosen=chosen, scored=good)


def _unseen(founds: list[Found], after: Position | None) -> list[Found]:
    """Return what pages are made of, without what earlier ones have shown."""
    if after is None or not after.seen:
        return founds
    seen = np.array(sorted(after.seen), np.int64)
    return [found.without(seen) for found in founds]


class _Shown(NamedTuple):
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

    def take(self, chosen: Array | slice) -> _Shown:
        """Return some of them, by their places."""
        scored = None if self.scored is None else self.scored.keep(chosen)
        return _Shown(self.owners[chosen], self.rows[chosen], self.ids[chosen], scored)

    @property
    def scores(self) -> NDArray[np.float64]:
        """The scores that the rank gives."""
        return np.zeros(len(self.rows)) if self.scored is None else self.scored.scores

    def last(self, founds: Sequence[Found], keys: Sequence[Key]) -> Position:
        """Return the place of the last of them."""
        scored = None if self.scored is None else self.scored.keep(slice(-1, None))
        return position(replace(founds[self.owners[-1]], scored=scored), keys, int(self.rows[-1]))

    def nearly(self, count: int) -> Position:
        """Return the place behind the first of them, where others may be missing before the last."""
        return Position((), 0, tuple(self.ids[:count].tolist()))


def _first(head: Head, founds: Sequence[Found], part: slice, after: Position | None) -> _Shown:
    """Return a part of the best of a rank, without what earlier pages have shown."""
    scored = reduce(Scored.joined, head.scored) if head.scored else Scored.none()
    owners = np.repeat(np.arange(len(founds)), [len(each.rows) for each in head.scored])
    ids = [found.segment.ids.take(each.rows) for found, each in zip(founds, head.scored, strict=True)]
    shown = _Shown(owners, scored.rows, np.concatenate([_NO_IDS, *ids]), scored)
    if after is not None:
        shown = shown.take(np.isin(shown.ids, after.seen, invert=True))
    if len(shown.rows) > part.stop > 0:  # of many, only those that are as good as the last that is wanted
        shown = shown.take(shown.scores >= np.partition(shown.scores, -part.stop)[-part.stop])
    return shown.take(np.lexsort((-shown.ids, -shown.scores))[part])


def _walked(founds: list[Found], keys: Sequence[Key], part: slice, after: Position | None) -> _Shown:
    """Return a part of the hits in the order of some keys, counted from behind a position if one is given."""
    behind = None if after is None or not after.values else after
    owners, rows = page(_unseen(founds, after), keys, part, behind)
    ids = np.empty(len(rows), np.int64)
    scored = Scored(rows, np.full(len(rows), np.nan), np.zeros(len(rows)))
    for at, here in _places(owners, len(founds)):
        found, own = founds[at], rows[here]
        ids[here] = found.segment.ids.take(own)
        if found.scored is not None:
            scored.scores[here], scored.relevance[here] = found.scored.of(own)
    return _Shown(owners, rows, ids, scored if any(found.scored for found in founds) else None)


def _hits(snapshot: Snapshot, query: Query, founds: Sequence[Found], shown: _Shown) -> Hits:
    rank, scored = query.rank, shown.scored
    if rank is None or scored is None:
        return Hits(shown.ids)

    def matched() -> list[tuple[Matched, ...]]:
        told: list[tuple[Matched, ...]] = [()] * len(shown.rows)
        ranking = Ranking(snapshot, [found.chosen for found in founds])
        for at, here in _places(shown.owners, len(founds)):
            for place, what in zip(here.tolist(), ranking.matched(rank, at, shown.rows[here]), strict=True):
                told[place] = what
        return told

    return Hits(shown.ids, scored.scores, lambda: scored.relevance, matched)


def _places(owners: NDArray[np.intp], count: int) -> list[tuple[int, NDArray[np.intp]]]:
    """Return which places belong to each segment that has any."""
    return [(at, here) for at in range(count) if len(here := np.flatnonzero(owners == at))]


def _way(head: Head | None) -> dict[str, Any]:
    """Return how the rank was answered: by scoring everything, or for each segment how the best were found."""
    return {"ways": ["all"] if head is None else list(head.ways)}


def _explained(
    snapshot: Snapshot, query: Query, filters: Filter, founds: list[Found], times: list[float]
) -> dict[str, Any]:
    spent = np.round(np.diff(times) * 1000, 3).tolist()
    return {
        "plan": filters.explain([view.segment for view in snapshot]),
        "rank": None if query.rank is None else str(query.rank),
        "segments": [
            {"rows": len(view.segment), "deleted": len(view.deleted), "hits": len(found.chosen)}
            for view, found in zip(snapshot, founds, strict=True)
        ],
        "sequence": snapshot.sequence,
        "ms": dict(zip(("filter", "rank", "facets", "page"), spent, strict=True)),
    }
