"""Postings: for each token the rows that hold it, with all that BM25 asks of a row there.

A posting says that a token stands in one field of one row. How often it stands there, in which field and how long that
is together are the posting's *kind*. There are few kinds among millions of postings, so whatever a query makes of a
kind is worked out once for each kind and then looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows, group_by, group_starts


@dataclass(frozen=True, slots=True)
class Postings:
    """The postings of all tokens, grouped by token, and within a token ascending by row and field.

    Attributes:
        starts: Where each token's postings start, and at the end, where the last one's stop.
        rows: Row of each posting.
        kinds: Its kind, an index into the arrays below.
        fields: Of each kind, the field.
        times: How often the token stands in the field.
        lengths: How many tokens the field holds.
    """

    starts: NDArray[np.int64]
    rows: Rows
    kinds: Array
    fields: NDArray[np.int16]
    times: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @classmethod
    def of_units(  # noqa: PLR0917 - the arrays that units are
        cls, unit_rows: Rows, unit_fields: Array, unit_lengths: Array, sizes: Array, tokens: Array, vocabulary: int
    ) -> Self:
        """Group the tokens of units.

        Args:
            unit_rows: Row of each unit, ascending.
            unit_fields: Its field, ascending within a row.
            unit_lengths: How many tokens it has that count.
            sizes: How many of `tokens` are its.
            tokens: Those of all units, one unit after the other.
            vocabulary: How many different tokens there are.
        """
        order, starts = group_by(tokens, vocabulary)
        units = np.repeat(np.arange(len(unit_rows), dtype=np.int32), sizes)[order]
        del order  # the largest of the arrays here
        repeated = np.zeros(len(units) + 1, np.bool_)
        repeated[1:-1] = units[1:] == units[:-1]
        repeated[starts] = False
        units, repeats = units[~repeated[:-1]], np.flatnonzero(repeated)
        longest = int(unit_lengths.max(initial=0)) + 1
        once, unit_kinds = _numbered(unit_fields.astype(np.int64) * longest + unit_lengths)
        kinds = unit_kinds[units]
        places = repeats - np.arange(1, len(repeats) + 1)  # the posting that each of them repeats
        firsts = group_starts(places)
        again, times = places[firsts], np.diff(np.append(firsts, len(places))) + 1
        most, which = _numbered(times)
        often, which = _numbered(kinds[again] * np.int64(len(most)) + which)
        kinds[again] = len(once) + which
        of_once, of_times = np.divmod(often, max(len(most), 1))
        told = np.concatenate((once, once[of_once]))
        return cls(
            starts - np.searchsorted(repeats, starts),
            unit_rows[units],
            kinds.astype(np.min_scalar_type(len(told))),
            (told // longest).astype(np.int16),
            np.concatenate((np.ones_like(once), most[of_times])).astype(np.int32),
            (told % longest).astype(np.int32),
        )

    def count(self, code: int) -> int:
        """Return how many postings a token has."""
        return int(self.starts[code + 1] - self.starts[code])

    def of_range(self, first: int, last: int) -> tuple[Rows, Array]:
        """Return rows and kinds of the postings of a range of tokens."""
        part = slice(self.starts[first], self.starts[max(first, last)])
        return self.rows[part], self.kinds[part]

    def of_codes(self, codes: Sequence[int]) -> tuple[Rows, Array]:
        """Return rows, ascending, and kinds of the postings of some tokens."""
        parts = [self.of_range(code, code + 1) for code in codes]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return self.rows[:0], self.kinds[:0]
        rows, kinds = (np.concatenate(each) for each in zip(*parts, strict=True))
        order = np.argsort(rows, kind="stable")
        return rows[order], kinds[order]

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def restore(cls, arrays: Mapping[str, Any]) -> Self:
        """Rebuild from `arrays`, usually mapped from a file."""
        return cls(*(arrays[each.name] for each in fields(cls)))


def _numbered(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return which codes occur, ascending, and for each code given its place among them."""
    seen = np.zeros(int(codes.max(initial=-1)) + 1, np.bool_)
    seen[codes] = True
    values = np.flatnonzero(seen)
    places = np.cumsum(seen, dtype=np.int32) - 1
    return values, places[codes]
