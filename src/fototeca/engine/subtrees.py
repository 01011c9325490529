"""Subtrees: what a filter finds below each of many folders, without a question for each.

The dictionary of folders is sorted, so a subtree is a range of codes, and the rows of a range lie side by side where a
column's rows are grouped by code. The filter is answered once; each subtree is then a look at its own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fototeca.engine.arrays import Rows, mask_of, rows_of
from fototeca.engine.coded import CodedColumn
from fototeca.engine.found import Found
from fototeca.engine.keys import Key, keys_of
from fototeca.engine.ordering import first, joined
from fototeca.engine.planner import plan
from fototeca.engine.snapshot import Snapshot
from fototeca.query.expressions import Expression, Sort


@dataclass(frozen=True, slots=True)
class Subtree:
    """What was found in a folder and below it.

    Attributes:
        count: How many documents.
        ids: The first of them, in the order that was asked for.
    """

    count: int
    ids: list[int]


def find(
    snapshot: Snapshot, where: Expression, paths: Sequence[str], sort: Sequence[Sort], count: int
) -> dict[str, Subtree]:
    """Answer `Index.subtrees`."""
    keys, filters = keys_of(sort, ranked=False), plan(where)
    founds = [Found(view.segment, view.left(filters.select(view.segment))) for view in snapshot]
    groups = [_Groups(found) for found in founds]
    subtrees = {}
    for path in paths:
        inside = [(found, group.below(path)) for found, group in zip(founds, groups, strict=True)]
        here = [(found, rows) for found, rows in inside if len(rows)]
        subtrees[path] = Subtree(sum(len(rows) for _, rows in here), _first(here, keys, count))
    return subtrees


def _first(here: Sequence[tuple[Found, Rows]], keys: Sequence[Key], count: int) -> list[int]:
    """Return the ids of the first of some rows of several segments."""
    if not count:
        return []
    founds = [found for found, _ in here]
    leading = [first(found, keys, np.sort(rows), count) for found, rows in here]
    owners, rows = joined(founds, keys, leading, slice(0, count))
    return [int(founds[owner].segment.ids[row]) for owner, row in zip(owners, rows, strict=True)]


class _Groups:
    """The hits of one segment, grouped by the code of their folder."""

    def __init__(self, found: Found) -> None:
        self._found = found
        column = found.segment.columns.get("folder")
        self._column = column if isinstance(column, CodedColumn) else None
        if self._column is not None:
            rows, starts = self._column.groups
            chosen = mask_of(found.chosen, len(found.segment))[rows]
            self._rows = rows[chosen]
            before = np.concatenate(([0], np.cumsum(chosen)))
            self._starts: list[int] = before[starts].tolist()

    def below(self, path: str) -> Rows:
        """Return the hits in a folder or below it: those of its own code and those of one range behind it."""
        if not path:
            return rows_of(self._found.chosen)
        if self._column is None:
            return np.empty(0, np.int32)
        ranges = self._column.exact(path), self._column.prefix_range(f"{path}/")
        return np.concatenate([self._rows[self._starts[low] : self._starts[high]] for low, high in ranges])
