"""Every node, asked of every field with every literal, must match the same documents in the engine and the oracle.

This needs no chance: the shelf holds every value of every field, and the expressions are all combinations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from fototeca.engine import Index
from fototeca.engine.documents import Document, Upsert
from fototeca.errors import QueryError
from fototeca.query.expressions import (
    Box,
    Count,
    Exists,
    Expression,
    Facet,
    How,
    Ids,
    Match,
    Near,
    Page,
    Polygon,
    Prefix,
    Query,
    Range,
    Sort,
    Under,
    Wildcard,
)
from tests.oracle.brute_force import answer, order
from tests.oracle.strategies import (
    DATES,
    FLOATS,
    INTEGERS,
    ODD_DATES,
    ODD_FLOATS,
    ODD_INTEGERS,
    ODD_PATHS,
    ODD_TEXTS,
    PATHS,
    POSITIONS,
    TEXTS,
    VALUES,
    numbered,
)
from tests.oracle.validity import check

TEXT_LITERALS = tuple(dict.fromkeys((*TEXTS, *ODD_TEXTS)))
NUMBERS = (*INTEGERS, *ODD_INTEGERS, *FLOATS, *ODD_FLOATS, 2**70, -(2**70), math.inf, -math.inf)
MOMENTS = (*DATES, *ODD_DATES)
LITERALS: tuple[Any, ...] = (*TEXT_LITERALS, *PATHS, *ODD_PATHS, *NUMBERS, *MOMENTS, True, False)
PIECES = ("", "a", "A", "á", "a/", "re", "Ré", "r", "京", "IMG_", "stras", "STRAß", "f", "ﬁ", "1", "*", "a b")
PATTERNS = (
    *("", "*", "**", "?", "??", "r?d", "R?d", "r*", "*d", "*e*", "a?b", "a*b", "a*b*", "*o*s*", "*a*b*c*", "RÉ?"),
    *("stras?e", "straß*", "?京", "*\uffff", "a/*"),
    *(r"a\*b", r"a\?b", r"a\\b", "a\\", r"\r*"),  # escaped
    *("\uff1f", "\uff0a", "\u0301*"),  # what folding would turn into something else
)
TEXTUAL = ("title", "tag", "description", "text", "folder", "metadata.a")
FIELDS = (*TEXTUAL, "rating", "aspect", "taken", "favorite", "gps", "id")


def shelf() -> list[Document]:
    """As many documents as the most values that a field has, each field's one after the other; and an empty one."""
    values = {name: (*usual, *odd) for name, (usual, odd) in VALUES.items()}
    rows = [{name: held[n % len(held)] for name, held in values.items()} for n in range(max(map(len, values.values())))]
    return [numbered(n, Document(0, row)) for n, row in enumerate(rows, 1)] + [numbered(2**40, Document(0, {}))]


def matches_() -> Iterator[Expression]:
    for name, literal in product(FIELDS, LITERALS):
        yield from (Match(name, literal, how) for how in How)


def ranges() -> Iterator[Expression]:
    bounds: tuple[tuple[Any, ...], ...] = (TEXT_LITERALS[::3], NUMBERS, MOMENTS)
    for name, kind in product(FIELDS, bounds):
        for low, high in product((None, *kind[::2]), (None, *kind[1::2])):
            yield Range(name, low, high, include_high=False)
        for value in kind:
            yield Range(name, value, "red")
            yield from (Range(name, value, value), Range(name, value, include_low=False), Range(name, high=value))


def patterns() -> Iterator[Expression]:
    for name, folded in product(FIELDS, (True, False)):
        yield from (Prefix(name, piece, folded) for piece in PIECES)
        yield from (Prefix(name, piece, folded, words=True) for piece in PIECES)
        yield from (Wildcard(name, pattern, folded) for pattern in PATTERNS)


def others() -> Iterator[Expression]:
    yield from (Exists(name) for name in (*FIELDS, *VALUES, "iso"))
    yield from (Under("folder", path) for path in (*PATHS, *ODD_PATHS, "nowhere"))
    for value, how, low, high in product((None, "red", "RED", "red shoe", "ab"), How, (None, 0, 1, 2), (None, 0, 1, 2)):
        yield Count("tag", value, low, high, how)
    for (latitude, longitude), radius in product(POSITIONS, (0.5, 1_500.0, 50_000.0, 1e7, 3e7)):
        yield Near("gps", latitude, longitude, radius)
    degrees = (-180.0, -179.9, 0.0, 16.3, 16.9, 179.9, 180.0)
    for (south, north), west, east in product(((-90, 90), (0, 48.2), (48.2, 48.2), (48.205, 50)), degrees, degrees):
        yield Box("gps", south, west, north, east)
    for (south, north), west, east in product(((-90, 90), (0, 48.2), (48.205, 50)), degrees, degrees):
        middle = west + (east - west) / 2
        square = ((south, west), (south, middle), (south, east), (north, east), (north, middle), (north, west))
        yield from (
            Polygon("gps", square),
            Polygon("gps", ((south, west), (north, middle), (south, east), (south, middle))),
        )
    yield Polygon("gps", ((-60, 170), (60, 170), (60, -170), (-60, -170)))
    yield Polygon("gps", ((0, 0), (60, 60), (0, 60), (60, 0)))  # crosses itself
    yield from (Ids(ids) for ids in ((), (1,), (2, 2, 2**40, 99), (0, -1, 2**62)))


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    """The shelf in an index of many segments."""
    index = Index.open(None)
    for sequence, document in enumerate(shelf(), 1):
        index.apply([Upsert(document)], sequence)
    yield index
    index.close()


def assert_agree(index: Index, query: Query, documents: list[Document]) -> None:
    """Both refuse, or find the same."""
    try:
        check(query)
    except QueryError:
        with pytest.raises(QueryError):
            index.search(query)
    else:
        assert [hit.id for hit in index.search(query).hits] == answer(query, documents).ids, query


@pytest.mark.parametrize("kind", [matches_, ranges, patterns, others])
def test_the_same_documents_match(index: Index, kind: Any) -> None:
    documents = shelf()
    for expression in kind():
        assert_agree(index, Query(expression, sort=(Sort("id"),), page=Page(200)), documents)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", [*VALUES, "id"])
def test_the_order_is_the_same(index: Index, name: str, descending: bool) -> None:
    assert_agree(index, Query(sort=(Sort(name, descending),), page=Page(200)), shelf())


@pytest.mark.parametrize("name", ["title", "tag", "folder", "metadata.a", "rating", "aspect", "taken", "favorite"])
def test_the_counts_are_the_same(index: Index, name: str) -> None:
    query = Query(facets=(Facet(name, 200),))
    found, expected = index.search(query).facets[name], answer(query, shelf()).facets[0]
    assert [(order(value), count) for value, count in found.values] == [
        (order(v), count) for v, count in expected.values
    ]
    assert found.missing == expected.missing
