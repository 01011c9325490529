"""Nearly all of the nearest are found, whatever the filter keeps; and all of them where rows are scanned or fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fototeca.engine import Document, Index, Upsert, vectors
from fototeca.engine.arrays import bitmap_of_mask
from fototeca.engine.costs import Costs
from fototeca.engine.nearest import nearest, reaching
from fototeca.engine.vectors import VectorColumn
from fototeca.query.expressions import Fuse, Like, Page, Query, Range, Text, Vector

ROWS, DIMENSION, CLUSTERS, QUERIES, WANTED = 100_000, 48, 200, 12, 50

Mask = NDArray[np.bool_]


class Space:
    """A column of clustered vectors with its lists, and directions near some of them with all their cosines."""

    def __init__(self) -> None:
        numbers = np.random.default_rng(3)
        sizes = numbers.pareto(1.5, CLUSTERS) + 1
        centres = numbers.normal(size=(CLUSTERS, DIMENSION))
        owner = numbers.choice(CLUSTERS, ROWS, p=sizes / sizes.sum())
        self.rows = (centres[owner] + numbers.normal(scale=0.7, size=(ROWS, DIMENSION))).astype(np.float16)
        self.column = VectorColumn.of(ROWS, np.arange(ROWS, dtype=np.int32), self.rows)
        self.column = self.column.settled()
        asked = self.rows[numbers.choice(ROWS, QUERIES)] + numbers.normal(scale=0.2, size=(QUERIES, DIMENSION))
        self.directions = (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)
        everyone = np.ones(ROWS, np.bool_)
        self.cosines = np.array([self.column.cosines(direction, everyone)[1] for direction in self.directions])
        self.chances = numbers.random(ROWS)

    def recall(self, keeps: Callable[[NDArray[np.float32]], Mask]) -> tuple[float, set[str]]:
        """Return the share of the true nearest that are found, over all directions, and the ways taken."""
        shares, ways = [], set()
        for direction, cosines in zip(self.directions, self.cosines, strict=True):
            kept = keeps(cosines)
            true = np.sort(cosines[kept])[-WANTED:]
            found = nearest(self.column, direction, bitmap_of_mask(kept), WANTED)
            assert kept[found.rows].all()
            assert found.cosines == pytest.approx(cosines[found.rows], abs=1e-5)
            good = np.count_nonzero(found.cosines >= true[0] - 1e-6)
            shares.append(min(good / len(true), 1.0))
            ways.add(found.way)
        return float(np.mean(shares)), ways


@pytest.fixture(scope="module")
def made() -> Space:
    return Space()


@pytest.mark.parametrize("share", [1.0, 0.3, 0.001])
@pytest.mark.parametrize("hits", [0, 10, 4_000, 60_000])
@pytest.mark.parametrize("guess", [0, 100, 100_000])
def test_all_that_reach_a_cosine_are_found_whatever_was_expected(
    made: Space, share: float, hits: int, guess: int
) -> None:
    kept = made.chances < share
    for direction, cosines in zip(made.directions[:3], made.cosines, strict=False):
        least = float(np.sort(cosines)[-hits]) + 1e-6 if hits else 1.0
        rows, found = reaching(made.column, direction, bitmap_of_mask(kept), least, guess)
        true = np.flatnonzero(kept & (cosines >= least))
        strays = np.setxor1d(rows, true)
        assert np.abs(cosines[strays] - least).max(initial=0) < 1e-5
        assert found == pytest.approx(cosines[rows], abs=1e-5)


def test_a_document_reaches_a_cosine_by_its_best_vector() -> None:
    numbers = np.random.default_rng(5)
    rows = np.sort(numbers.choice(900, 3_000)).astype(np.int32)
    lengths = numbers.uniform(0.1, 9, size=(3_000, 1))
    column = VectorColumn(900, rows, (numbers.normal(size=(3_000, 24)) * lengths).astype(np.float16))
    direction = np.eye(24, dtype=np.float32)[0]
    everyone, cosines = column.cosines(direction, np.ones(900, np.bool_))
    for least in (-0.1, 0.3, 0.5):
        found, best = reaching(column, direction, bitmap_of_mask(np.ones(900, np.bool_)), least, 5)
        assert found.tolist() == everyone[cosines >= least].tolist()
        assert best == pytest.approx(cosines[cosines >= least], abs=1e-5)


@pytest.fixture(params=["as it costs", "by lists"])
def space(made: Space, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Space:
    """The space, once as the planner would search it, and once with its lists asked as if all else cost the earth."""
    if request.param == "by lists":
        monkeypatch.setattr(made.column, "costs", Costs(fetched=1, scanned=1e-9, skipped=1e-9, search=1e-9))
    return made


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001, 0.00003])
def test_recall_is_high_at_every_selectivity(space: Space, share: float) -> None:
    recall, ways = space.recall(lambda _: space.chances < share)
    assert recall >= 0.95
    if space.column.costs.fetched == 1 and share > 0.01:
        assert ways == {"lists"}


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_recall_is_high_where_the_filter_keeps_the_neighbourhood(space: Space, share: float) -> None:
    assert space.recall(lambda cosines: cosines > np.quantile(cosines, 1 - share))[0] >= 0.95


@pytest.mark.parametrize("share", [0.99, 0.9, 0.5, 0.01])
def test_recall_is_high_where_the_filter_leaves_the_neighbourhood_out(space: Space, share: float) -> None:
    assert space.recall(lambda cosines: cosines < np.quantile(cosines, share))[0] >= 0.95


def test_a_scan_is_exact_whatever_the_lengths_of_the_rows() -> None:
    numbers = np.random.default_rng(5)
    lengths = numbers.uniform(0.5, 4, (3000, 1))
    rows = (numbers.normal(size=(3000, 16)) * lengths).astype(np.float16)
    column = VectorColumn(3000, np.arange(3000, dtype=np.int32), rows)
    direction = rows[7].astype(np.float32) / np.linalg.norm(rows[7].astype(np.float32))
    cosines = column.cosines(direction, np.ones(3000, np.bool_))[1]
    for kept in (np.ones(3000, np.bool_), numbers.random(3000) < 0.9):
        found = nearest(column, direction, bitmap_of_mask(kept), 20)
        assert found.exact
        best = np.flatnonzero(kept)[np.argsort(-cosines[kept])[:20]]
        assert set(best.tolist()) <= set(found.rows.tolist())


def test_of_several_rows_of_a_document_the_best_counts() -> None:
    numbers = np.random.default_rng(9)
    owners = np.repeat(np.arange(1000, dtype=np.int32), 4)
    rows = numbers.normal(size=(4000, 16)).astype(np.float16)
    column = VectorColumn(1000, owners, rows)
    direction = np.eye(16, dtype=np.float32)[0]
    everyone = np.ones(1000, np.bool_)
    cosines = column.cosines(direction, everyone)[1]
    found = nearest(column, direction, bitmap_of_mask(everyone), 30)
    assert len(set(found.rows.tolist())) == len(found.rows)
    assert set(np.argsort(-cosines)[:30].tolist()) <= set(found.rows.tolist())


# --- through the index --------------------------------------------------------------------------------------


def documents(count: int) -> Iterator[Document]:
    numbers = np.random.default_rng(11)
    centres = numbers.normal(size=(20, 16))
    for each in range(1, count + 1):
        values: dict[str, Any] = {"width": int(numbers.integers(1, 100)), "title": f"word{each % 7}"}
        vector = centres[each % 20] + numbers.normal(scale=0.5, size=16)
        yield Document(each, values, {"clip": vector.astype(np.float16)[None]})


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index whose space has lists, although it is small, and some rows that came after they were made."""
    monkeypatch.setattr(vectors, "LISTED", 500)
    index = Index.open(tmp_path)
    index.apply([Upsert(each) for each in documents(2000)], 1)
    index.flush()
    index.close()
    index = Index.open(tmp_path)
    index.apply([Upsert(each) for each in documents(60)], 2)
    return index


