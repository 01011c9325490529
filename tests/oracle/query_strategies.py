"""Random queries over the values and fields of `tests.oracle.strategies`: every node, rank, sort, facet and page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from fototeca.assets import Owner
from fototeca.errors import QueryError
from fototeca.query.expressions import (
    All,
    And,
    Best,
    Box,
    Bucket,
    Count,
    Exists,
    Expression,
    Facet,
    Fuse,
    How,
    Ids,
    Like,
    Match,
    Meaning,
    Near,
    Not,
    Nothing,
    Or,
    Page,
    Polygon,
    Prefix,
    Query,
    Range,
    Rank,
    Sort,
    Sum,
    Text,
    Under,
    Vector,
    Wildcard,
)
from fototeca.query.polygons import polygon
from tests.oracle.strategies import (
    BOOL,
    DATE,
    DATES,
    FLOAT,
    FLOATS,
    INT,
    INTEGERS,
    KEYWORD,
    KEYWORDS,
    LONG_TEXT,
    ODD_DATES,
    ODD_FLOATS,
    ODD_INTEGERS,
    ODD_PATHS,
    ODD_TEXTS,
    OPEN,
    PATHS,
    POSITIONS,
    SPACES,
    TEXTS,
    VALUES,
    WORDS,
    ids,
)


def _has_an_inside(corners: list[tuple[float, float]]) -> bool:
    """Whether an outline does not go round a pole; of few corners, none is wider than the earth without doing so."""
    try:
        polygon("gps", corners)
    except QueryError:
        return False
    return True


def mostly(usual: Sequence[Any], odd: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Values that collide, and now and then an odd one."""
    return st.sampled_from((*usual, *usual, *usual, None)).flatmap(
        lambda value: st.sampled_from(odd) if value is None else st.just(value)
    )


texts = mostly(TEXTS, ODD_TEXTS)
paths = mostly(PATHS, ODD_PATHS)
integers = mostly(INTEGERS, ODD_INTEGERS)
floats = mostly(FLOATS, ODD_FLOATS)
numbers = integers | floats | st.sampled_from((2**70, -(2**70), math.inf, -math.inf))
dates = mostly(DATES, ODD_DATES)


# --- expressions --------------------------------------------------------------------------------------------

hows = st.sampled_from(How)
word_hows = st.sampled_from((How.PHRASE, How.WORDS))
free_texts = st.sampled_from((*LONG_TEXT, "text"))
patterns = st.sampled_from(
    ("*e*", "r?d", "*", "a*", "*a", "?", "a?b", "a*b*", r"a\*b", "*é*", "**e?", "IMG*", "a\\", "")
) | st.text("aáAb*?\\", max_size=5)
prefixes = st.sampled_from(("", "a", "A", "á", "a/", "re", "Ré", "京", "IMG_", "stras", "f", "0")) | texts


