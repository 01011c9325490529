"""Plain answers to queries: match every document, rank all that match, sort, count. Slow and obviously right."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fototeca.engine.documents import Document
from fototeca.query.expressions import Facet, Query, Sort
from fototeca.query.fields import field
from tests.oracle.matching import clock, comparable, matches, values_of
from tests.oracle.ranking import Ranked, rank_all


@dataclass(frozen=True)
class Found:
    """A hit; score and relevance are `None` where nothing ranked it."""

    document: Document
    score: float | None
    relevance: float | None


@dataclass(frozen=True)
class Counts:
    """A facet's answer: counts in order, and the number of hits without a value."""

    values: list[tuple[Any, int]]
    missing: int


@dataclass(frozen=True)
class Answer:
    """Every hit in order, whatever the page, and the facets in the order of the query."""

    hits: list[Found]
    facets: list[Counts]

    @property
    def ids(self) -> list[int]:
        """The hits' ids, in order."""
        return [hit.document.id for hit in self.hits]


def answer(query: Query, documents: Sequence[Document]) -> Answer:
    """Answer a valid query over documents of different ids.

    Raises:
        QueryError: An example of a `Like` has no vector.
    """
    hits = ordered(query, found(query, list(documents)))
    return Answer(hits, [facet_counts(facet, [hit.document for hit in hits]) for facet in query.facets])


def found(query: Query, documents: list[Document]) -> list[Found]:
    """Return the hits in no order: what matches, is reached by the rank if there is one, and relevant enough."""
    matching = [document for document in documents if matches(query.where, document)]
    if query.rank is None:
        return [Found(document, None, None) for document in matching]
    ranked = rank_all(query.rank, documents, {document.id for document in matching})
    hits = []
    for document in matching:
        how_well: Ranked | None = ranked.get(document.id)
        if how_well is not None and how_well.relevance >= query.min_relevance:
            hits.append(Found(document, how_well.score, how_well.relevance))
        elif how_well is None and query.keep_unranked:
            hits.append(Found(document, None, 0.0))
    return hits


# --- order --------------------------------------------------------------------------------------------------


def ordered(query: Query, hits: list[Found]) -> list[Found]:
    """Sort: "documents without a value come last", ties by id come "in the direction of the last sort key"."""
    default = Sort("created", descending=True) if query.rank is None else Sort("score", descending=True)
    keys = query.sort or (default,)
    hits = sorted(hits, key=lambda hit: hit.document.id, reverse=keys[-1].descending)
    for key in reversed(keys):
        values = {hit.document.id: sort_value(hit, key.field) for hit in hits}
        present = [hit for hit in hits if values[hit.document.id] is not None]
        absent = [hit for hit in hits if values[hit.document.id] is None]
        present.sort(key=lambda hit: values[hit.document.id], reverse=key.descending)
        hits = present + absent
    return hits


def sort_value(hit: Found, name: str) -> Any:
    """Return what a hit is sorted by, or `None`: its score, or the first value of the field."""
    if name == "score":
        return hit.score
    values = values_of(hit.document, field(name))
    return order(values[0]) if values else None


def order(value: Any) -> tuple[int, Any]:
    """Return a key that sorts values of one field and tells them apart: false < true < numbers < texts."""
    kind = 2 if isinstance(value, str) else 0 if isinstance(value, bool) else 1
    return kind, comparable(value)


# --- facets -------------------------------------------------------------------------------------------------


def facet_counts(facet: Facet, documents: list[Document]) -> Counts:
    """Count the documents by value, range or interval, each at most once for the same value."""
    known = field(facet.field)
    held = [{order(value) for value in values_of(document, known)} for document in documents]
    missing = sum(not values for values in held)
    if facet.ranges:
        return Counts([(b.key, sum(_in(b.low, b.high, values) for values in held)) for b in facet.ranges], missing)
    if facet.interval is not None:
        buckets = [{_bucket(value, facet.interval) for _, value in values} for values in held]
        return Counts(sorted(Counter(bucket for found in buckets for bucket in found).items()), missing)
    counts = Counter(value for values in held for value in values)
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Counts([(value, count) for (_, value), count in best[: facet.limit]], missing)


def _in(low: Any, high: Any, values: set[tuple[int, Any]]) -> bool:
    """Whether one of the values lies in the bucket: low included, high excluded."""
    low, high = (clock(bound) if isinstance(bound, datetime) else bound for bound in (low, high))
    return any((low is None or value >= low) and (high is None or value < high) for _, value in values)


def _bucket(value: Any, interval: str | float) -> Any:
    """Return the bucket that a value falls into: a date's year, month or day in ISO 8601, or a multiple of a number."""
    if isinstance(interval, str):
        return value.isoformat()[: {"year": 4, "month": 7, "day": 10}[interval]]
    if isinstance(value, int) and isinstance(interval, int):
        return value // interval * interval
    return math.floor(value / interval) * interval
