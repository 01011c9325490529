"""Which queries make sense: what kind of field each node may ask, and with what kind of literal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fototeca.errors import QueryError
from fototeca.query.expressions import (
    Box,
    Count,
    Exists,
    Expression,
    Facet,
    Fuse,
    How,
    Like,
    Match,
    Meaning,
    Near,
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
    walk,
)
from fototeca.query.fields import STRINGS, Field, Type, field

LITERALS: dict[Type, tuple[type, ...]] = {
    Type.KEYWORD: (str,),
    Type.KEYWORDS: (str,),
    Type.TEXT: (str,),
    Type.PATH: (str,),
    Type.INT: (int, float),
    Type.FLOAT: (int, float),
    Type.DATE: (datetime,),
    Type.BOOL: (bool,),
    Type.OPEN: (str, int, float, bool),
    Type.GEO: (),
    Type.VECTOR: (),
}
"""What a field can be compared with; a boolean is no number."""

ASKED = {
    Prefix: STRINGS,
    Wildcard: STRINGS,
    Count: {Type.KEYWORDS},
    Under: {Type.PATH},
    Near: {Type.GEO},
    Box: {Type.GEO},
    Polygon: {Type.GEO},
}
"""Which kinds of fields the other nodes can ask."""
RANGES = frozenset({Type.KEYWORD, Type.KEYWORDS, Type.PATH, Type.INT, Type.FLOAT, Type.DATE, Type.OPEN})
INTERVALS: dict[Type, tuple[type, ...]] = {Type.DATE: (str,), Type.INT: (int, float), Type.FLOAT: (int, float)}


def check(query: Query) -> None:
    """Refuse what cannot be asked.

    Raises:
        QueryError: A field is unknown, or a node, literal, sort key or facet does not suit its field.
    """
    for node in walk(query.where):
        _check_node(node)
    for part in walk(query.rank) if query.rank else ():
        _check_rank(part)
    for sort in query.sort:
        _demand(sort.field == "score" or field(sort.field).sorts, sort)
    for facet in query.facets:
        _check_facet(facet, field(facet.field))


def fits(value: Any, known: Field) -> bool:
    """Whether the field can be compared with the literal."""
    kinds = LITERALS[known.type]
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def has_words(known: Field) -> bool:
    """Whether a field's words are indexed, so that it can be ranked by them."""
    natural = known.type in (Type.TEXT, Type.OPEN) or known.weight > 0 or known.how in (How.PHRASE, How.WORDS)
    return known.type in STRINGS and natural


def _check_node(node: Expression | Rank) -> None:
    match node:
        case Match(name, value, how):
            known = field(name)
            _demand(fits(value, known) and (known.type is not Type.TEXT or how in (How.PHRASE, How.WORDS)), node)
        case Range(name, low, high):
            known = field(name)
            bounds = [bound for bound in (low, high) if bound is not None]
            sane = all(fits(bound, known) and not isinstance(bound, bool) for bound in bounds)
            of_one_kind = len({isinstance(bound, str) for bound in bounds}) < 2
            _demand(known.type in RANGES and sane and of_one_kind, node)
        case Prefix(name) | Wildcard(name) | Count(name) | Under(name) | Near(name) | Box(name) | Polygon(name):
            _demand(field(name).type in ASKED[type(node)], node)
        case Exists(name):
            field(name)


def _check_rank(rank: Expression | Rank) -> None:
    match rank:
        case Text(fields=names):
            _demand(all(has_words(field(name)) for name in names), rank)
        case Fuse(parts, weights) | Sum(parts, weights):
            _demand(len(weights) in (0, len(parts)), rank)
        case Vector(embedding=embedding):
            _demand(len(embedding) > 0 and len(embedding) % 4 == 0, rank)
        case Like(ids=ids):
            _demand(bool(ids), rank)
        case Meaning():
            _demand(False, rank)


def _check_facet(facet: Facet, known: Field) -> None:
    _demand(known.facets, facet)
    _demand(facet.interval is None or isinstance(facet.interval, INTERVALS.get(known.type, ())), facet)
    _demand(all(bound is None or fits(bound, known) for b in facet.ranges for bound in (b.low, b.high)), facet)


def _demand(sane: bool, node: Expression | Rank | Sort | Facet) -> None:
    if not sane:
        raise QueryError(f"cannot ask {node!r}")