def _ranges(names: tuple[str, ...], bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[Range]:
    either = st.none() | bounds
    return st.builds(Range, st.sampled_from(names), either, either, st.booleans(), st.booleans())


def _matches(names: tuple[str, ...], literals: st.SearchStrategy[Any]) -> st.SearchStrategy[Match]:
    return st.builds(Match, st.sampled_from(names), literals, hows)


_strings = st.sampled_from((*KEYWORD, *KEYWORDS, *LONG_TEXT, *OPEN, "folder", "text"))
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from((All(), Nothing())),
    _matches((*KEYWORD, *KEYWORDS), texts),
    _matches(OPEN, texts | numbers | st.booleans()),
    _matches(("folder",), paths | st.just("") | texts),
    st.builds(Match, free_texts, texts, word_hows),
    _matches((*INT, *FLOAT, "id"), numbers),
    _matches(DATE, dates),
    _matches(BOOL, st.booleans()),
    _ranges((*KEYWORD, *KEYWORDS, *OPEN, "folder"), texts | paths),
    _ranges((*INT, *FLOAT, *OPEN, "id"), numbers),
    _ranges(DATE, dates),
    st.builds(Prefix, _strings, prefixes, st.booleans(), st.booleans()),
    st.builds(Wildcard, _strings, patterns, st.booleans()),
    st.builds(Exists, st.sampled_from((*sorted(VALUES), "text", *(f"vector.{space}" for space in SPACES), "iso"))),
    st.builds(
        Count,
        st.sampled_from(KEYWORDS),
        st.none() | texts,
        st.none() | st.integers(0, 3),
        st.none() | st.integers(0, 3),
        hows,
    ),
    st.builds(Under, st.just("folder"), paths | st.just("")),
    st.builds(
        lambda centre, radius: Near("gps", centre[0], centre[1], radius),
        st.sampled_from(POSITIONS),
        st.sampled_from((0.5, 2_000.0, 50_000.0, 1e7, 3e7)),
    ),
    st.builds(
        lambda south, height, west, east: Box("gps", south, west, south + height, east),
        st.sampled_from((-90.0, 0.0, 48.2)),
        st.sampled_from((0.0, 0.01, 42.0)),
        *[st.sampled_from((-180.0, -179.9, 0.0, 16.3, 16.9, 179.9, 180.0))] * 2,
    ),
    st.lists(
        st.sampled_from((*POSITIONS, (0.0, 0.0), (60.0, 16.3), (-60.0, 90.0), (48.2, -90.0))), min_size=3, max_size=6
    )
    .filter(_has_an_inside)
    .map(lambda corners: Polygon("gps", tuple(corners))),
    st.builds(Ids, st.lists(ids, max_size=4).map(tuple)),
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2, leaves: st.SearchStrategy[Expression] = leaves) -> Expression:
    """A tree of nodes, as deep as allowed now and then."""
    shape = draw(st.sampled_from((None, None, Not, And, Or))) if depth else None
    if shape is None:
        return draw(leaves)
    if shape is Not:
        return Not(draw(expressions(depth - 1, leaves)))
    parts = tuple(draw(st.lists(expressions(depth - 1, leaves), max_size=3)))
    return And(parts) if shape is And else Or(parts)


# --- queries ------------------------------------------------------------------------------------------------

_phrases = mostly(("red", "shoes", "red a", "red shoe ab", "京", "red red"), (*WORDS, "runs", "...", "", "red nowhere"))
_worded = ("title", "source", "tag", "object", "description", "ocr", "folder", "metadata.a", "text")
_text_fields = st.lists(st.sampled_from(_worded), max_size=2, unique=True)
_vector_ranks = st.sampled_from(sorted(SPACES)).flatmap(
    lambda space: st.builds(Vector.of, st.just(space), st.tuples(*[st.integers(-2, 2)] * SPACES[space]))
)
_owners = st.sampled_from((Owner.ASSET, Owner.ASSET, Owner.OBJECT))
_like_ids = st.lists(st.integers(1, 3), min_size=1, max_size=2, unique=True).map(tuple)
simple_ranks: st.SearchStrategy[Rank] = st.one_of(
    st.builds(Text, _phrases, st.just(()) | _text_fields.map(tuple), st.booleans()),
    _vector_ranks,
    st.builds(Like, _like_ids, st.just(()) | _like_ids, st.sampled_from((*SPACES, "")), _owners),
)


@st.composite
def ranks(draw: st.DrawFn, depth: int = 2) -> Rank:
    """A rank, or several fused."""
    if depth == 0 or draw(st.booleans()):
        return draw(simple_ranks)
    parts = draw(st.lists(ranks(depth - 1), min_size=1, max_size=3))
    weights = draw(st.just(()) | st.tuples(*[st.sampled_from((1.0, 0.5, 2.0))] * len(parts)))
    return draw(st.sampled_from((Fuse(tuple(parts), weights), Sum(tuple(parts), weights), Best(tuple(parts)))))


_sortable = (*KEYWORD, *INT, *FLOAT, *DATE, *BOOL, *OPEN, "folder", "id")


