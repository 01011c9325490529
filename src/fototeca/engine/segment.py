"""A segment: an immutable set of rows, with a column for each field, an index of words and columns of vectors.

Rows are numbered by ascending id. A segment is made from documents, or from other segments without the documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, compress, repeat
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Bits, Rows, bits_of, everything, rows_of
from fototeca.engine.coded import COLUMNS, CodedColumn, MixedColumn
from fototeca.engine.columns import Column, NumberColumn, PointColumn
from fototeca.engine.documents import Document
from fototeca.engine.relevance import SAMPLE
from fototeca.engine.strings import scalar
from fototeca.engine.text import TextIndex, Texts
from fototeca.engine.vectors import VectorColumn, directed
from fototeca.query.expressions import How
from fototeca.query.fields import Field, Type, find

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - clock time without an offset is what is kept
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_KEPT_BITS = 4  # sets of rows whose bits are remembered: the bitmaps of common values and ranges come again

C = TypeVar("C", bound=Column)


class Segment:
    """An immutable set of documents.

    Attributes:
        ids: The documents' ids, ascending; the place is the row.
        columns: By canonical field name; only fields that have values.
        text: The words of its text fields.
        vectors: By space.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        columns: Mapping[str, Column],
        text: TextIndex,
        vectors: Mapping[str, VectorColumn],
    ) -> None:
        self.ids = ids
        self.columns = columns
        self.text = text
        self.vectors = vectors
        self._bits: list[tuple[BitMap, Bits]] = []

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def all(self) -> BitMap:
        """Every row."""
        return everything(len(self))

    def bits(self, chosen: BitMap) -> Bits:
        """Return a set of rows, which must not change any more, as bits; those of the last sets are remembered."""
        for known, bits in self._bits:
            if known is chosen:
                return bits
        bits = bits_of(chosen, len(self))
        self._bits = [(chosen, bits), *self._bits[: _KEPT_BITS - 1]]
        return bits

    def rows_of_ids(self, ids: NDArray[np.int64]) -> Rows:
        """Return the rows of those ids that are here."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return at[self.ids[at] == ids].astype(np.int32) if len(self.ids) else np.empty(0, np.int32)

    def warm(self) -> None:
        """Make what many questions need, so that the first of them do not wait for it; a second for a million rows."""
        for column in (*self.columns.values(), *self.vectors.values()):
            column.warm()
        for space in self.vectors.values():
            space.sample(self.ids, SAMPLE)

    def present(self, field: str) -> BitMap:
        """Return the rows that have a value of the field."""
        column = self.columns.get(field)
        return BitMap() if column is None else column.present

    @classmethod
    def build(cls, documents: Iterable[Document]) -> Segment:
        """Index documents; no two of them may have the same id."""
        ordered = sorted(documents, key=lambda document: document.id)
        size = len(ordered)
        given: dict[str, tuple[list[int], list[Any]]] = defaultdict(lambda: ([], []))
        for row, document in enumerate(ordered):
            for name, value in document.values.items():
                if value is not None and value != "":
                    rows, held = given[name]
                    rows.append(row)
                    held.append(value)
        ids = np.array([document.id for document in ordered], np.int64)
        columns: dict[str, Column] = {"id": NumberColumn(size, np.arange(size, dtype=np.int32), ids)}
        texts: dict[str, Texts] = {}
        for name, (rows, held) in given.items():
            intake = _intake(name)
            if intake is None:
                continue
            owners, values = intake.entries(np.array(rows, np.int32), held)
            if len(owners):
                column = columns[name] = intake.column(size, owners, values)
                if intake.words:
                    texts[name] = column.texts if isinstance(column, CodedColumn) else _distinct(owners, values)
        return cls(ids, columns, TextIndex.build(texts), _vectors(ordered))

    @classmethod
    def merge(cls, segments: Sequence[Segment], deleted: Sequence[BitMap]) -> Segment:
        """Unite segments without their deleted rows; no id may be alive in two of them."""
        kept = [np.ones(len(segment), np.bool_) for segment in segments]
        for mask, gone in zip(kept, deleted, strict=True):
            mask[rows_of(gone)] = False
        ids = np.concatenate([segment.ids[mask] for segment, mask in zip(segments, kept, strict=True)])
        order = np.argsort(ids, kind="stable")
        place = np.empty(len(ids), np.int32)
        place[order] = np.arange(len(ids), dtype=np.int32)
        targets, start = [], 0
        for mask in kept:
            target = np.full(len(mask), -1, np.int32)
            count = int(np.count_nonzero(mask))
            target[mask] = place[start : start + count]
            targets.append(target)
            start += count
        columns = _merged(len(ids), [segment.columns for segment in segments], targets)
        vectors = _merged(len(ids), [segment.vectors for segment in segments], targets)
        text = TextIndex.merge([segment.text for segment in segments], targets)
        return cls(ids[order], columns, text, vectors)

    def arrays(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return everything as named arrays and a description, for `restore`."""
        arrays: dict[str, Array] = {"ids": self.ids}
        groups: dict[str, Mapping[str, Column]] = {"columns": self.columns, "vectors": self.vectors}
        for group, columns in groups.items():
            for name, column in columns.items():
                arrays |= {f"{group}/{name}/{part}": array for part, array in column.arrays().items()}
        arrays |= {f"text/{part}": array for part, array in self.text.arrays().items()}
        kinds = {name: column.kind for name, column in self.columns.items()}
        return arrays, {"columns": kinds, "vectors": list(self.vectors), "fields": self.text.fields}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Segment:
        """Rebuild from `arrays`, usually mapped from a file."""
        groups: dict[str, dict[str, Array]] = defaultdict(dict)
        for name, array in arrays.items():
            group, _, part = name.rpartition("/")
            groups[group][part] = array
        ids = arrays["ids"]
        size = len(ids)
        columns = {n: COLUMNS[k].restore(size, groups[f"columns/{n}"]) for n, k in description["columns"].items()}
        vectors = {space: VectorColumn.restore(size, groups[f"vectors/{space}"]) for space in description["vectors"]}
        return cls(ids, columns, TextIndex.restore(description["fields"], groups["text"]), vectors)


