"""The engine and the oracle live through the same random changes, and must give the same answers to random queries."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fototeca.engine import FacetResult, Index, Results
from fototeca.engine.documents import Change, Delete, Document, Upsert
from fototeca.errors import CursorError, QueryError
from fototeca.query.expressions import Expression, Not, Page, Query, Rank, Sort, Vector
from tests.oracle import query_strategies, strategies
from tests.oracle.brute_force import Answer, Counts, answer, order
from tests.oracle.matching import matches
from tests.oracle.ranking import is_settled, rank_all
from tests.oracle.validity import check

History = list[str | list[Change]]


class Twin:
    """An index in a folder, and beside it the documents that it ought to hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = Index.open(folder)
        self.documents: dict[int, Document] = {}
        self.sequence = 0

    def apply(self, *changes: Change) -> None:
        """Tell both of the changes."""
        self.sequence += len(changes)
        self.index.apply(changes, self.sequence)
        for change in changes:
            match change:
                case Upsert(document):
                    self.documents[document.id] = document
                case Delete(id_):
                    self.documents.pop(id_, None)

    def reopen(self) -> None:
        """Keep what there is, and read it back."""
        self.index.flush()
        self.index.close()
        self.index = Index.open(self.folder)

    def replay(self, history: History) -> None:
        """Live through a history."""
        for step in history:
            if isinstance(step, list):
                self.apply(*step)
            elif step == strategies.REOPEN:
                self.reopen()
            else:
                self.index.flush()

    def answer(self, query: Query) -> Answer | None:
        """Return the oracle's answer; none where both refuse, and where the order hangs on the last bits of a score."""
        documents = list(self.documents.values())
        try:
            expected = answer(query, documents)
        except QueryError:
            with pytest.raises(QueryError):
                self.index.search(query)
            return None
        return expected if is_clear(query, documents) else None


@contextmanager
def twin(history: History = []) -> Iterator[Twin]:  # noqa: B006 - never changed
    """A twin that has lived through a history."""
    with tempfile.TemporaryDirectory() as folder:
        both = Twin(Path(folder))
        try:
            both.replay(history)
            yield both
        finally:
            both.index.close()


def is_clear(query: Query, documents: list[Document]) -> bool:
    """Whether neither order nor relevance hang on the last bits of a score."""
    if query.rank is None:
        return True
    among = {document.id for document in documents if matches(query.where, document)}
    relevances = [ranked.relevance for ranked in rank_all(query.rank, documents, among).values()]
    certain = query.min_relevance == 0 or all(abs(value - query.min_relevance) > 1e-3 for value in relevances)
    return certain and is_settled(query.rank, documents, among)


def assert_page(results: Results, expected: Answer, start: int, limit: int, query: Query) -> None:
    """The hits are these of the expected ones, in order, and everything else is about all of them."""
    hits = expected.hits[start : start + limit]
    assert [hit.id for hit in results.hits] == [hit.document.id for hit in hits]
    assert [hit.score for hit in results.hits] == pytest.approx([hit.score for hit in hits], abs=2e-5)
    assert [hit.relevance for hit in results.hits] == pytest.approx([hit.relevance for hit in hits], abs=1e-4)
    assert results.total == len(expected.hits)
    assert (results.cursor is not None) == (start + len(hits) < len(expected.hits))
    assert list(results.facets) == facet_keys(query)
    assert [exact(facet) for facet in results.facets.values()] == [exact(facet) for facet in expected.facets]


def exact(facet: FacetResult | Counts) -> tuple[list[tuple[tuple[int, Any], int]], int]:
    """Return what a facet says, in a form in which 1 and true differ."""
    return [(order(value), count) for value, count in facet.values], facet.missing


def facet_keys(query: Query) -> list[str]:
    """Return the names of the facets: the field, and from the second one on the same field on its number."""
    names = [facet.field for facet in query.facets]
    return [f"{name}#{n}" if (n := names[: place + 1].count(name)) > 1 else name for place, name in enumerate(names)]


def pages(index: Index, query: Query, limits: list[int]) -> Iterator[tuple[int, Results]]:
    """Walk by cursor to the end, with these limits again and again; yields each page and its limit."""
    cursor = None
    for turn in range(1_000):
        limit = limits[turn % len(limits)]
        results = index.search(replace(query, page=Page(limit, cursor)))
        yield limit, results
        cursor = results.cursor
        if cursor is None:
            return
    raise AssertionError("the walk does not end")


limit_lists = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def assert_answers_agree(both: Twin, query: Query) -> None:
    if expected := both.answer(query):
        assert_page(both.index.search(query), expected, query.page.offset, query.page.limit, query)


@given(strategies.shelves(2), st.lists(query_strategies.leaves, min_size=10, max_size=20))
def test_the_same_documents_match(documents: list[Document], expressions: list[Expression]) -> None:
    with twin([[Upsert(document)] for document in documents]) as both:
        for expression in expressions:
            assert_answers_agree(both, Query(expression, sort=(Sort("id"),)))


