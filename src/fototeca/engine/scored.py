"""What a rank says of the rows of one segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Rows, bitmap


class Scored:
    """The rows that a rank reaches.

    Attributes:
        rows: Ascending.
        scores: One for each; higher is better.
    """

    def __init__(self, rows: Rows, scores: NDArray[np.float64], relevance: Array | Callable[[], Array]) -> None:
        self.rows = rows
        self.scores = scores
        self._relevance = relevance

    @cached_property
    def relevance(self) -> NDArray[np.float64]:
        """One for each row, 0..1; worked out when it is asked for, as many only want ids in order."""
        return self._relevance() if callable(self._relevance) else self._relevance

    @classmethod
    def none(cls) -> Self:
        """No row."""
        return cls(np.empty(0, np.int32), np.empty(0), np.empty(0))

    def of(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return score and relevance of each of some rows: NaN and 0 where the rank does not reach it."""
        if len(rows) == len(self.rows) and (rows == self.rows).all():
            return self.scores, self.relevance
        scores, relevance = np.full(len(rows), np.nan), np.zeros(len(rows))
        reached, places = self.places(rows)
        scores[reached], relevance[reached] = self.scores[places], self.relevance[places]
        return scores, relevance

    def places(self, rows: Rows) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which of some rows the rank reaches, and where these are among its own."""
        places = np.searchsorted(self.rows, rows)
        inside = places < len(self.rows)
        inside[inside] = self.rows[places[inside]] == rows[inside]
        return inside, places[inside]

    def keep(self, chosen: Array | slice) -> Scored:
        """Return the part that is chosen, by a mask or by places."""
        return Scored(self.rows[chosen], self.scores[chosen], lambda: self.relevance[chosen])

    def joined(self, other: Scored) -> Scored:
        """Return both, these first."""
        return Scored(
            np.concatenate((self.rows, other.rows)),
            np.concatenate((self.scores, other.scores)),
            lambda: np.concatenate((self.relevance, other.relevance)),
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The best that a rank reaches, in each segment.

    Attributes:
        scored: The best rows.
        reached: All rows that the rank reaches; `None` where `scored` holds every one.
        exact: Whether these are surely the best; else a few of them may be missing.
        ways: How they were found, for `explain`.
        judge: Scores some rows of a segment, given its number; where `reached` is not `None`.
        beyond: How many documents are likely to have a better score than these; likewise.
    """

    scored: list[Scored]
    reached: list[BitMap] | None
    exact: bool
    ways: tuple[str, ...] = ()
    judge: Callable[[int, Rows], Scored] | None = None
    beyond: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None

    @property
    def total(self) -> int:
        """How many rows the rank reaches."""
        return sum(len(scored.rows) for scored in self.scored) if self.reached is None else sum(map(len, self.reached))

    def reaches(self, at: int) -> BitMap:
        """Return all rows of a segment that the rank reaches."""
        return bitmap(self.scored[at].rows) if self.reached is None else self.reached[at]
