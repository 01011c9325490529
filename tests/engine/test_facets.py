from datetime import UTC, datetime

import pytest

from fototeca.engine import FacetResult, Index
from fototeca.engine.facets import MAX_FACETS, MAX_VALUES
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.expressions import Bucket, Facet, Query, Range
from tests.engine.samples import at, doc, index_of


@pytest.fixture(scope="module", params=[True, False], ids=["one segment", "many segments"])
def index(request: pytest.FixtureRequest) -> Index:
    return index_of(
        doc(1, tag=["b", "b", "a"], width=10, taken=datetime(2023, 12, 31, 23, tzinfo=UTC), aspect=-0.5, metadata__k=1),
        doc(2, tag=["c", "a"], width=19, taken=at(2024, 1, 1), aspect=0.0, metadata__k=["x", 1.0]),
        doc(3, tag=["b"], width=-1, taken=at(2024, 1, 1), aspect=0.26, favorite=True, metadata__k=True),
        doc(4, tag=["a"], folder="x"),
        doc(5, width=10),
        together=request.param,
    )


def count(index: Index, facet: Facet) -> FacetResult:
    (result,) = index.search(Query(facets=(facet,))).facets.values()
    return result


@pytest.mark.parametrize(
    ("facet", "values", "missing"),
    [
        (Facet("tag"), [("a", 3), ("b", 2), ("c", 1)], 1),
        (Facet("tag", limit=2), [("a", 3), ("b", 2)], 1),
        (Facet("folder"), [("x", 1)], 4),
        (Facet("favorite"), [(True, 1)], 4),
        (Facet("width"), [(10, 2), (-1, 1), (19, 1)], 1),
        (Facet("taken"), [(at(2024, 1, 1), 2), (at(2023, 12, 31, 23), 1)], 2),
        (Facet("metadata.k"), [(1, 2), (True, 1), ("x", 1)], 2),
        (Facet("iso"), [], 5),
        (Facet("taken", interval="year"), [("2023", 1), ("2024", 2)], 2),
        (Facet("taken", interval="month"), [("2023-12", 1), ("2024-01", 2)], 2),
        (Facet("taken", interval="day"), [("2023-12-31", 1), ("2024-01-01", 2)], 2),
        (Facet("width", interval=10), [(-10, 1), (10, 3)], 1),
        (Facet("aspect", interval=0.25), [(-0.5, 1), (0.0, 1), (0.25, 1)], 2),
        (
            Facet("width", ranges=(Bucket("small", None, 10), Bucket("none", 20, 30), Bucket("any"))),
            [("small", 1), ("none", 0), ("any", 4)],
            1,
        ),
        (Facet("taken", ranges=(Bucket("new", at(2024, 1, 1), None),)), [("new", 2)], 2),
        (Facet("tag", ranges=(Bucket("a to b", "a", "b"), Bucket("from b", "b"))), [("a to b", 3), ("from b", 3)], 1),
    ],
    ids=repr,
)
def test_counts(index: Index, facet: Facet, values: list[tuple[object, int]], missing: int) -> None:
    assert count(index, facet) == FacetResult(values, missing)


def test_counts_are_of_the_hits_on_every_page(index: Index) -> None:
    found = index.search(Query(where=Range("width", 10), facets=(Facet("tag"), Facet("tags", limit=1), Facet("width"))))
    assert list(found.facets) == ["tag", "tag#2", "width"]
    assert found.facets["tag"] == FacetResult([("a", 2), ("b", 1), ("c", 1)], 1)
    assert found.facets["tag#2"] == FacetResult([("a", 2)], 1)


def test_the_first_values_are_exact_across_segments() -> None:
    """A value that leads in no segment can lead over all of them."""
    first = [doc(i, tag=[f"only-{i // 3}", "shared"] if i % 3 else [f"only-{i // 3}"]) for i in range(3, 33)]
    second = [doc(i, tag=["other", "other"] if i % 2 else ["shared"]) for i in range(100, 110)]
    index = index_of(*first)
    for document in second:
        from fototeca.engine import Upsert

        index.apply([Upsert(document)], document.id)
    assert count(index, Facet("tag", limit=3)).values == [("shared", 25), ("other", 5), ("only-1", 3)]


@pytest.mark.parametrize(
    "facet",
    [
        Facet("description"),
        Facet("gps"),
        Facet("nowhere"),
        Facet("width", interval=0),
        Facet("width", interval=float("nan")),
        Facet("width", interval="year"),
        Facet("taken", interval="week"),
        Facet("taken", interval=10),
        Facet("tag", interval=10),
        Facet("metadata.k", interval=10),
        Facet("width", ranges=(Bucket("x", "a"),)),
        Facet("favorite", ranges=(Bucket("x", True),)),
        Facet("width", ranges=(Bucket("x"),), interval=3),
    ],
    ids=repr,
)
def test_facets_that_are_refused(index: Index, facet: Facet) -> None:
    with pytest.raises(QueryError):
        count(index, facet)


def test_limits(index: Index) -> None:
    with pytest.raises(LimitExceeded):
        count(index, Facet("tag", limit=0))
    with pytest.raises(LimitExceeded):
        count(index, Facet("tag", limit=MAX_VALUES + 1))
    with pytest.raises(LimitExceeded):
        index.search(Query(facets=(Facet("tag"),) * (MAX_FACETS + 1)))
    wide = index_of(*(doc(i, width=i) for i in range(1, MAX_VALUES + 2)))
    with pytest.raises(LimitExceeded):
        count(wide, Facet("width", interval=1))
