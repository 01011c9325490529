"""Coded columns: values as codes into a sorted dictionary."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Rows, bitmap, bitmap_of_any, group_by, interleave
from fototeca.engine.columns import Column, Memory, NumberColumn, PointColumn
from fototeca.engine.strings import TEXT, StringTable, after_prefix, coded, pack, position, prefix_range, scalar, union
from fototeca.engine.text import Texts
from fototeca.query.words import fold

_KEPT_BITMAP = 1024  # rows from which the bitmap of a value is kept once made
_KNOWN_CODES = 1024  # values asked for whose codes are remembered: a look-up in a table on disk decodes many


class CodedColumn(Column):
    """Any number of values for each row, as codes into a sorted dictionary: the order of codes is that of values.

    Attributes:
        codes: Code of each entry; the entries of a row keep the order, and the repeats, that they were given in.
        values: The dictionary: texts, or `Scalar`s in a mixed column.
    """

    kind = "coded"
    mixed = False

    def __init__(
        self,
        size: int,
        rows: Rows,
        codes: NDArray[np.int32],
        values: Sequence[Any],
        groups: tuple[Array, Array] | None = None,
    ) -> None:
        super().__init__(size, rows)
        self.codes = codes
        self.values = values
        self._groups = groups
        self._bitmaps: dict[int, BitMap] = {}
        self._ranges = Memory()
        self._known: dict[Any, int | None] = {}

    @classmethod
    def build(cls, size: int, rows: Rows, entries: Sequence[Any]) -> Self:
        """Make a column of the values themselves, one for each entry."""
        values, codes = coded(entries)
        return cls(size, rows, codes, values)

    @property
    def groups(self) -> tuple[Array, Array]:
        """The rows grouped by code, ascending and with repeats, and where each code's group starts."""
        if self._groups is None:
            order, starts = group_by(self.codes, len(self.values))
            self._groups = self.rows[order], starts
        return self._groups

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many entries each code has."""
        return np.diff(self.groups[1])

    @cached_property
    def commonest(self) -> list[int]:
        """The codes by how many entries they have, the most first."""
        order: list[int] = np.argsort(-self.sizes, kind="stable").tolist()
        return order

    @cached_property
    def distinct(self) -> bool:
        """Whether no row holds the same value twice."""
        rows, starts = self.groups
        repeated = rows[1:] == rows[:-1]
        edges = starts[1:-1]
        repeated[edges[(edges > 0) & (edges < len(rows))] - 1] = False
        return not repeated.any()

    @cached_property
    def folded(self) -> tuple[list[str], list[int]]:
        """The texts of the dictionary, folded and sorted anew, and the code of each."""
        texts = (value[1] for value in self.values[self.texts_from :]) if self.mixed else iter(self.values)
        pairs = sorted((fold(text), code) for code, text in enumerate(texts, self.texts_from))
        return [text for text, _ in pairs], [code for _, code in pairs]

    @property
    def texts(self) -> Texts:
        """Its texts, for the index of words."""
        return Texts(self.rows, self.codes, self.values)

    @cached_property
    def texts_from(self) -> int:
        """The code of the first text; all before it are booleans and numbers."""
        return bisect_left(self.values, (TEXT, "")) if self.mixed else 0

    def key(self, value: Any) -> Any:
        """Return a plain value as the dictionary holds it."""
        return value

    def least(self, kind: int) -> Any:  # noqa: ARG002 - where all are texts there is one kind
        """Return what sorts before all values of a kind."""
        return ""

    def prefix_range(self, prefix: str) -> tuple[int, int]:
        """Return the range of codes whose text begins with this."""
        end = after_prefix(prefix)
        first = bisect_left(self.values, self.key(prefix))
        return first, len(self.values) if end is None else bisect_left(self.values, self.key(end))

    def text(self, code: int) -> str:
        """Return the text of a code from `texts_from` on."""
        return str(self.values[code])

    def exact(self, text: str) -> tuple[int, int]:
        """Return the range of codes that holds just this text, or nothing."""
        code = self.code(self.key(text))
        return (0, 0) if code is None else (code, code + 1)

    def folded_equal(self, folded: str) -> Sequence[int]:
        """Return the codes whose folded text is this."""
        texts, codes = self.folded
        return codes[bisect_left(texts, folded) : bisect_right(texts, folded)]

    def folded_prefix(self, folded: str) -> Sequence[int]:
        """Return the codes whose folded text begins with this."""
        texts, codes = self.folded
        first, last = prefix_range(texts, folded)
        return codes[first:last]

    def count(self, first: int, last: int) -> int:
        """Return how many entries have a code in the range."""
        starts = self.groups[1]
        return int(starts[last] - starts[first])

    def warm(self) -> None:
        """Make the bitmaps of the common values."""
        super().warm()
        for code in np.flatnonzero(self.sizes >= _KEPT_BITMAP).tolist():
            self.rows_of_code(code)

    def rows_of_code(self, code: int) -> BitMap:
        """Return the rows that hold this value."""
        kept = self._bitmaps.get(code)
        if kept is not None:
            return kept
        rows, starts = self.groups
        found = rows[starts[code] : starts[code + 1]]
        made = bitmap(found)
        if len(found) >= _KEPT_BITMAP:
            self._bitmaps[code] = made
        return made

    def rows_of_range(self, first: int, last: int) -> BitMap:
        """Return the rows that hold a value whose code is in the range."""
        if last - first <= 1:
            return self.rows_of_code(first) if last > first else BitMap()
        rows, starts = self.groups
        found = rows[starts[first] : starts[last]]
        if len(found) < _KEPT_BITMAP:
            return bitmap_of_any(found, self.size)
        kept: BitMap = self._ranges.ask((first, last), lambda: bitmap_of_any(found, self.size))
        return kept

    def rows_of_codes(self, codes: Sequence[int]) -> BitMap:
        """Return the rows that hold one of these values."""
        if len(codes) <= 8:
            return BitMap().union(*map(self.rows_of_code, codes))
        return bitmap_of_any(self.rows[self.chosen(codes)], self.size)

    def chosen(self, codes: Sequence[int]) -> NDArray[np.bool_]:
        """Return for each entry whether its code is one of these."""
        wanted = np.zeros(len(self.values), np.bool_)
        wanted[codes] = True
        return wanted[self.codes]

    def code(self, value: Any) -> int | None:
        """Return the code of a value, or `None` if no row has it."""
        known = self._known
        if value not in known:
            if len(known) >= _KNOWN_CODES:
                known = self._known = {}
            known[value] = position(self.values, value)
        return known[value]

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs."""
        grouped, starts = self.groups
        packed = pack(self.values, mixed=self.mixed)
        return {"rows": self.rows, "codes": self.codes, "grouped": grouped, "starts": starts, **packed}

    @classmethod
    def restore(cls, size: int, arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`."""
        values = StringTable(arrays["offsets"], arrays["data"], mixed=cls.mixed)
        return cls(size, arrays["rows"], arrays["codes"], values, (arrays["grouped"], arrays["starts"]))

    @classmethod
    def merge(cls, size: int, columns: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the columns of several segments; values that no row holds any more are dropped."""
        rows, pick = interleave([c.rows for c in columns], targets)
        used = [_used(c.codes, c.rows, target) for c, target in zip(columns, targets, strict=True)]
        values, remaps = union([c.values for c in columns], used)
        codes = np.concatenate([remap[c.codes] for c, remap in zip(columns, remaps, strict=True)])
        return cls(size, rows, codes[pick], values)


class MixedColumn(CodedColumn):
    """A coded column whose dictionary holds `Scalar`s."""

    kind = "mixed"
    mixed = True

    @property
    def texts(self) -> Texts:
        """Its texts, for the index of words."""
        kept = self.codes >= self.texts_from
        texts = [text for _, text in self.values[self.texts_from :]]
        return Texts(self.rows[kept], self.codes[kept] - np.int32(self.texts_from), texts)

    def key(self, value: Any) -> Any:
        """Return a plain value as the dictionary holds it."""
        return scalar(value)

    def least(self, kind: int) -> Any:
        """Return what sorts before all values of a kind."""
        return kind, "" if kind == TEXT else -math.inf

    def text(self, code: int) -> str:
        """Return the text of a code from `texts_from` on."""
        return str(self.values[code][1])


def _used(codes: Array, rows: Rows, target: Rows) -> Array | None:
    """Return the codes that survive a merge, `None` when all do."""
    kept = target[rows] >= 0
    return None if kept.all() else np.unique(codes[kept])


COLUMNS: dict[str, type[Column]] = {c.kind: c for c in (Column, NumberColumn, PointColumn, CodedColumn, MixedColumn)}
