"""The questions Q1 to Q9 with their parameters, always the same ones, and what numpy says that their answers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engines.data import DIMENSION, FIVE_YEARS, FORMATS, SEED, Catalogue

Array = NDArray[Any]
Mask = NDArray[np.bool_]
PAGE = 50
TOP_TAGS = 20


@dataclass(frozen=True)
class Newest:
    """Q1: a format and more than a width, newest 50, exact total."""

    format: str
    width: int

    def mask(self, data: Catalogue) -> Mask:
        return np.asarray((data.format == FORMATS.index(self.format)) & (data.width > self.width))


@dataclass(frozen=True)
class Boolean:
    """Q2: a tag in one of two projects and without another tag, largest 50, exact total."""

    tag: int
    projects: tuple[int, int]
    without: int

    def mask(self, data: Catalogue) -> Mask:
        among = np.isin(data.project, self.projects)
        return np.asarray(data.tag.rows_with(self.tag) & among & ~data.tag.rows_with(self.without))


@dataclass(frozen=True)
class Counts:
    """Q3: counts by format, by project and of the 20 commonest tags, in 30 % of the time."""

    start: int
    stop: int

    def mask(self, data: Catalogue) -> Mask:
        return np.asarray((data.created >= self.start) & (data.created < self.stop))

    def answer(self, data: Catalogue) -> tuple[list[int], list[int], list[int]]:
        mask = self.mask(data)
        tags = np.bincount(data.tag.codes[mask[data.tag.owners]])
        return (
            np.sort(np.bincount(data.format[mask]))[::-1].tolist(),
            np.sort(np.bincount(data.project[mask]))[::-1].tolist(),
            np.sort(tags)[::-1][:TOP_TAGS].tolist(),
        )


@dataclass(frozen=True, eq=False)
class Near:
    """Q4, Q5: the nearest 50, among files of a size within bounds."""

    vector: Array
    low: int | None = None
    high: int | None = None

    def mask(self, data: Catalogue) -> Mask:
        if self.low is None or self.high is None:
            return np.ones(data.rows, np.bool_)
        return np.asarray((data.bytes >= self.low) & (data.bytes < self.high))


@dataclass(frozen=True, eq=False)
class Words:
    """Q6: either of two words, in the name or the description, in one format; Q7: fused with a vector."""

    words: tuple[int, int]
    format: str
    vector: Array

    def mask(self, data: Catalogue) -> Mask:
        return np.asarray(data.format == FORMATS.index(self.format))

    def matching(self, data: Catalogue) -> Mask:
        mask = np.zeros(data.rows, np.bool_)
        for column in (data.filename, data.description):
            mask[column.owners[np.isin(column.codes, self.words)]] = True
        return mask & self.mask(data)


@dataclass(frozen=True)
class Subtree:
    """Q8: what lies below a folder, newest first, a page deep inside, exact total."""

    path: str
    offset: int

    def mask(self, data: Catalogue) -> Mask:
        below = np.array([name.startswith(self.path + "/") for name in data.folder_names])
        return np.asarray(below[data.folder_code])


class Questions:
    """All questions to one catalogue.

    Attributes:
        data: The catalogue.
        rounds: How many parameter sets each question has.
    """

    def __init__(self, data: Catalogue, rounds: int, seed: int = SEED + 1) -> None:
        self.data = data
        self.rounds = rounds
        self._numbers = np.random.default_rng(seed)
        draw = self._numbers
        formats = draw.choice(2, rounds, p=(0.8, 0.2))
        widths = (2000, 1500, 1000, 3999)
        self.newest = [Newest(FORMATS[f], widths[i % 4]) for i, f in enumerate(formats)]
        self.boolean = [
            Boolean(int(a), (int(p), int(q)), int(b))
            for a, b, p, q in zip(
                draw.integers(0, 200, rounds),
                draw.integers(0, 50, rounds),
                draw.integers(0, 20, rounds),
                draw.integers(20, 60, rounds),
                strict=True,
            )
        ]
        starts = draw.integers(0, int(FIVE_YEARS * 0.7), rounds).tolist()
        self.counts = [Counts(start, start + int(FIVE_YEARS * 0.3)) for start in starts]
        vectors = self._vectors()
        self.near = {"Q4": [Near(vector) for vector in vectors]}
        for name, share in (("Q5_50", 0.5), ("Q5_10", 0.1), ("Q5_1", 0.01), ("Q5_001", 0.0001)):
            lows = 50_000 + draw.integers(0, int(19_950_000 * (1 - share)), rounds)
            width = int(19_950_000 * share)
            self.near[name] = [
                Near(vector, int(low), int(low) + width) for vector, low in zip(vectors, lows, strict=True)
            ]
        pairs = np.stack((draw.integers(50, 500, rounds), draw.integers(500, 3000, rounds)), axis=1).tolist()
        self.words = [Words((a, b), FORMATS[0], v) for (a, b), v in zip(pairs, vectors, strict=True)]
        self.subtree = [Subtree(f"y{i % 10}", data.rows // 100) for i in range(rounds)]
        self.walk = Counts(int(FIVE_YEARS * 0.2), int(FIVE_YEARS * 0.55))

    def _vectors(self) -> list[Array]:
        """Members of the catalogue, a little disturbed."""
        members = np.sort(self._numbers.choice(self.data.rows, self.rounds, replace=False))
        vectors = self.data.vectors[members].astype(np.float32)
        vectors += 0.03 * self._numbers.standard_normal((self.rounds, DIMENSION), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return list(self._numbers.permutation(vectors))

    @cached_property
    def cosines(self) -> Array:
        """The cosine of every row to every vector asked for, shape [rounds, rows]."""
        asked = np.stack([question.vector for question in self.near["Q4"]])
        found = np.empty((len(asked), self.data.rows), np.float32)
        for start in range(0, self.data.rows, 8192):
            found[:, start : start + 8192] = asked @ self.data.vectors[start : start + 8192].astype(np.float32).T
        return found

    def nearest(self, turn: int, mask: Mask) -> set[int]:
        """Return the ids of the true nearest to the vector of a turn."""
        rows = np.flatnonzero(mask)
        among = self.cosines[turn][rows]
        best = np.argpartition(-among, PAGE - 1)[:PAGE] if len(rows) > PAGE else np.arange(len(rows))
        return set((rows[best] + 1).tolist())


def first(mask: Mask, key: Array, offset: int = 0) -> list[int]:
    """Return the ids on a page of what a mask keeps, greatest key first."""
    rows = np.flatnonzero(mask)
    order = np.lexsort((-rows, -key[rows].astype(np.int64)))[offset : offset + PAGE]
    ids: list[int] = (rows[order] + 1).tolist()
    return ids


def same_order(found: Sequence[int], expected: Sequence[int], key: Array) -> bool:
    """Whether two pages show the same keys in the same order, ties in whichever."""
    return len(found) == len(expected) and [key[i - 1] for i in found] == [key[i - 1] for i in expected]
