"""Sums and maxima of scores that have one scale."""

from __future__ import annotations

import numpy as np
import pytest

from fototeca.engine import Index
from fototeca.engine.documents import Document, Upsert
from fototeca.errors import QueryError
from fototeca.query import Best, Query, Sum, Text, Vector

CLOSE, HALF = Vector.of("space", (1.0, 0.0)), Vector.of("other", (0.0, 1.0))


@pytest.fixture(scope="module")
def index() -> Index:
    index = Index.open(None)
    both = {"space": np.array([[1.0, 0.0]], np.float16), "other": np.array([[0.6, 0.8]], np.float16)}
    away = {"space": np.array([[-1.0, 0.0]], np.float16)}
    documents = [
        Document(1, {"tag": ["red"]}, both),
        Document(2, {"tag": ["red"]}, away),
        Document(3, {"tag": ["blue"]}, {}),
    ]
    index.apply([Upsert(document) for document in documents], 1)
    return index


def scores(index: Index, query: Query) -> dict[int, float | None]:
    return {hit.id: hit.score for hit in index.search(query).hits}


def test_a_sum_adds_relevance_of_words_and_cosines_that_are_not_negative(index: Index) -> None:
    found = scores(index, Query(rank=Sum((Text("red"), CLOSE), (0.5, 1.0))))
    text = index.search(Query(rank=Text("red"))).hits[0].relevance
    assert text is not None
    assert found == {1: pytest.approx(0.5 * text + 1.0), 2: pytest.approx(0.5 * text)}


def test_the_cut_off_is_in_the_scale_of_the_scores(index: Index) -> None:
    rank = Sum((Text("red"), CLOSE), (0.5, 1.0))
    assert scores(index, Query(rank=rank, min_relevance=0.9)).keys() == {1}


def test_the_best_of_several_counts(index: Index) -> None:
    assert scores(index, Query(rank=Best((CLOSE, HALF)))) == {1: 1.0, 2: 0.0}
    assert scores(index, Query(rank=Best((HALF,)))) == {1: pytest.approx(0.8, abs=1e-3)}
    assert scores(index, Query(rank=Best(()))) == {}


def test_weights_must_fit(index: Index) -> None:
    with pytest.raises(QueryError, match="weights"):
        index.search(Query(rank=Sum((CLOSE,), (1.0, 2.0))))
