"""Several ranks as one: reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).

**Score.** The sum over the parts of weight / (60 + position), rounded to 1e-12. A part's positions count from 1 over
all the documents that it reaches among those matching the filter, best score first, ties by ascending id.

**Relevance.** 1 - the product of (1 - r) over the parts that reach the document, as if each were independent evidence.
Weights say how much an order counts, not how sure a part is, so they have no part in it.

Beside it there are sums and maxima of scores (`add`, `best`), for callers whose scores have one scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Rows
from fototeca.engine.scored import Head, Scored
from fototeca.errors import QueryError

_RRF = 60
_DIGITS = 12


def fuse(ids: Sequence[NDArray[np.int64]], parts: Sequence[list[Scored]], weights: Sequence[float]) -> list[Scored]:
    """Fuse ranks.

    Args:
        ids: For each segment, the ids of its rows.
        parts: For each rank, what it reaches in each segment.
        weights: One for each rank; none for all 1.

    Raises:
        QueryError: The weights do not fit.
    """
    weights = _checked(weights, len(parts))
    shares = [_shares(ids, part) for part in parts]
    return [_sum([part[at] for part in parts], [share[at] for share in shares], weights) for at in range(len(ids))]


def enough(count: int, weights: Sequence[float], parts: int) -> int:
    """Return how many of the best of each rank hold the `count` best of all ranks fused.

    The best of the weightiest rank alone get weight / (60 + count) at least. What is not among the n best of any rank
    gets at most the sum of the weights / (60 + n).
    """
    weights = _checked(weights, parts)
    return max(math.ceil((_RRF + count) * sum(weights) / (max(weights, default=0) or 1)) - _RRF, count)


def fuse_heads(ids: Sequence[NDArray[np.int64]], heads: Sequence[Head], weights: Sequence[float], count: int) -> Head:
    """Fuse the best of ranks of which some reach more than was scored.

    What one rank found is judged by the others too; its position there is counted where it is among the best, and
    beyond them estimated from the sample that relevance is calibrated with.

    Args:
        ids: For each segment, the ids of its rows.
        heads: For each rank, its best.
        weights: As in `fuse`.
        count: How many of the best of a rank can matter.
    """
    weights = _checked(weights, len(heads))
    shares = [_shares(ids, head.scored) for head in heads]
    fused = []
    for at in range(len(ids)):
        likely = [
            head.scored[at].rows[share[at] >= 1 / (_RRF + count)] for head, share in zip(heads, shares, strict=True)
        ]
        rows = np.unique(np.concatenate([np.empty(0, np.int32), *likely]))
        judged = [_judged(head, at, share[at], rows) for head, share in zip(heads, shares, strict=True)]
        fused.append(_sum([scored for scored, _ in judged], [share for _, share in judged], weights))
    reached = [BitMap().union(*(head.reaches(at) for head in heads)) for at in range(len(ids))]
    return Head(fused, reached, exact=False, ways=tuple(way for head in heads for way in head.ways))


def _judged(head: Head, at: int, share: Array, rows: Rows) -> tuple[Scored, Array]:
    """Return what a rank says of some ascending rows, and their shares."""
    held, places = head.scored[at].places(rows)
    known, share = head.scored[at].keep(places), share[places]
    if head.judge is None or head.beyond is None:
        return known, share
    others = head.judge(at, rows[~held])
    return known.joined(others), np.concatenate((share, 1 / (_RRF + head.beyond(others.scores))))


def _sum(parts: Sequence[Scored], shares: Sequence[Array], weights: Sequence[float]) -> Scored:
    """Add up the shares of the rows of one segment."""
    everyone = np.concatenate([np.empty(0, np.int32), *(scored.rows for scored in parts)])
    rows, place = np.unique(everyone, return_inverse=True)
    scores, doubt, start = np.zeros(len(rows)), np.ones(len(rows)), 0
    for scored, share, weight in zip(parts, shares, weights, strict=True):
        here = place[start : start + len(scored.rows)]
        start += len(scored.rows)
        scores[here] += weight * share
        doubt[here] *= 1 - scored.relevance
    return Scored(rows, np.round(scores, _DIGITS), 1 - doubt)


def _checked(weights: Sequence[float], count: int) -> Sequence[float]:
    if weights and len(weights) != count:
        raise QueryError(f"{count} ranks cannot have {len(weights)} weights")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise QueryError("the weights of ranks must be finite and not negative")
    return weights or [1.0] * count


def add(ids: Sequence[NDArray[np.int64]], parts: Sequence[list[Scored]], weights: Sequence[float]) -> list[Scored]:
    """Add up how strongly ranks speak, given as the scores of `parts`; otherwise as `fuse`.

    Raises:
        QueryError: The weights do not fit.
    """
    factors = _checked(weights, len(parts))
    added = []
    for at, each in enumerate(ids):
        sums, reached = np.zeros(len(each)), np.zeros(len(each), np.bool_)
        for part, weight in zip(parts, factors, strict=True):
            sums[part[at].rows] += weight * np.maximum(part[at].scores, 0)
            reached[part[at].rows] = True
        rows = np.flatnonzero(reached).astype(np.int32)
        scores = np.round(sums[rows], _DIGITS)
        added.append(Scored(rows, scores, np.minimum(scores, 1.0)))
    return added


def best(ids: Sequence[NDArray[np.int64]], parts: Sequence[list[Scored]]) -> list[Scored]:
    """Take of several ranks, as in `add`, the one that speaks most strongly for each row."""
    found = []
    for at, each in enumerate(ids):
        highest, reached = np.zeros(len(each)), np.zeros(len(each), np.bool_)
        for part in parts:
            rows = part[at].rows
            highest[rows] = np.maximum(highest[rows], part[at].scores)
            reached[rows] = True
        rows = np.flatnonzero(reached).astype(np.int32)
        found.append(Scored(rows, highest[rows], np.minimum(highest[rows], 1.0)))
    return found


def _shares(ids: Sequence[NDArray[np.int64]], part: Sequence[Scored]) -> list[Array]:
    """Return 1 / (60 + position) of every row that a part reaches, by segment."""
    if not part:
        return []
    if len(part) == 1:  # ids ascend with the rows
        order = np.argsort(-part[0].scores, kind="stable")
    else:
        everyone = np.concatenate([each[scored.rows] for each, scored in zip(ids, part, strict=True)])
        order = np.lexsort((everyone, -np.concatenate([scored.scores for scored in part])))
    shares = np.empty(len(order))
    shares[order] = 1 / (_RRF + np.arange(1, len(order) + 1))
    return np.split(shares, np.cumsum([len(scored.rows) for scored in part])[:-1])
