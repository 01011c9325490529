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

from fototeca.engine.arrays import Array
from fototeca.engine.scored import Scored
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
    _check(weights, len(parts))
    scores = [np.zeros(len(each)) for each in ids]
    doubt = [np.ones(len(each)) for each in ids]
    reached = [np.zeros(len(each), np.bool_) for each in ids]
    for part, weight in zip(parts, weights or [1.0] * len(parts), strict=True):
        for at, (scored, share) in enumerate(zip(part, _shares(ids, part), strict=True)):
            scores[at][scored.rows] += weight * share
            doubt[at][scored.rows] *= 1 - scored.relevance
            reached[at][scored.rows] = True
    fused = []
    for score, rest, hit in zip(scores, doubt, reached, strict=True):
        rows = np.flatnonzero(hit).astype(np.int32)
        fused.append(Scored(rows, np.round(score[rows], _DIGITS), 1 - rest[rows]))
    return fused


def add(ids: Sequence[NDArray[np.int64]], parts: Sequence[list[Scored]], weights: Sequence[float]) -> list[Scored]:
    """Add up how strongly ranks speak, given as the scores of `parts`; otherwise as `fuse`.

    Raises:
        QueryError: The weights do not fit.
    """
    _check(weights, len(parts))
    factors = weights or [1.0] * len(parts)
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


def _check(weights: Sequence[float], parts: int) -> None:
    if weights and len(weights) != parts:
        raise QueryError(f"{parts} ranks cannot have {len(weights)} weights")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise QueryError("the weights of ranks must be finite and not negative")


def _shares(ids: Sequence[NDArray[np.int64]], part: Sequence[Scored]) -> list[Array]:
    """Return 1 / (60 + position) of every row that a part reaches, by segment."""
    if not part:
        return []
    everyone = np.concatenate([each[scored.rows] for each, scored in zip(ids, part, strict=True)])
    order = np.lexsort((everyone, -np.concatenate([scored.scores for scored in part])))
    shares = np.empty(len(order))
    shares[order] = 1 / (_RRF + np.arange(1, len(order) + 1))
    return np.split(shares, np.cumsum([len(scored.rows) for scored in part])[:-1])