def _sorts(*, ranked: bool) -> st.SearchStrategy[tuple[Sort, ...]]:
    names = (*_sortable, "score", "score", "score") if ranked else _sortable
    return st.lists(st.builds(Sort, st.sampled_from(names), st.booleans()), max_size=3).map(tuple)


def _bucketed(names: tuple[str, ...], bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[Facet]:
    buckets = st.lists(st.tuples(st.none() | bounds, st.none() | bounds), min_size=1, max_size=3)
    named = buckets.map(lambda pairs: tuple(Bucket(f"r{n}", *pair) for n, pair in enumerate(pairs)))
    return st.builds(Facet, st.sampled_from(names), ranges=named)


facets: st.SearchStrategy[Facet] = st.one_of(
    st.builds(Facet, st.sampled_from((*_sortable, *KEYWORDS)), st.integers(1, 5)),
    _bucketed((*INT, *FLOAT), numbers),
    _bucketed(DATE, dates),
    st.builds(Facet, st.sampled_from(DATE), interval=st.sampled_from(("year", "month", "day"))),
    st.builds(Facet, st.just("rating"), interval=st.sampled_from((1, 2, 10.0))),
    st.builds(Facet, st.just("aspect"), interval=st.sampled_from((0.5, 1, 2.0))),
)

pages = st.builds(Page, st.integers(1, 5), st.none(), st.integers(0, 6))


def orders() -> st.SearchStrategy[Query]:
    """All documents, sorted and counted."""
    return st.builds(Query, sort=_sorts(ranked=False), facets=st.lists(facets, max_size=4).map(tuple))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A whole valid question; only a `Like` may still name examples without a vector."""
    rank = draw(ranks()) if draw(st.booleans()) else None
    return Query(
        where=draw(expressions()),
        rank=rank,
        sort=draw(_sorts(ranked=rank is not None)),
        facets=tuple(draw(st.lists(facets, max_size=2))),
        page=draw(pages),
        min_relevance=draw(st.sampled_from((0.0, 0.0, 0.3, 0.7))) if rank else 0.0,
        keep_unranked=draw(st.booleans()) if rank else False,
        explain=draw(st.booleans()),
    )


# --- queries that may make no sense -------------------------------------------------------------------------

_names = st.sampled_from(
    (*VALUES, "text", "id", "tags", "meta.a", "vector.asset", "vector.none", "iso", "metadata.none")
)
_any_name = st.one_of(_names, _names, _names, st.sampled_from(("no such field", "", "score", "metadata", "metadata.")))
_literals = texts | numbers | dates | st.booleans()
_wild_leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Match, _any_name, _literals, hows),
    st.builds(Range, _any_name, st.none() | _literals, st.none() | _literals),
    st.builds(Prefix, _any_name, prefixes),
    st.builds(Wildcard, _any_name, patterns),
    st.builds(Exists, _any_name),
    st.builds(Count, _any_name, texts, st.none() | st.integers(0, 3)),
    st.builds(Under, _any_name, paths),
    st.builds(Near, _any_name, st.just(0.0), st.just(0.0), st.just(1.0)),
    st.builds(Box, _any_name, *[st.just(0.0)] * 4),
    st.builds(Polygon, _any_name, st.just(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))),
)


@st.composite
def wild_queries(draw: st.DrawFn) -> Query:
    """A question of which one part need not make sense."""
    wild_ranks = st.builds(Text, _phrases, st.lists(_any_name, max_size=2).map(tuple)) | st.just(Meaning("red"))
    match draw(st.sampled_from(("where", "where", "rank", "sort", "facets"))):
        case "where":
            return Query(draw(expressions(1, _wild_leaves)))
        case "rank":
            return Query(rank=draw(wild_ranks))
        case "sort":
            return Query(sort=tuple(draw(st.lists(st.builds(Sort, _any_name), max_size=2))))
        case _:
            return Query(facets=tuple(draw(st.lists(st.builds(Facet, _any_name), max_size=2))))
