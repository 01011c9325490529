"""What the engine answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query.

    Attributes:
        hits: One page, in order.
        total: Number of all hits, exact.
        facets: By field, in the order asked; a second facet of a field is "field#2", and so on.
        cursor: For the next page; `None` when nothing remains.
        explain: How it was answered, if asked.
        took_ms: Time to answer, in milliseconds.
    """

    hits: list[Hit]
    total: int
    facets: dict[str, FacetResult] = field(default_factory=dict)
    cursor: str | None = None
    explain: dict[str, Any] | None = None
    took_ms: float = 0.0