@given(strategies.shelves(2), st.lists(query_strategies.orders(), min_size=5, max_size=10))
def test_order_and_counts_agree(documents: list[Document], queries: list[Query]) -> None:
    with twin([[Upsert(document)] for document in documents]) as both:
        for query in queries:
            assert_answers_agree(both, query)


@given(strategies.shelves(2), st.lists(query_strategies.ranks(), min_size=3, max_size=6), query_strategies.leaves)
def test_scores_agree(documents: list[Document], ranks: list[Rank], where: Expression) -> None:
    with twin([[Upsert(document)] for document in documents]) as both:
        for rank in ranks:
            assert_answers_agree(both, Query(rank=rank))
            assert_answers_agree(both, Query(Not(where), rank))


def test_relevance_agrees_where_most_are_equally_similar() -> None:
    rows = ([1, 0, 0], [2, 0, 0], [3, 0, 0], [20, 1, 0], [0, 1, 0])
    with twin() as both:
        for id_, row in enumerate(rows, 1):
            both.apply(Upsert(Document(id_, {}, {"asset": np.array([row], np.float16)})))
        assert_answers_agree(both, Query(rank=Vector.of("asset", [1, 1, 0])))


@given(strategies.histories, st.lists(query_strategies.queries(), min_size=1, max_size=4))
def test_answers_agree(history: History, queries: list[Query]) -> None:
    with twin(history) as both:
        assert len(both.index) == len(both.documents)
        assert both.index.sequence == both.sequence
        for query in queries:
            assert_answers_agree(both, query)


@given(strategies.histories, query_strategies.queries(), limit_lists)
def test_a_walk_by_cursor_finds_every_hit_once(history: History, query: Query, limits: list[int]) -> None:
    with twin(history) as both:
        expected, start = both.answer(query), 0
        if expected is None:
            return
        for limit, results in pages(both.index, query, limits):
            assert_page(results, expected, start, limit, query)
            start += limit


@given(strategies.shelves(2), query_strategies.queries())
def test_segments_and_files_do_not_show(documents: list[Document], query: Query) -> None:
    changes = [Upsert(document) for document in documents]
    with twin([list(changes)]) as at_once, twin([[change] for change in changes]) as one_by_one:
        assume(at_once.answer(query))
        before = at_once.index.search(query)
        for both in (one_by_one, at_once):
            assert_same(both.index.search(query), before)
            both.reopen()
            assert_same(both.index.search(query), before)


def assert_same(results: Results, others: Results) -> None:
    """Everything but the time it took is the same, to the last bit."""
    assert [(hit.id, hit.score) for hit in results.hits] == [(hit.id, hit.score) for hit in others.hits]
    assert (results.total, results.facets, results.cursor) == (others.total, others.facets, others.cursor)


@given(
    strategies.shelves(2),
    query_strategies.queries(),
    limit_lists,
    st.lists(strategies.batches, min_size=1, max_size=4),
)
def test_changes_between_pages_disturb_no_other_hit(
    documents: list[Document], query: Query, limits: list[int], between: list[list[Change]]
) -> None:
    """Where a document's own values decide its place; statistics of words and examples may move the others."""
    query = replace(query, rank=query.rank if isinstance(query.rank, Vector) else None, min_relevance=0.0)
    touched = {id_of(change) for batch in between for change in batch}
    with twin([[Upsert(document) for document in documents]]) as both:
        expected = both.answer(query)
        stable = [id_ for id_ in expected.ids if id_ not in touched] if expected else []
        seen = []
        for page, (_, results) in enumerate(pages(both.index, query, limits)):
            seen += [hit.id for hit in results.hits]
            both.apply(*between[page % len(between)])
        assert [id_ for id_ in seen if id_ in stable] == stable


@given(strategies.shelves(3, 6), query_strategies.queries(), query_strategies.queries(), st.text(max_size=30))
def test_a_cursor_belongs_to_its_query(documents: list[Document], query: Query, other: Query, junk: str) -> None:
    with twin([[Upsert(document) for document in documents]]) as both:
        assume(both.answer(query) and both.answer(other))
        cursor = both.index.search(replace(query, page=Page(1))).cursor
        assume(cursor)
        if replace(other, facets=query.facets, page=query.page, explain=query.explain) != query:
            with pytest.raises(CursorError):
                both.index.search(replace(other, page=Page(1, cursor)))
        for spoilt in (junk, f"{cursor}A", str(cursor)[1:]):
            with pytest.raises(CursorError):
                both.index.search(replace(query, page=Page(1, spoilt)))


def id_of(change: Change) -> int:
    return change.document.id if isinstance(change, Upsert) else change.id


@given(strategies.shelves(0, 2), query_strategies.wild_queries())
def test_both_refuse_the_same_queries(documents: list[Document], query: Query) -> None:
    with twin([[Upsert(document) for document in documents]]) as both:
        try:
            check(query)
        except QueryError:
            with pytest.raises(QueryError):
                both.index.search(query)
        else:
            both.index.search(query)
