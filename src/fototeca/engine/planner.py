"""From an expression to the rows that match: a tree of filters, the cheapest and most selective asked first.

A plan is made once for a query and asked once for each segment. It keeps count of what it found and took, which is what
`explain` shows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from pyroaring import BitMap

from fototeca.engine import filters
from fototeca.engine.arrays import bitmap
from fototeca.engine.leaf import Leaf
from fototeca.engine.segment import Segment
from fototeca.errors import LimitExceeded
from fototeca.query.expressions import (
    All,
    And,
    Box,
    Count,
    Exists,
    Expression,
    Ids,
    Match,
    Near,
    Not,
    Nothing,
    Or,
    Polygon,
    Prefix,
    Range,
    Under,
    Wildcard,
)
from fototeca.query.fields import field

MAX_DEPTH = 64
MAX_NODES = 10_000
MAX_IDS = 100_000


class Filter(ABC):
    """Answers an expression in any segment.

    Attributes:
        node: The expression.
        cost: As in `Leaf`; of a compound the highest of its parts.
        parts: The filters of its parts.
    """

    def __init__(self, node: Expression, cost: int, parts: tuple[Filter, ...] = ()) -> None:
        self.node = node
        self.cost: int = max([cost, *(part.cost for part in parts)])
        self.parts = parts
        self._found = 0
        self._seconds = 0.0

    @abstractmethod
    def estimate(self, segment: Segment) -> int:
        """Return about how many rows match."""

    @abstractmethod
    def _answer(self, segment: Segment) -> BitMap: ...

    def select(self, segment: Segment) -> BitMap:
        """Return the rows that match, deleted ones included; not to be changed by the caller."""
        started = perf_counter()
        found = self._answer(segment)
        self._seconds += perf_counter() - started
        self._found += len(found)
        return found

    def among(self, rows: BitMap, segment: Segment) -> BitMap:
        """Return those of some rows that match."""
        return rows & self.select(segment)

    def explain(self, segments: Sequence[Segment]) -> dict[str, Any]:
        """Return what is estimated and what was found and took, summed over the segments."""
        told: dict[str, Any] = {
            "node": type(self.node).__name__ if self.parts else str(self.node),
            "estimated": sum(self.estimate(segment) for segment in segments),
            "found": self._found,
            "ms": round(self._seconds * 1000, 3),
        }
        return told | ({"parts": [part.explain(segments) for part in self.parts]} if self.parts else {})


class _Leaf(Filter):
    def __init__(self, node: Expression, leaf: Leaf) -> None:
        super().__init__(node, leaf.cost)
        self._leaf = leaf

    def estimate(self, segment: Segment) -> int:
        return self._leaf.estimate(segment)

    def _answer(self, segment: Segment) -> BitMap:
        return self._leaf.select(segment)


class _All(Filter):
    def estimate(self, segment: Segment) -> int:
        return len(segment)

    def _answer(self, segment: Segment) -> BitMap:
        return segment.all


class _Or(Filter):
    def estimate(self, segment: Segment) -> int:
        return min(len(segment), sum(part.estimate(segment) for part in self.parts))

    def _answer(self, segment: Segment) -> BitMap:
        return BitMap().union(*(part.select(segment) for part in self.parts))

    def among(self, rows: BitMap, segment: Segment) -> BitMap:
        # Each alternative is looked at alone, as large sets are intersected much faster than they are united.
        started = perf_counter()
        found = BitMap().union(*(part.among(rows, segment) for part in self.parts))
        self._seconds += perf_counter() - started
        self._found += len(found)
        return found


class _Not(Filter):
    def estimate(self, segment: Segment) -> int:
        return len(segment) - self.parts[0].estimate(segment)

    def _answer(self, segment: Segment) -> BitMap:
        return segment.all - self.parts[0].select(segment)


class _And(Filter):
    def estimate(self, segment: Segment) -> int:
        return min((part.estimate(segment) for part in self.parts), default=len(segment))

    def _answer(self, segment: Segment) -> BitMap:
        """Intersect, cheapest and rarest part first, until nothing is left; what is denied is taken away at the end.

        Compounds come behind single conditions of their price, as `among` fewer rows they are quicker.
        """
        found: BitMap | None = None
        wanted = [part for part in self.parts if not isinstance(part, _Not)]
        for part in sorted(wanted, key=lambda part: (part.cost, len(part.parts) > 0, part.estimate(segment))):
            found = part.select(segment) if found is None else part.among(found, segment)
            if not found:
                return found
        found = segment.all if found is None else found
        for part in self.parts:
            if isinstance(part, _Not) and found:
                found = found - part.parts[0].select(segment)
        return found


def plan(where: Expression) -> Filter:
    """Check an expression and return its filter.

    Raises:
        QueryError: It names a field that does not exist, or asks of a field what its type does not allow.
        LimitExceeded: It is too large.
    """
    return _Planner().plan(where, 0)


class _Planner:
    def __init__(self) -> None:
        self._nodes = 0

    def plan(self, node: Expression, depth: int) -> Filter:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise LimitExceeded(
                "the query is too large", allowed=f"at most {MAX_DEPTH} levels and {MAX_NODES} conditions"
            )
        match node:
            case All():
                return _All(node, 0)
            case And(parts=parts):
                return _And(node, 0, tuple(self.plan(part, depth + 1) for part in parts))
            case Or(parts=parts):
                return _Or(node, 0, tuple(self.plan(part, depth + 1) for part in parts))
            case Not(part=part):
                return _Not(node, 0, (self.plan(part, depth + 1),))
            case _:
                return _Leaf(node, _LEAVES[type(node)](node))


def _ids(node: Ids) -> Leaf:
    if len(node.ids) > MAX_IDS:
        raise LimitExceeded(f"{len(node.ids)} ids are too many", allowed=f"at most {MAX_IDS}")
    wanted = np.array(sorted({i for i in node.ids if 0 < i < 1 << 63}), np.int64)
    return Leaf(lambda segment: bitmap(segment.rows_of_ids(wanted)), lambda _: len(wanted), cost=0)


def _nothing(_: Nothing) -> Leaf:
    return Leaf(lambda _: BitMap(), lambda _: 0, cost=0)


_LEAVES: dict[type[Expression], Callable[[Any], Leaf]] = {
    Match: filters.match,
    Range: filters.range_,
    Prefix: filters.prefix,
    Wildcard: filters.wildcard,
    Exists: lambda node: filters.exists(field(node.field)),
    Count: filters.count,
    Under: filters.under,
    Near: filters.near,
    Box: filters.box,
    Polygon: filters.polygon,
    Ids: _ids,
    Nothing: _nothing,
}
