"""A segment: an immutable set of rows, with a column for each field, an index of words and columns of vectors.

Rows are numbered by ascending id. A segment is made from documents, or from other segments without the documents.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Array, Rows, everything, rows_of
from fototeca.engine.coded import COLUMNS, CodedColumn, MixedColumn
from fototeca.engine.columns import Column, NumberColumn, PointColumn
from fototeca.engine.documents import Document
from fototeca.engine.strings import TEXT, scalar
from fototeca.engine.text import TextIndex
from fototeca.engine.vectors import VectorColumn, directed
from fototeca.query.expressions import How
from fototeca.query.fields import Field, Type, find
from fototeca.query.words import tokens

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - clock time without an offset is what is kept
_MICROSECOND = timedelta(microseconds=1)

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

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def all(self) -> BitMap:
        """Every row."""
        return everything(len(self))

    def rows_of_ids(self, ids: NDArray[np.int64]) -> Rows:
        """Return the rows of those ids that are here."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return at[self.ids[at] == ids].astype(np.int32) if len(self.ids) else np.empty(0, np.int32)

    def warm(self) -> None:
        """Make what many questions need, so that the first of them do not wait for it; a second for a million rows."""
        for column in (*self.columns.values(), *self.vectors.values()):
            column.warm()

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
        entries: dict[str, tuple[Rows, list[Any]]] = {}
        units: list[tuple[int, str, list[list[str]]]] = []
        for name, (rows, held) in given.items():
            intake = _intake(name)
            if intake is None:
                continue
            values = list(map(intake.convert, held))
            if intake.words:
                units += _units(name, rows, map(intake.texts, values))
            owners = np.repeat(np.array(rows, np.int32), list(map(len, values)))
            if len(owners):
                entries[name] = owners, list(chain.from_iterable(values))
        units.sort(key=itemgetter(0, 1))
        ids = np.array([document.id for document in ordered], np.int64)
        columns = {name: _column(name, size, owners, values) for name, (owners, values) in entries.items()}
        columns["id"] = NumberColumn(size, np.arange(size, dtype=np.int32), ids)
        return cls(ids, columns, TextIndex.build(units), _vectors(ordered))

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


def _units(name: str, rows: Iterable[int], texts: Iterable[list[str]]) -> Iterator[tuple[int, str, list[list[str]]]]:
    """Yield the tokens of each row's texts, without texts that have none; each distinct text is split once."""
    known: dict[str, list[str]] = {}
    for row, some in zip(rows, texts, strict=True):
        split = []
        for text in some:
            found = known.get(text)
            if found is None:
                found = known[text] = tokens(text)
            if found:
                split.append(found)
        if split:
            yield row, name, split


def clock(moment: datetime) -> int:
    """Return clock time, without its offset, as microseconds since 1970."""
    return (moment.replace(tzinfo=None) - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """Return the naive clock time of what `clock` gave."""
    return _EPOCH + timedelta(microseconds=microseconds)


def literal_clock(literal: datetime) -> int:
    """Return a literal's clock time: an aware one is taken to UTC first."""
    return clock(literal if literal.tzinfo is None else literal.astimezone(UTC))


def indexes_words(field: Field) -> bool:
    """Whether a field's words are in the index of words (else they are found by scanning its dictionary)."""
    return field.type in {Type.TEXT, Type.OPEN} or field.weight > 0 or field.how in {How.PHRASE, How.WORDS}


@dataclass(frozen=True, slots=True)
class _Intake:
    """How a document's value of one field comes into a segment.

    Attributes:
        convert: Returns its values as the column keeps them; none for what cannot be kept.
        words: Whether their words are indexed.
        mixed: Whether only some of them are texts.
    """

    convert: Callable[[Any], list[Any]]
    words: bool
    mixed: bool

    def texts(self, values: list[Any]) -> list[str]:
        """Return the texts among converted values."""
        return [value for kind, value in values if kind == TEXT] if self.mixed else values


@lru_cache(maxsize=65536)
def _intake(name: str) -> _Intake | None:
    """Return how a field is taken in, or `None` for what no field knows or the engine knows better."""
    field = find(name)
    if field is None or field.name != name or name == "id":
        return None
    return _Intake(_CONVERT.get(field.type, _one_text), indexes_words(field), field.type is Type.OPEN)


def _one_text(value: Any) -> list[Any]:
    return [str(value)]


def _scalars(value: Any) -> list[Any]:
    found = map(scalar, value if isinstance(value, list | tuple) else (value,))
    return [each for each in found if each is not None]


def _float(value: Any) -> list[Any]:
    number = float(value)
    return [] if math.isnan(number) else [number]


_CONVERT: dict[Type, Callable[[Any], list[Any]]] = {
    Type.OPEN: _scalars,
    Type.KEYWORDS: lambda value: [str(each) for each in value],
    Type.INT: lambda value: [min(max(int(value), -(1 << 63)), (1 << 63) - 1)],
    Type.FLOAT: _float,
    Type.DATE: lambda value: [clock(value)],
    Type.BOOL: lambda value: [scalar(bool(value))],
    Type.GEO: lambda value: [tuple(map(float, value))],
    Type.VECTOR: lambda _: [],
}


def _column(name: str, size: int, rows: Rows, values: list[Any]) -> Column:
    field = find(name)
    match field.type if field else None:
        case Type.INT | Type.DATE:
            return NumberColumn(size, rows, np.array(values, np.int64))
        case Type.FLOAT:
            return NumberColumn(size, rows, np.array(values, np.float64))
        case Type.GEO:
            return PointColumn(size, rows, np.array(values, np.float64))
        case Type.TEXT:
            return Column(size, rows)
        case Type.BOOL | Type.OPEN:
            return MixedColumn.build(size, rows, values)
        case _:
            return CodedColumn.build(size, rows, values)


def _vectors(ordered: Sequence[Document]) -> dict[str, VectorColumn]:
    spaces: dict[str, tuple[list[int], list[Array], list[Sequence[int]]]] = defaultdict(lambda: ([], [], []))
    for row, document in enumerate(ordered):
        for space, vectors in document.vectors.items():
            given = np.atleast_2d(np.asarray(vectors, np.float16))
            rows, parts, owners = spaces[space]
            rows.extend([row] * len(given))
            parts.append(given)
            owners.append(document.owners.get(space) or [document.id] * len(given))
    columns = {}
    for space, (rows, parts, owners) in spaces.items():
        whole = [part for part in parts if part.size]
        vectors = np.concatenate(whole) if whole else np.empty((0, 1), np.float16)
        good = directed(vectors)
        if good.any():
            who, what = np.array(rows, np.int32), np.array(list(chain.from_iterable(owners)), np.int64)
            columns[space] = VectorColumn.of(len(ordered), who[good], vectors[good], what[good])
    return columns


def _merged(size: int, groups: Sequence[Mapping[str, C]], targets: Sequence[Rows]) -> dict[str, C]:
    merged: dict[str, C] = {}
    for name in sorted({name for columns in groups for name in columns}):
        parts = [(columns[name], target) for columns, target in zip(groups, targets, strict=True) if name in columns]
        column = type(parts[0][0]).merge(size, [part for part, _ in parts], [target for _, target in parts])
        if len(column.rows):
            merged[name] = column
    return merged
