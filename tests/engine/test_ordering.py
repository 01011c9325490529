from dataclasses import replace
from random import Random
from typing import Any

import pytest

from fototeca.engine import Document, Index, Upsert, ordering
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Match, Page, Query, Range, Sort, Text
from tests.engine.samples import at, doc, index_of


def order(index: Index, *sort: Sort) -> list[int]:
    return [hit.id for hit in index.search(Query(sort=sort)).hits]


@pytest.fixture(params=[True, False], ids=["one segment", "many segments"])
def index(request: pytest.FixtureRequest) -> Index:
    return index_of(
        doc(1, title="b", rating=1, metadata__k="x", created=at(2024, 1, 1), favorite=True),
        doc(2, title="B", rating=-(2**63), metadata__k=2, created=at(2024, 1, 3)),
        doc(3, rating=2**63 - 1, metadata__k=[True, "z"], created=at(2024, 1, 2), favorite=False),
        doc(4, title="b", metadata__k=False, aspect=-0.5),
        doc(5, title="é", metadata__k=1.5, aspect=float("inf")),
        together=request.param,
    )


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ((), [2, 3, 1, 5, 4]),
        ((Sort("title"),), [2, 1, 4, 5, 3]),
        ((Sort("title", descending=True),), [5, 4, 1, 2, 3]),
        ((Sort("rating"),), [2, 1, 3, 4, 5]),
        ((Sort("rating", descending=True),), [3, 1, 2, 5, 4]),
        ((Sort("metadata.k"),), [4, 3, 5, 2, 1]),
        ((Sort("favorite"), Sort("id", descending=True)), [3, 1, 5, 4, 2]),
        ((Sort("title"), Sort("id", descending=True)), [2, 4, 1, 5, 3]),
        ((Sort("aspect", descending=True), Sort("score")), [5, 4, 1, 2, 3]),
        ((Sort("iso"),), [1, 2, 3, 4, 5]),
    ],
)
def test_order(index: Index, sort: tuple[Sort, ...], expected: list[int]) -> None:
    assert order(index, *sort) == expected
    walked: list[int] = []
    cursor = None
    while not walked or cursor:
        found = index.search(Query(sort=sort, page=Page(limit=1, cursor=cursor)))
        walked, cursor = walked + [hit.id for hit in found.hits], found.cursor
    assert walked == expected


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("split", [0, 40, 900])
def test_pages_deep_inside_are_found_by_counting(split: int, descending: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hits, many of them equal, some without a value, in one segment or two: every page is that of a plain sort."""
    monkeypatch.setattr(ordering, "_WALK_FROM", 50)
    numbers = Random(7)
    documents = [
        doc(n, bytes=numbers.randrange(300) if numbers.random() < 0.97 else None, rating=numbers.randrange(8))
        for n in range(1, 2001)
    ]
    index = index_of(*documents[split:])
    if split:
        index.apply([Upsert(document) for document in documents[:split]], 2)
    hits = [document for document in documents if document.values["rating"] == 3]
    valued = [document for document in hits if document.values["bytes"] is not None]
    ordered = sorted((document.values["bytes"], document.id) for document in valued)
    expected = [number for _, number in (ordered[::-1] if descending else ordered)]
    asked = Query(Match("rating", 3), sort=(Sort("bytes", descending),))
    counted: list[bool] = []

    def deep(*given: Any) -> Any:
        found = original(*given)
        counted.append(found is not None)
        return found

    original = ordering._deep
    monkeypatch.setattr(ordering, "_deep", deep)
    for start in range(0, len(expected), 17):
        page = index.search(replace(asked, page=Page(10, offset=start)))
        assert page.ids[: len(expected) - start] == expected[start : start + 10]
        assert page.total == len(hits)
    assert any(counted)


def test_sorting_by_score_the_other_way(index: Index) -> None:
    ranked = index.search(Query(rank=Text("b é", every=False))).hits
    reverse = index.search(Query(rank=Text("b é", every=False), sort=(Sort("score"),))).hits
    assert reverse == ranked[::-1]


@pytest.mark.parametrize("sort", [Sort("tag"), Sort("description"), Sort("gps"), Sort("nowhere")])
def test_what_does_not_sort(index: Index, sort: Sort) -> None:
    with pytest.raises(QueryError):
        order(index, sort)
    with pytest.raises(LimitExceeded):
        order(index, *[Sort("id")] * 17)


@pytest.fixture(scope="module")
def many() -> list[Document]:
    random = Random(4)
    return [
        doc(
            i,
            rating=random.randrange(5) if i % 3 else None,
            width=random.randrange(3000),
            created=at(2024, 1, 1 + random.randrange(28)),
        )
        for i in range(1, 10_001)
    ]


@pytest.mark.parametrize("together", [True, False], ids=["one segment", "two segments"])
@pytest.mark.parametrize(
    "sort",
    [
        (Sort("width"),),
        (Sort("width", descending=True),),
        (Sort("rating", descending=True), Sort("width")),
        (Sort("rating"), Sort("created", descending=True)),
    ],
)
def test_large_segments_page_like_a_plain_sort(many: list[Document], sort: tuple[Sort, ...], *, together: bool) -> None:
    """Above a size, the sorting permutation is walked; every way must give the same pages."""
    from fototeca.engine import Upsert

    index = Index.open(None)
    for part in [many] if together else [many[:6000], many[6000:]]:
        index.apply([Upsert(document) for document in part], 1)
    expected = [d for d in many if d.values["width"] >= 200]
    expected.sort(key=lambda d: d.id, reverse=sort[-1].descending)
    for key in reversed(sort):
        known = [d for d in expected if d.values.get(key.field) is not None]
        known.sort(key=lambda d, key=key: d.values[key.field], reverse=key.descending)  # type: ignore[misc]
        expected = known + [d for d in expected if d.values.get(key.field) is None]
    wanted = [d.id for d in expected]

    where = Range("width", 200)
    for offset in (0, 37, 5000, len(wanted) - 3):
        found = index.search(Query(where, sort=sort, page=Page(limit=20, offset=offset)))
        assert [hit.id for hit in found.hits] == wanted[offset : offset + 20]
    walked: list[int] = []
    page: str | None = None
    while not walked or page:
        found = index.search(Query(where, sort=sort, page=Page(limit=450, cursor=page)))
        walked += [hit.id for hit in found.hits]
        page = found.cursor
    assert walked == wanted


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["filename", "metadata__k"])
def test_texts_of_many_segments_stand_in_one_order(name: str, descending: bool) -> None:
    chance = Random(3)
    values: list[str | int | bool | None] = ["", "b", "bb", "bbb", "c", "é", "z", None]
    if name != "filename":
        values += [1, 2, True]
    given: list[dict[str, Any]] = [{name: chance.choice(values)} for _ in range(120)]
    documents = [doc(i, **each) for i, each in enumerate(given, 1)]
    together, apart = index_of(*documents), index_of(*documents, together=False)
    apart_again = index_of(*documents[:90])
    apart_again.apply([Upsert(each) for each in documents[90:]], 2)
    key = Sort(name.replace("__", "."), descending)
    for page in (Page(200), Page(7, None, 50)):
        expected = together.search(Query(sort=(key,), page=page)).ids
        for index in (apart, apart_again):
            assert index.search(Query(sort=(key,), page=page)).ids == expected
