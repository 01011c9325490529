import pytest

from fototeca.engine import executor
from fototeca.engine.executor import MAX_LIMIT, MAX_OFFSET
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import And, Facet, Fuse, Match, Page, Query, Range, Text
from tests.engine.samples import doc, index_of


def test_an_empty_index_answers() -> None:
    index = index_of()
    found = index.search(Query(rank=Fuse((Text("x"),)), facets=(Facet("tag"),)))
    assert (found.hits, found.total, found.cursor) == ([], 0, None)
    assert found.facets["tag"].values == []


def test_pages_end_where_nothing_remains() -> None:
    index = index_of(*(doc(i) for i in range(1, 11)), together=False)
    assert index.search(Query(page=Page(limit=9))).cursor
    assert index.search(Query(page=Page(limit=10))).cursor is None
    assert [hit.id for hit in index.search(Query(page=Page(limit=3, offset=8))).hits] == [2, 1]
    beyond = index.search(Query(page=Page(limit=3, offset=50)))
    assert (beyond.hits, beyond.total, beyond.cursor) == ([], 10, None)
    counted = index.search(Query(page=Page(limit=0)))
    assert (counted.hits, counted.total, counted.cursor) == ([], 10, None)


@pytest.mark.parametrize("page", [Page(limit=-1), Page(offset=-1)])
def test_pages_that_are_refused(page: Page) -> None:
    with pytest.raises(QueryError):
        index_of().search(Query(page=page))


def test_pages_that_are_too_large() -> None:
    with pytest.raises(LimitExceeded):
        index_of().search(Query(page=Page(limit=MAX_LIMIT + 1)))


@pytest.mark.parametrize("rank", [None, Text("dog")], ids=str)
def test_an_offset_is_bounded_only_where_there_is_something_behind_it(
    rank: Text | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_of(*(doc(i, title="dog") for i in range(1, 9)))
    for offset in (MAX_OFFSET + 1, 2**62):
        beyond = index.search(Query(rank=rank, page=Page(3, None, offset)))
        assert (beyond.ids, beyond.total, beyond.cursor) == ([], 8, None)
    monkeypatch.setattr(executor, "MAX_OFFSET", 6)
    with pytest.raises(LimitExceeded):
        index.search(Query(rank=rank, page=Page(3, None, 7)))


def test_explain_tells_what_was_done() -> None:
    index = index_of(*(doc(i, width=i, title="dog") for i in range(1, 9)))
    where = And((Match("title", "dog"), Range("width", 3)))
    told = index.search(Query(where, rank=Text("dog"), explain=True)).explain
    assert told is not None
    assert told["plan"]["node"] == "And"
    assert [(part["estimated"], part["found"]) for part in told["plan"]["parts"]] == [(8, 8), (6, 6)]
    assert told["segments"] == [{"rows": 8, "deleted": 0, "hits": 6}]
    assert set(told["ms"]) == {"filter", "rank", "facets", "page"}
    assert index.search(Query(where)).explain is None
