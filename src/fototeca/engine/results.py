"""What the engine answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Matched:
    """What in a document a rank by vectors found.

    Attributes:
        space: The vector space.
        owner_id: What the nearest vector of the document belongs to: an object, a face, a frame, or the document.
        score: Its cosine.
    """

    space: str
    owner_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found.

    Attributes:
        id: Its id.
        score: What the rank gave it; `None` without a rank, or if the rank does not reach it.
        relevance: How good it is, 0..1, comparable between queries; `None` without a rank, 0 if it is not reached.
        matched: What in it each vector of the rank is nearest to.
    """

    id: int
    score: float | None = None
    relevance: float | None = None
    matched: tuple[Matched, ...] = ()


class Hits(Sequence[Hit]):
    """The hits of a page, each made when it is looked at: whoever needs only `ids` waits for none.

    Attributes:
        ids: Their ids.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        scores: NDArray[np.float64] | None = None,
        relevance: Callable[[], NDArray[np.float64]] = lambda: np.empty(0),
        matched: Callable[[], Sequence[tuple[Matched, ...]]] = tuple,
    ) -> None:
        self.ids: list[int] = ids.tolist()
        self._scores: list[float] | None = None if scores is None else scores.tolist()
        self._judge = relevance
        self._match = matched

    @cached_property
    def _relevance(self) -> list[float]:
        found: list[float] = self._judge().tolist()
        return found

    @cached_property
    def _matched(self) -> Sequence[tuple[Matched, ...]]:
        return self._match()

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> list[Hit]: ...
    def __getitem__(self, index: int | slice) -> Hit | list[Hit]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if self._scores is None:
            return Hit(self.ids[index])
        score = self._scores[index]
        reached = None if math.isnan(score) else score
        return Hit(self.ids[index], reached, self._relevance[index], self._matched[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment] # as of a list


@dataclass(frozen=True, slots=True)
class FacetResult:
    """Counts of one facet.

    Attributes:
        values: Pairs of a value and its count. By value: text, number, truth value or naive datetime. By ranges: a
            bucket's key. By date interval: "2023", "2023-06" or "2023-06-01". By number interval: the step's start.
        missing: Hits without a value of the field.
    """

    values: list[tuple[Any, int]]
    missing: int


@dataclass(frozen=True)
class Results:
    """The answer to a query.

    Attributes:
        hits: One page, in order.
        total: Number of all hits, exact.
        facets: By field, in the order asked; a second facet of a field is "field#2", and so on.
        explain: How it was answered, if asked.
        took_ms: Time to answer, in milliseconds.
        continued: Returns the cursor for the next page; `None` when nothing remains.
    """

    hits: Sequence[Hit]
    total: int
    facets: dict[str, FacetResult] = field(default_factory=dict)
    explain: dict[str, Any] | None = None
    took_ms: float = 0.0
    continued: Callable[[], str] | None = None

    @cached_property
    def cursor(self) -> str | None:
        """For the next page; `None` when nothing remains."""
        return None if self.continued is None else self.continued()

    @property
    def ids(self) -> list[int]:
        """The ids of the hits, without making these."""
        return self.hits.ids if isinstance(self.hits, Hits) else [hit.id for hit in self.hits]
