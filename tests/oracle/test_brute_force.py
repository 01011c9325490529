"""The oracle's ranks, order, counts and refusals, against examples worked out by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from fototeca.engine.documents import Document
from fototeca.errors import QueryError
from fototeca.query.expressions import (
    Bucket,
    Count,
    Expression,
    Facet,
    Fuse,
    How,
    Like,
    Match,
    Meaning,
    Near,
    Not,
    Query,
    Range,
    Sort,
    Text,
    Under,
    Vector,
    Wildcard,
)
from tests.oracle.brute_force import answer
from tests.oracle.query_strategies import queries
from tests.oracle.ranking import Ranked, positions, rank_all
from tests.oracle.validity import check

CAMERA_CLOCK = datetime(2023, 6, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
JUNE = datetime(2023, 6, 1)

# --- ranks --------------------------------------------------------------------------------------------------

SHELF = [
    Document(1, {"title": "red shoe"}, {"asset": np.array([[2, 0], [0, 1]], np.float16)}),
    Document(2, {"title": "shoes", "tag": ["blue"]}, {"asset": np.array([[1, 1]], np.float16)}),
    Document(3, {"description": "blue"}, {"asset": np.array([[-1, 0]], np.float16)}),
    Document(4, {}),
]
EVERYBODY = {1, 2, 3, 4}


def test_vectors_score_by_the_best_cosine() -> None:
    scores = {id_: ranked.score for id_, ranked in rank_all(Vector.of("asset", [3, 0]), SHELF, EVERYBODY).items()}
    assert scores == {1: 1.0, 2: 0.70711, 3: -1.0}


def test_like_goes_from_the_counter_examples_to_the_examples() -> None:
    # direction (-1, 0) - (1/2, 1/2) / 2 = (-1.25, -0.25) for rows (1, 0) and (0, 1) of the counter-example
    found = rank_all(Like((3,), (1,), "asset"), SHELF, {2, 3})
    assert found[3].score == pytest.approx(1.25 / math.hypot(1.25, 0.25), abs=1e-5)
    assert found[2].score == pytest.approx(-1.5 / math.hypot(1.25, 0.25) / math.sqrt(2), abs=1e-5)
    assert set(found) == {2, 3}
    with pytest.raises(QueryError):
        rank_all(Like((4,), (), "asset"), SHELF, EVERYBODY)


def test_positions_break_ties_by_id() -> None:
    assert positions({5: Ranked(1, 1, 1), 2: Ranked(1, 1, 1), 9: Ranked(3, 1, 3)}) == {9: 1, 2: 2, 5: 3}


def test_fusion_adds_reciprocal_positions_among_the_matching() -> None:
    blue, near = Text("blue"), Vector.of("asset", [1, 0])
    found = rank_all(Fuse((blue, near), (2.0, 1.0)), SHELF, {2, 3})
    places = positions(rank_all(blue, SHELF, {2, 3}))
    assert {id_: ranked.score for id_, ranked in found.items()} == pytest.approx(
        {2: 2 / (60 + places[2]) + 1 / 61, 3: 2 / (60 + places[3]) + 1 / 62}
    )


def test_words_score_by_bm25f() -> None:
    # of "red": N = 4, n = 1; title of 2 tokens where the mean is 1.5, weight 3
    frequency = 3 * 1 / (0.25 + 0.75 * 2 / 1.5)
    idf = math.log(1 + 3.5 / 1.5)
    found = rank_all(Text("red"), SHELF, EVERYBODY)[1]
    assert found.score == pytest.approx(idf * frequency / (1.2 + frequency), abs=1e-6)
    assert found.relevance == pytest.approx(frequency / (1.2 + frequency))
    # of "blue": n = 2; each the only token of its field in the index, with the fields' weights 3 and 2
    scores = {id_: ranked.score for id_, ranked in rank_all(Text("blue"), SHELF, EVERYBODY).items()}
    assert scores == pytest.approx({2: math.log(2) * 3 / 4.2, 3: math.log(2) * 2 / 3.2}, abs=1e-6)
    assert rank_all(Text("red blue green", every=False), SHELF, EVERYBODY)[1].relevance == pytest.approx(
        idf * frequency / (1.2 + frequency) / (idf + math.log(2) + math.log(10))
    )


def test_similarity_is_judged_by_the_median_of_all_documents() -> None:
    # cosines 1, 0.70711, -1: median 0.70711, deviations 0.29289, 0, 1.70711
    found = rank_all(Vector.of("asset", [1, 0]), SHELF, EVERYBODY)
    assert found[2].relevance == pytest.approx(1 / (1 + math.exp(3)), rel=1e-4)
    assert found[1].relevance == pytest.approx(1 / (1 + math.exp(3 - 1 / 1.4826)), rel=1e-4)


def test_similarity_is_never_judged_by_less_than_a_fiftieth() -> None:
    shelf = [Document(n, {}, {"asset": np.array([[1, 0]], np.float16)}) for n in (1, 2)]
    found = rank_all(
        Vector.of("asset", [0, 1]), [*shelf, Document(3, {}, {"asset": np.array([[100, 1]], np.float16)})], {3}
    )
    assert found[3].relevance == pytest.approx(1 / (1 + math.exp(3 - 0.01 / 0.02)))


def test_fused_relevance_is_that_one_part_at_least_is_right() -> None:
    words, near = Text("blue"), Vector.of("asset", [1, 0])
    parts = [rank_all(part, SHELF, EVERYBODY)[2].relevance for part in (words, near)]
    fused = rank_all(Fuse((words, near)), SHELF, EVERYBODY)
    assert fused[2].relevance == pytest.approx(1 - (1 - parts[0]) * (1 - parts[1]))
    assert fused[1].relevance == pytest.approx(rank_all(near, SHELF, EVERYBODY)[1].relevance)


def test_words_are_reached_by_stem_all_or_any() -> None:
    assert set(rank_all(Text("shoe red"), SHELF, EVERYBODY)) == {1}
    assert set(rank_all(Text("shoe red", every=False), SHELF, EVERYBODY)) == {1, 2}
    assert set(rank_all(Text("blue", ("tag",)), SHELF, EVERYBODY)) == {2}
    assert rank_all(Text("..."), SHELF, EVERYBODY) == {}


# --- whole queries ------------------------------------------------------------------------------------------


def _ids(query: Query, documents: list[Document] = SHELF) -> list[int]:
    return answer(query, documents).ids


def _shelf(name: str, *values: Any) -> list[Document]:
    return [Document(n, {} if value is None else {name: value}) for n, value in enumerate(values, 1)]


def test_documents_without_a_value_come_last_and_ties_follow_the_last_key() -> None:
    shelf = _shelf("rating", 2, None, 1, 2)
    assert _ids(Query(sort=(Sort("rating"),)), shelf) == [3, 1, 4, 2]
    assert _ids(Query(sort=(Sort("rating", descending=True),)), shelf) == [4, 1, 3, 2]
    assert _ids(Query(sort=(Sort("rating", descending=True), Sort("width"))), shelf) == [1, 4, 3, 2]


def test_the_order_is_by_creation_or_by_score_unless_told() -> None:
    shelf = _shelf("created", datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC), None)
    assert _ids(Query(), shelf) == [2, 1, 3]
    near = Vector.of("asset", [-1, 0])
    assert _ids(Query(rank=near)) == [3, 1, 2]
    assert _ids(Query(rank=near, keep_unranked=True)) == [3, 1, 2, 4]
    assert _ids(Query(rank=near, sort=(Sort("id"),))) == [1, 2, 3]


def test_numbers_come_before_texts_in_an_open_field() -> None:
    assert _ids(Query(sort=(Sort("metadata.x"),)), _shelf("metadata.x", "10", 9, "B", 10, "a")) == [2, 4, 1, 3, 5]


def test_facets_count_each_document_once() -> None:
    shelf = _shelf("tag", ["b", "b", "a"], ["a", "c"], ["c"], None)
    counts = answer(Query(facets=(Facet("tag"), Facet("tag", limit=1))), shelf).facets
    assert counts[0].values == [("a", 2), ("c", 2), ("b", 1)]
    assert counts[0].missing == 1
    assert counts[1].values == [("a", 2)]


def test_facets_by_range_and_interval() -> None:
    shelf = _shelf("rating", 0, 2, 5, None)
    buckets = (Bucket("low", None, 2), Bucket("high", 2, None), Bucket("none", 3, 5))
    by_range = answer(Query(facets=(Facet("rating", ranges=buckets),)), shelf).facets[0]
    assert by_range.values == [("low", 1), ("high", 2), ("none", 0)]
    assert answer(Query(facets=(Facet("rating", interval=2),)), shelf).facets[0].values == [(0, 1), (2, 1), (4, 1)]
    moments = _shelf("taken", JUNE, CAMERA_CLOCK, datetime(2024, 2, 29))
    by_month = answer(Query(facets=(Facet("taken", interval="month"),)), moments).facets[0]
    assert by_month.values == [("2023-06", 2), ("2024-02", 1)]


# --- refusals -----------------------------------------------------------------------------------------------

REFUSED: tuple[Expression, ...] = (
    Match("colour_of_hair", "red"),
    Match("rating", "3"),
    Match("rating", value=True),
    Match("title", 3),
    Match("favorite", 1),
    Match("metadata.x", JUNE),
    Match("description", "red", How.EXACT),
    Match("gps", "0,0"),
    Match("vector.asset", 1),
    Range("rating", "a"),
    Range("favorite", low=False),
    Range("description", "a"),
    Range("metadata.x", 1, "a"),
    Range("metadata.x", low=True),
    Wildcard("rating", "1*"),
    Count("title", "a", 1),
    Under("title", "a"),
    Near("place", 0, 0, 1),
)


@pytest.mark.parametrize("expression", REFUSED, ids=repr)
def test_it_cannot_be_asked(expression: Expression) -> None:
    with pytest.raises(QueryError):
        check(Query(Not(expression)))


@pytest.mark.parametrize(
    "query",
    [
        Query(sort=(Sort("tag"),)),
        Query(sort=(Sort("gps"),)),
        Query(facets=(Facet("description"),)),
        Query(facets=(Facet("rating", interval="day"),)),
        Query(facets=(Facet("taken", ranges=(Bucket("a", 1, 2),)),)),
        Query(rank=Meaning("red")),
        Query(rank=Text("red", ("rating",))),
        Query(rank=Fuse((Text("red"), Text("a")), (1.0,))),
    ],
    ids=repr,
)
def test_a_query_cannot_be_asked(query: Query) -> None:
    with pytest.raises(QueryError):
        check(query)


@given(queries())
def test_random_queries_can_be_asked(query: Query) -> None:
    check(query)
