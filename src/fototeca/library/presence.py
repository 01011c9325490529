"""Where the answer to a text ends: at which relevance, in a library that may or may not hold what it asks for.

Some pictures are always nearer to a text than others, so one relevance for every text finds something for each. What
tells a text that is answered from one that is not is how near pictures come at all. That depends on the model and on
the library; so it is compared with how near they come to other texts, of things that few libraries hold. With m the
median cosine of a sample of all pictures and n the mean of its nearest:

    nearness(text) = n - m / 2
    likeness(text, picture) = cosine + (n - m) / 2

A text that is nearer than half of the things is answered with those pictures that are more like it than most are like
the things; another one with what is relevant beyond doubt, which may be nothing. The halves are measured (see
docs/quality.md): some texts are nearer to everything, and that says half as much as to be near to some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from fototeca.engine import Index, Usual
from fototeca.query import Vector

LEAST_RELEVANCE = 0.15
"""What is less relevant than this is no answer to a text in a library too small to be compared with anything.

Between one and one and a half robust standard deviations above what the text is like to a random picture."""
DOUBTFUL_RELEVANCE = 0.5
"""The same for a text that the library does not seem to hold: three deviations."""
CERTAIN_RELEVANCE = 0.1
"""The same at the least, however well a text is answered: nearly one deviation."""
THINGS = (
    "an anvil", "a bagpipe", "a beekeeper", "a cash register", "a chandelier", "a drum kit", "an excavator",
    "a ferris wheel", "a gravestone", "a hot air balloon", "an iceberg", "a jigsaw puzzle", "a loom", "a manuscript",
    "a nuclear power plant", "an oscilloscope", "a parachute", "a quarry", "a robot arm", "a stained glass window",
    "a swan", "a test tube", "a vineyard", "a waterfall",
)  # fmt: skip
"""Things with which a text is compared."""

_NEARER = 0.5
"""Of the things, how many an answered text must surpass: some may be in the library."""
_LIKER = 0.88
"""Of all pairs of a thing and a picture, how many a picture must surpass to be an answer."""
_LEAST = 200
"""Pictures below which nothing can be told."""
_ONE_OF = 30
"""The nearest are one of so many pictures."""
_CHANGED = 0.2
"""Share of the pictures that may come or go until the things are asked for anew."""


class _Level(NamedTuple):
    """What a text and its pictures must surpass, as found among so many pictures."""

    space: str
    pictures: int
    nearness: float
    likeness: float


class Presence:
    """What one library holds."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._level: _Level | None = None

    def least(self, asked: Vector, things: Callable[[], Sequence[Vector]]) -> float:
        """Return how relevant a picture must be to be an answer to a text.

        Args:
            asked: The text's rank.
            things: Returns those of `THINGS` in the same space.
        """
        usual, pictures = self._index.usual(asked), len(self._index)
        if len(usual.cosines) < _LEAST:
            return LEAST_RELEVANCE
        level = self._level
        if level is None or level.space != asked.space or abs(level.pictures - pictures) > _CHANGED * level.pictures:
            found = [self._index.usual(thing) for thing in things()]
            level = self._level = _Level(asked.space, pictures, *_surpassed(found))
        if _nearness(usual) < level.nearness:
            return DOUBTFUL_RELEVANCE
        cosine = level.likeness - _raised(usual)
        relevance = float(usual.relevance(np.array([cosine]))[0])
        return min(max(relevance, CERTAIN_RELEVANCE), DOUBTFUL_RELEVANCE)


def _surpassed(things: Sequence[Usual]) -> tuple[float, float]:
    """Return what nearness and what likeness enough of the things, and of their pairs with pictures, do not reach."""
    likeness = np.concatenate([thing.cosines + _raised(thing) for thing in things])
    return float(np.quantile(list(map(_nearness, things)), _NEARER)), float(np.quantile(likeness, _LIKER))


def _nearness(usual: Usual) -> float:
    return _nearest(usual) - usual.centre / 2


def _raised(usual: Usual) -> float:
    """Return what a picture's likeness is greater by than its cosine."""
    return (_nearest(usual) - usual.centre) / 2


def _nearest(usual: Usual) -> float:
    return float(usual.cosines[-(len(usual.cosines) // _ONE_OF) :].mean())