def walk(index: Index, query: Query, limit: int) -> list[int]:
    seen: list[int] = []
    cursor = None
    while True:
        results = index.search(
            Query(query.where, query.rank, page=Page(limit, cursor), min_relevance=query.min_relevance)
        )
        seen += [hit.id for hit in results.hits]
        if (cursor := results.cursor) is None:
            assert results.total == len(seen)
            return seen


TARGET = Vector.of("clip", [1.0, 0.5] * 8)


@pytest.mark.parametrize("limit", [37, 300])
@pytest.mark.parametrize("rank", [TARGET, Like((17, 42)), Fuse((Text("word3"), Like((17,))))])
def test_a_walk_finds_every_hit_once_though_the_first_pages_are_nearly_right(
    listed: Index, rank: Vector | Like | Fuse, limit: int
) -> None:
    assert sorted(walk(listed, Query(Range("width", 10), rank), limit)) == sorted(
        hit.id for hit in listed.search(Query(Range("width", 10), page=Page(10_000))).hits
    )


def test_a_cut_finds_what_scoring_everything_finds(listed: Index) -> None:
    for query in (Query(rank=TARGET, min_relevance=0.3), Query(rank=Vector(TARGET.space, TARGET.embedding, 0.3))):
        whole = [hit.id for hit in listed.search(Query(rank=query.rank, min_relevance=0.3, page=Page(10_000))).hits]
        assert 0 < len(whole) < 1500
        found = walk(listed, query, 50)
        assert len(set(found) & set(whole)) >= 0.95 * len(whole)
        assert len(found) == len(set(found))
