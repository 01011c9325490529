"""Several ranks as one: reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).

**Score.** The sum over the parts of weight / (60 + position), rounded to 1e-12. A part's positions count from 1 over
all the documents that it reaches among those matching the filter, best score first, ties by ascending id.

**Relevance.** 1 - the product of (1 - r) over the parts that reach the document, as if each were independent evidence.
Weights say how much an order counts, not how sure a part is, so they have no part in it.
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
    if weights and len(weights) != len(parts):
        raise QueryError(f"{len(parts)} ranks cannot have {len(weights)} weights")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise QueryError("the weights of ranks must be finite and not negative")
    shares = [_shares(ids, part) for part in parts]
    weights = weights or [1.0] * len(parts)
    fused = []
    for at in range(len(ids)):
        reached = [part[at] for part in parts]
        everyone = np.concatenate([np.empty(0, np.int32), *(scored.rows for scored in reached)])
        rows, place = np.unique(everyone, return_inverse=True)
        scores, doubt = np.zeros(len(rows)), np.ones(len(rows))
        places = np.split(place, np.cumsum([len(scored.rows) for scored in reached]))
        for scored, share, weight, here in zip(reached, shares, weights, places, strict=False):
            scores[here] += weight * share[at]
            doubt[here] *= 1 - scored.relevance
        fused.append(Scored(rows, np.round(scores, _DIGITS), 1 - doubt))
    return fused


def _shares(ids: Sequence[NDArray[np.int64]], part: Sequence[Scored]) -> list[Array]:
    """Return 1 / (60 + position) of every row that a part reaches, by segment."""
    if not part:
        return []
    everyone = np.concatenate([each[scored.rows] for each, scored in zip(ids, part, strict=True)])
    order = np.lexsort((everyone, -np.concatenate([scored.scores for scored in part])))
    shares = np.empty(len(order))
    shares[order] = 1 / (_RRF + np.arange(1, len(order) + 1))
    return np.split(shares, np.cumsum([len(scored.rows) for scored in part])[:-1])
