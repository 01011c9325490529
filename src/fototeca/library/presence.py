"""Whether a library holds what a text asks for.

Some pictures are always nearer to a text than others, so a cut by relevance finds something for every text. What tells
a text that is answered from one that is not is how near its nearest pictures come at all. That depends on the model and
on the library; so it is compared with how near the pictures come to other texts, of things that few libraries hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from fototeca.engine import Index
from fototeca.query import Page, Query, Vector

THINGS = (
    "an anvil", "a bagpipe", "a beekeeper", "a cash register", "a chandelier", "a drum kit", "an excavator",
    "a ferris wheel", "a gravestone", "a hot air balloon", "an iceberg", "a jigsaw puzzle", "a loom", "a manuscript",
    "a nuclear power plant", "an oscilloscope", "a parachute", "a quarry", "a robot arm", "a stained glass window",
    "a swan", "a test tube", "a vineyard", "a waterfall",
)  # fmt: skip
"""Things with which a text is compared."""

_SHARE = 0.7
"""Of the things, how many an answered text must surpass: some may be in the library."""
_LEAST = 200
"""Pictures below which nothing can be told."""
_NEAREST, _ONE_OF = 10, 60
"""The nearest pictures whose mean counts: so many, or one of so many where there are fewer."""
_CHANGED = 0.2
"""Share of the pictures that may come or go until the things are asked for anew."""


class _Level(NamedTuple):
    space: str
    pictures: int
    cosine: float


class Presence:
    """What one library holds."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._level: _Level | None = None

    def holds(self, asked: Vector, things: Callable[[], Sequence[Vector]]) -> bool:
        """Whether the library seems to hold what a text asks for.

        Args:
            asked: The text's rank.
            things: Returns those of `THINGS` in the same space.
        """
        pictures, nearness = self._nearness(asked)
        if pictures < _LEAST:
            return True
        level = self._level
        if level is None or level.space != asked.space or abs(level.pictures - pictures) > _CHANGED * level.pictures:
            found = [self._nearness(thing)[1] for thing in things()]
            level = self._level = _Level(asked.space, pictures, float(np.quantile(found, _SHARE)))
        return nearness >= level.cosine

    def _nearness(self, asked: Vector) -> tuple[int, float]:
        """Return how many pictures there are, and the mean cosine of the nearest ones."""
        results = self._index.search(Query(rank=Vector(asked.space, asked.embedding), page=Page(_NEAREST)))
        count = min(max(results.total // _ONE_OF, 1), _NEAREST)
        scores = [hit.score or 0.0 for hit in results.hits[:count]]
        return results.total, float(np.mean(scores)) if scores else 0.0
