"""Answering a query over a snapshot: filter, rank, cut, count, order, page."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from pyroaring import BitMap

from fototeca.engine import cursor, facets
from fototeca.engine.arrays import Array, Rows, bitmap, bitmap_of_any
from fototeca.engine.cursor import Position
from fototeca.engine.ordering import Found, check, keys_of, page, position
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
    if head is not None:
        founds = _headed(head, query, founds)
    elif query.rank is not None:
        founds = _ranked(snapshot, query, founds)
    times.append(perf_counter())
    total = sum(len(found.chosen) for found in founds)
    if MAX_OFFSET < asked.offset < total:  # behind the last hit any page is empty, however far
        raise LimitExceeded("the page is out of bounds", allowed=f"offset <= {MAX_OFFSET}")
    counted = facets.count_all(query.facets, founds)
    times.append(perf_counter())
    nearly = head is not None and not head.exact
    start = 0 if nearly else asked.offset  # what was skipped is seen too
    stop = asked.offset + asked.limit
    behind = None if after is None or not after.values else after
    owners, rows = page(_unseen(founds, after), keys, slice(start, stop + (asked.limit > 0)), behind)
    more = start + len(rows) > stop
    owners, rows = owners[: stop - start], rows[: stop - start]
    hits = _hits(snapshot, query, founds, owners, rows)
    place = None
    if more:
        place = Position((), 0, tuple(hits.ids)) if nearly else position(founds[owners[-1]], keys, rows[-1])
        place = replace(place, seen=(*(after.seen if after else ()), *place.seen))
    hits = hits.behind(asked.offset - start)
    times.append(perf_counter())
    return Results(
        hits=hits,
        total=total,
        facets=counted,
        cursor=None if place is None else cursor.encode(place, query),
        explain=_explained(snapshot, query, filters, founds, times) | _way(head) if query.explain else None,
        took_ms=(perf_counter() - times[0]) * 1000,
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
    if head is None or head.reached is None or query.min_relevance <= 0:
        return head
    if isinstance(query.rank, Fuse):
        return None  # what is ranked low may be relevant all the same
    for scored, reached in zip(head.scored, head.reached, strict=True):
        if len(scored.rows) < len(reached) and scored.relevance.min(initial=1) >= query.min_relevance:
            return None  # there are more hits than were looked for
    return replace(head, reached=None)


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


def _headed(head: Head, query: Query, founds: list[Found]) -> list[Found]:
    """Put the best of a rank in the pages, and everything that it reaches in the count."""
    headed = []
    for at, (found, scored) in enumerate(zip(founds, head.scored, strict=True)):
        good = scored.keep(scored.relevance >= query.min_relevance) if query.min_relevance > 0 else scored
        shown = bitmap(good.rows)
        chosen = shown if head.reached is None else head.reached[at]
        headed.append(replace(found, chosen=chosen, scored=good, shown=shown))
    return headed


def _unseen(founds: list[Found], after: Position | None) -> list[Found]:
    """Return what pages are made of, without what earlier ones have shown."""
    if after is None or not after.seen:
        return founds
    seen = np.array(sorted(after.seen), np.int64)
    return [found.without(seen) for found in founds]


def _hits(snapshot: Snapshot, query: Query, founds: list[Found], owners: Array, rows: Rows) -> Hits:
    """Return the hits of a page: rows, and in which of the segments each is."""
    ids = np.empty(len(rows), np.int64)
    places = [(at, here) for at in range(len(founds)) if len(here := np.flatnonzero(owners == at))]
    for at, here in places:
        ids[here] = founds[at].segment.ids.take(rows[here])
    rank = query.rank
    if rank is None:
        return Hits(ids)
    scores, relevance = np.full(len(rows), np.nan), np.zeros(len(rows))
    for at, here in places:
        scored = founds[at].scored
        if scored is not None:
            scores[here], relevance[here] = scored.of(rows[here])

    def matched() -> list[tuple[Matched, ...]]:
        told: list[tuple[Matched, ...]] = [()] * len(rows)
        ranking = Ranking(snapshot, [found.chosen for found in founds])
        for at, here in places:
            for place, what in zip(here.tolist(), ranking.matched(rank, at, rows[here]), strict=True):
                told[place] = what
        return told

    return Hits(ids, scores, relevance, matched)


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
