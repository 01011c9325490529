"""Ranks through the index: what they reach, their errors and the cut-off."""

import pytest

from fototeca.engine import Index
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import All, Fuse, Like, Match, Meaning, Query, Rank, Text, Vector
from tests.engine.samples import doc, index_of


@pytest.fixture(scope="module")
def index() -> Index:
    return index_of(
        doc(1, {"a": [[1, 0]]}, title="red dog", kind="image"),
        doc(2, {"a": [[1, 1]], "b": [[1, 0, 0]]}, title="dog", kind="image", metadata__note="a red fox"),
        doc(3, {"a": [[0, 1]]}, title="cat", kind="video"),
        doc(4, description="red"),
        together=False,
    )


@pytest.mark.parametrize(
    ("rank", "reached"),
    [
        (Text("red dogs"), {1}),
        (Text("red dogs", every=False), {1, 2, 4}),
        (Text("red", fields=("title",)), {1}),
        (Text("red", fields=("metadata.note", "caption")), {2, 4}),
        (Text("...", every=False), set()),
        (Vector.of("a", [1, 0]), {1, 2, 3}),
        (Vector.of("a", [1, 0], least=0.03), {1, 2}),
        (Vector.of("a", [1, 0], least=1.0), set()),
        (Vector.of("a", [0, 0]), set()),
        (Vector.of("unknown", [1]), set()),
        (Like((1,), space="a"), {1, 2, 3}),
        (Like((1,), (1,), "a"), {1, 2, 3}),
        (Like((1, 3), (1, 3), "a"), {1, 2, 3}),
        (Fuse((Text("cat"), Text("red"))), {1, 3, 4}),
        (Fuse(()), set()),
    ],
    ids=repr,
)
def test_whom_a_rank_reaches(index: Index, rank: Rank, reached: set[int]) -> None:
    hits = index.search(Query(rank=rank)).hits
    assert {hit.id for hit in hits} == reached
    assert all(hit.relevance is not None and 0 <= hit.relevance <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits if hit.score is not None), reverse=True)


@pytest.mark.parametrize(
    "rank",
    [
        Meaning("dog"),
        Vector.of("a", [1, 2, 3]),
        Vector("a", b"123"),
        Vector.of("a", [float("nan"), 1]),
        Like(()),
        Like((4,), space="a"),
        Like((-1,), space="a"),
        Like((1,), (99,), "a"),
        Like((1,)),
        Text("x", fields=("kind",)),
        Text("x", fields=("width",)),
        Text("x", fields=("nowhere",)),
        Fuse((Text("x"),), (1.0, 2.0)),
        Fuse((Text("x"),), (-1.0,)),
        Fuse((Text("x"),), (float("nan"),)),
    ],
    ids=repr,
)
def test_ranks_that_are_refused(index: Index, rank: Rank) -> None:
    with pytest.raises(QueryError):
        index.search(Query(rank=rank))


def test_ranks_that_are_too_large(index: Index) -> None:
    deep: Rank = Text("x")
    for _ in range(20):
        deep = Fuse((deep,))
    for rank in (deep, Like(tuple(range(1, 2000)), space="a")):
        with pytest.raises(LimitExceeded):
            index.search(Query(rank=rank))


def test_the_filter_comes_first_but_does_not_change_scores(index: Index) -> None:
    everyone = {hit.id: hit for hit in index.search(Query(rank=Text("dog"))).hits}
    images = index.search(Query(where=Match("title", "dog"), rank=Text("dog"))).hits
    assert images == [everyone[2]]


def test_the_cut_off_comes_before_totals_and_spares_the_unranked(index: Index) -> None:
    rank = Text("red dog", every=False)
    best = index.search(Query(rank=rank)).hits[0]
    assert best.relevance is not None
    cut = Query(where=All(), rank=rank, min_relevance=best.relevance)
    assert (index.search(cut).total, index.search(cut).hits) == (1, [best])
    kept = index.search(Query(rank=rank, min_relevance=best.relevance, keep_unranked=True))
    assert [(hit.id, hit.score, hit.relevance) for hit in kept.hits] == [
        (1, best.score, best.relevance),
        (3, None, 0.0),
    ]
    with pytest.raises(QueryError):
        index.search(Query(rank=rank, min_relevance=float("nan")))
