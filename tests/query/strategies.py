"""Random trees of everything that the native language can say, over the whole field registry."""

from __future__ import annotations

import os
from datetime import datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fototeca.assets import Owner
from fototeca.query import (
    All,
    And,
    Box,
    Count,
    Exists,
    Expression,
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
    Polygon,
    Prefix,
    Query,
    Range,
    Rank,
    Sort,
    Text,
    Under,
    Value,
    Wildcard,
)
from fototeca.query.fields import FIELDS, STRINGS, Field, Type, field
from fototeca.query.items import LIKES

_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def examples(count: int) -> settings:
    """Try this many examples, the same in every run; fifty times as many new ones in the nightly profile."""
    return settings(
        max_examples=count * 50 if _DEEP else count,
        deadline=None,
        derandomize=not _DEEP,
        suppress_health_check=[HealthCheck.too_slow],
    )


_KEYS = st.text(min_size=1, max_size=8)
_FIELDS: st.SearchStrategy[Field] = st.sampled_from(FIELDS) | st.builds(field, _KEYS.map("metadata.{}".format))

texts = st.one_of(
    st.text(max_size=12),
    st.text(alphabet='ab *?\\"()[]{}:=~<>!-,.&|1/', max_size=10),
    st.sampled_from(["OR", "AND", "NOT", "TO", "*", "true", "007", "5", "1..2", "a>=2", "-x", "", " "]),
)
whole = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-5, 5)
measured = st.floats(-1e15, 1e15, allow_nan=False) | st.sampled_from([0.004, 1e-07, 1.5, 3.0, 1e10])
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.builds(
    datetime, st.integers(1990, 2030), st.integers(1, 12), st.integers(1, 28)
)
paths = st.lists(st.text(max_size=5).map(lambda part: part.replace("/", "")), max_size=3).map(
    lambda parts: "/".join(parts).strip("/")
)


def _literals(f: Field) -> st.SearchStrategy[Value]:
    match f.type:
        case Type.INT:
            return whole
        case Type.FLOAT:
            return measured
        case Type.DATE:
            return moments
        case Type.BOOL:
            return st.booleans()
        case Type.PATH:
            return paths
        case Type.OPEN:
            return texts | st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15).filter(_usual) | st.booleans()
    return texts


def _usual(number: float) -> bool:
    return abs(number) > 1e-15


def _hows(f: Field) -> st.SearchStrategy[How]:
    return st.sampled_from([How.PHRASE, How.WORDS] if f.type is Type.TEXT else list(How))


def _of(*types: Type) -> st.SearchStrategy[Field]:
    return _FIELDS.filter(lambda f: f.type in types)


@st.composite
def _matches(draw: st.DrawFn) -> Match:
    f = draw(_FIELDS.filter(lambda f: f.type not in {Type.GEO, Type.VECTOR}))
    return Match(f.name, draw(_literals(f)), draw(_hows(f)))


@st.composite
def _ranges(draw: st.DrawFn) -> Range:
    ranged = (Type.KEYWORD, Type.KEYWORDS, Type.PATH, Type.INT, Type.FLOAT, Type.DATE, Type.OPEN)
    f = draw(_of(*ranged))
    bound = st.none() | (texts if f.type in STRINGS else _literals(f))
    return Range(f.name, draw(bound), draw(bound), draw(st.booleans()), draw(st.booleans()))


@st.composite
def _counts(draw: st.DrawFn) -> Count:
    f = draw(_of(Type.KEYWORDS))
    low, high = draw(st.none() | st.integers(0, 9)), draw(st.none() | st.integers(0, 9))
    value = draw(st.none() | texts)
    return Count(f.name, value, low, high, How.FOLDED if value is None else draw(_hows(f)))


_strings = _FIELDS.filter(lambda f: f.type in STRINGS)
_leaves: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from([All(), Nothing()]),
    _matches(),
    _ranges(),
    _counts(),
    st.builds(lambda f, text, folded: Prefix(f.name, text, folded), _strings, texts, st.booleans()),
    st.builds(lambda f, text: Prefix(f.name, text, words=True), _strings, texts.filter(bool)),
    st.builds(lambda f, text, folded: Wildcard(f.name, f"*{text}?", folded), _strings, texts, st.booleans()),
    st.builds(lambda f: Exists(f.name), _FIELDS.filter(lambda f: f.unit != "count")),
    st.builds(Under, st.just("folder"), paths),
    st.builds(Near, st.just("gps"), st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 1e9)),
    st.builds(Ids, st.lists(st.integers(0, 10**17), max_size=4).map(tuple)),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180)).map(
        lambda b: Box("gps", min(b[0], b[2]), b[1], max(b[0], b[2]), b[3])
    ),
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-90, 90)), min_size=3, max_size=8).map(
        lambda corners: Polygon("gps", tuple(corners))
    ),
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)

_ids = st.lists(st.integers(0, 10**17), min_size=1, max_size=3).map(tuple)


def _likes_of(owner: Owner) -> st.SearchStrategy[Like]:
    return st.builds(Like, _ids, st.just(()) | _ids, st.just(""), st.just(owner))


_sorts = st.builds(Sort, _FIELDS.filter(lambda f: f.sorts).map(lambda f: f.name) | st.just("score"), st.booleans())


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Queries that the language can say, their filters not yet normalised."""
    words = " ".join(draw(texts).split())
    unlike = tuple(draw(st.lists(texts.filter(str.strip), max_size=2, unique=True))) if words else ()
    meaning = Meaning(words, draw(st.sampled_from((Owner.ASSET, Owner.OBJECT, Owner.FRAME))), unlike)
    parts: list[Rank] = [Text(words), meaning] if words else []
    parts += [draw(_likes_of(owner)) for owner in LIKES.values() if draw(st.booleans())]
    rank = Fuse(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None
    where = draw(expressions)
    if unlike:
        where = And((where, *(Not(Match("text", each, How.PHRASE)) for each in unlike)))
    return Query(where, rank, tuple(draw(st.lists(_sorts, max_size=3))))
