"""Answering a query over a snapshot: filter, rank, cut, count, order, page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from pyroaring import BitMap

from fototeca.engine import cursor, facets
from fototeca.engine.arrays import bitmap_of_any
from fototeca.engine.cursor import Position
from fototeca.engine.found import Found
from fototeca.engine.keys import check, keys_of
from fototeca.engine.paging import Shown, leading, ordered, places
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
    total = sum(len(found.chosen) for found in founds) if head is None else head.total
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
    told = ordered(founds, keys, part, after) if head is None else leading(head, founds, part, after)
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


def _hits(snapshot: Snapshot, query: Query, founds: Sequence[Found], shown: Shown) -> Hits:
    rank, scored = query.rank, shown.scored
    if rank is None or scored is None:
        return Hits(shown.ids)

    def matched() -> list[tuple[Matched, ...]]:
        told: list[tuple[Matched, ...]] = [()] * len(shown.rows)
        ranking = Ranking(snapshot, [found.chosen for found in founds])
        for at, here in places(shown.owners, len(founds)):
            for place, what in zip(here.tolist(), ranking.matched(rank, at, shown.rows[here]), strict=True):
                told[place] = what
        return told

    return Hits(shown.ids, scored.scores, lambda: scored.relevance, matched)


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
