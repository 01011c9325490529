"""Answering a query over a snapshot: filter, rank, cut, count, order, page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from pyroaring import BitMap

from fototeca.engine import cursor, facets
from fototeca.engine.arrays import bitmap_of_any, mask_of
from fototeca.engine.ordering import Found, check, keys_of, page, position
from fototeca.engine.planner import Filter, plan
from fototeca.engine.ranking import Ranking
from fototeca.engine.results import Hit, Matched, Results
from fototeca.engine.scored import Scored
from fototeca.engine.segment import Segment
from fototeca.engine.snapshot import Snapshot
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Page, Query

Matcher: TypeAlias = Callable[[Segment, int], tuple[Matched, ...]]

MAX_LIMIT = 10_000
MAX_OFFSET = 1_000_000


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
    founds = [Found(view.segment, filters.select(view.segment) - view.deleted) for view in snapshot]
    times.append(perf_counter())
    matcher = None
    if query.rank is not None:
        founds, matcher = _ranked(snapshot, query, founds)
    times.append(perf_counter())
    counted = facets.count_all(query.facets, founds)
    times.append(perf_counter())
    part = slice(asked.offset, asked.offset + asked.limit + 1)
    hits = page(founds, keys, part, after) if asked.limit else []
    more = len(hits) > asked.limit
    hits = hits[: asked.limit]
    last = position(hits[-1][0], keys, hits[-1][1]) if more else None
    times.append(perf_counter())
    return Results(
        hits=[_hit(found, row, matcher) for found, row in hits],
        total=sum(len(found.chosen) for found in founds),
        facets=counted,
        cursor=None if last is None else cursor.encode(last, query),
        explain=_explained(snapshot, query, filters, founds, times) if query.explain else None,
        took_ms=(perf_counter() - times[0]) * 1000,
    )


def _checked(page: Page) -> Page:
    if page.limit < 0 or page.offset < 0:
        raise QueryError("limit and offset must not be negative")
    if page.limit > MAX_LIMIT or page.offset > MAX_OFFSET:
        raise LimitExceeded("the page is out of bounds", allowed=f"limit <= {MAX_LIMIT}, offset <= {MAX_OFFSET}")
    if page.cursor is not None and page.offset:
        raise QueryError("a page starts at a cursor or at an offset, not at both")
    return page


def _ranked(snapshot: Snapshot, query: Query, founds: list[Found]) -> tuple[list[Found], Matcher]:
    """Rank the rows found, and drop those that the rank does not reach or that fall under the cut-off.

    Also returns what says of a hit what in it was found.
    """
    if query.rank is None or not math.isfinite(query.min_relevance):
        raise QueryError("the least relevance must be a finite number")
    masks = [mask_of(found.chosen, len(found.segment)) for found in founds]
    ranking = Ranking(snapshot, masks)
    ranked = ranking.evaluate(query.rank)
    cut = [_cut(found, scored, query) for found, scored in zip(founds, ranked, strict=True)]
    return cut, ranking.matcher(query.rank)


def _cut(found: Found, scored: Scored, query: Query) -> Found:
    good = scored.keep(scored.relevance >= query.min_relevance)
    size = len(found.segment)
    chosen: BitMap = bitmap_of_any(good.rows, size)
    if query.keep_unranked:
        chosen = chosen | (found.chosen - bitmap_of_any(scored.rows, size))
    scores, relevance = np.full(size, np.nan), np.zeros(size)
    scores[good.rows], relevance[good.rows] = good.scores, good.relevance
    return replace(found, chosen=chosen, scores=scores, relevance=relevance)


def _hit(found: Found, row: int, matcher: Matcher | None) -> Hit:
    identity = int(found.segment.ids[row])
    if found.scores is None or found.relevance is None:
        return Hit(identity)
    score = float(found.scores[row])
    matched = matcher(found.segment, row) if matcher else ()
    return Hit(identity, None if math.isnan(score) else score, float(found.relevance[row]), matched)


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