def clock(moment: datetime) -> int:
    """Return clock time, without its offset, as microseconds since 1970."""
    since = (moment if moment.tzinfo is None else moment.replace(tzinfo=None)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(microseconds: int) -> datetime:
    """Return the naive clock time of what `clock` gave."""
    return _EPOCH + timedelta(microseconds=microseconds)


def literal_clock(literal: datetime) -> int:
    """Return a literal's clock time: an aware one is taken to UTC first."""
    return clock(literal if literal.tzinfo is None else literal.astimezone(UTC))


def indexes_words(field: Field) -> bool:
    """Whether a field's words are in the index of words (else they are found by scanning its dictionary)."""
    return field.type in {Type.TEXT, Type.OPEN} or field.weight > 0 or field.how in {How.PHRASE, How.WORDS}


_Entries: TypeAlias = tuple[Rows, Any]
"""The row of each entry of a column, ascending, and the values, as the column keeps them."""


@dataclass(frozen=True, slots=True)
class _Intake:
    """How a field comes into a segment.

    Attributes:
        entries: Makes entries of the rows that have a value and their values; what cannot be kept is left out.
        column: Makes the column, given the size of the segment and the entries.
        words: Whether the words of its texts are indexed.
    """

    entries: Callable[[Rows, list[Any]], _Entries]
    column: Callable[[int, Rows, Any], Column]
    words: bool


@lru_cache(maxsize=65536)
def _intake(name: str) -> _Intake | None:
    """Return how a field is taken in, or `None` for what no field knows or the engine knows better."""
    field = find(name)
    if field is None or field.name != name or name == "id" or field.type is Type.VECTOR:
        return None
    return _Intake(*_INTAKES[field.type], indexes_words(field))


def _texts(rows: Rows, held: list[Any]) -> _Entries:
    return rows, list(map(str, held))


def _listed(rows: Rows, held: list[Any]) -> _Entries:
    return rows.repeat(list(map(len, held))), list(map(str, chain.from_iterable(held)))


def _scalars(rows: Rows, held: list[Any]) -> _Entries:
    lists = [value if isinstance(value, list | tuple) else (value,) for value in held]
    found = list(map(scalar, chain.from_iterable(lists)))
    kept = [each is not None for each in found]
    return rows.repeat(list(map(len, lists)))[kept], list(compress(found, kept))


def _integers(rows: Rows, held: list[Any]) -> _Entries:
    numbers = list(map(int, held))
    if min(numbers) < _LEAST or max(numbers) > _MOST:
        numbers = [min(max(number, _LEAST), _MOST) for number in numbers]
    return rows, np.array(numbers, np.int64)


def _floats(rows: Rows, held: list[Any]) -> _Entries:
    numbers = np.array(list(map(float, held)))
    kept = ~np.isnan(numbers)
    return rows[kept], numbers[kept]


def _dates(rows: Rows, held: list[Any]) -> _Entries:
    return rows, np.array(list(map(clock, held)), np.int64)


def _truths(rows: Rows, held: list[Any]) -> _Entries:
    return rows, [scalar(bool(value)) for value in held]


def _points(rows: Rows, held: list[Any]) -> _Entries:
    return rows, np.array(held, np.float64)


def _distinct(rows: Rows, texts: Sequence[str]) -> Texts:
    """Return long texts, of which hardly one is like another."""
    return Texts(rows, np.arange(len(rows), dtype=np.int32), texts)


def _presence(size: int, rows: Rows, _: Any) -> Column:
    return Column(size, rows)


_INTAKES: dict[Type, tuple[Callable[[Rows, list[Any]], _Entries], Callable[[int, Rows, Any], Column]]] = {
    Type.KEYWORD: (_texts, CodedColumn.build),
    Type.KEYWORDS: (_listed, CodedColumn.build),
    Type.PATH: (_texts, CodedColumn.build),
    Type.TEXT: (_texts, _presence),
    Type.INT: (_integers, NumberColumn),
    Type.FLOAT: (_floats, NumberColumn),
    Type.DATE: (_dates, NumberColumn),
    Type.BOOL: (_truths, MixedColumn.build),
    Type.OPEN: (_scalars, MixedColumn.build),
    Type.GEO: (_points, PointColumn),
}


def _vectors(ordered: Sequence[Document]) -> dict[str, VectorColumn]:
    spaces: dict[str, tuple[list[int], list[Array], list[int]]] = defaultdict(lambda: ([], [], []))
    for row, document in enumerate(ordered):
        for space, vectors in document.vectors.items():
            given = np.asarray(vectors, np.float16)
            if given.size:
                rows, parts, owners = spaces[space]
                rows.append(row)
                parts.append(given if given.ndim > 1 else given[np.newaxis])
                owners.extend(document.owners.get(space) or repeat(document.id, len(parts[-1])))
    columns = {}
    for space, (rows, parts, owners) in spaces.items():
        vectors = np.concatenate(parts)
        who = np.repeat(np.array(rows, np.int32), list(map(len, parts)))
        what = np.array(owners, np.int64)
        good = directed(vectors)
        if not good.all():
            who, what, vectors = who[good], what[good], vectors[good]
        if len(who):
            columns[space] = VectorColumn.of(len(ordered), who, vectors, what)
    return columns


def _merged(size: int, groups: Sequence[Mapping[str, C]], targets: Sequence[Rows]) -> dict[str, C]:
    merged: dict[str, C] = {}
    for name in sorted({name for columns in groups for name in columns}):
        parts = [(columns[name], target) for columns, target in zip(groups, targets, strict=True) if name in columns]
        column = type(parts[0][0]).merge(size, [part for part, _ in parts], [target for _, target in parts])
        if len(column.rows):
            merged[name] = column
    return merged
