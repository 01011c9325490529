"""Trees print as text that reads back as the same tree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from fototeca.assets import Owner
from fototeca.query import (
    All,
    And,
    Count,
    Expression,
    Facet,
    Fuse,
    How,
    Like,
    Match,
    Meaning,
    Node,
    Not,
    Nothing,
    Or,
    Page,
    Prefix,
    Query,
    Range,
    Sort,
    Text,
    Vector,
    Wildcard,
    normalise,
    parse,
    parse_expression,
    to_text,
)
from tests.query import strategies
from tests.query.strategies import examples

A, B, C = Match("tag", "a"), Match("tag", "b"), Match("tag", "c")
DAY = datetime(2023, 1, 1)


@examples(400)
@given(strategies.expressions)
def test_every_expression_reads_back(expression: Expression) -> None:
    text = to_text(expression)
    assert parse_expression(text) == normalise(expression), text
    assert to_text(normalise(expression)) == to_text(parse_expression(text))


@examples(200)
@given(strategies.queries())
def test_every_query_reads_back(query: Query) -> None:
    normal = replace(query, where=normalise(query.where))
    assert parse(to_text(query)) == normal, to_text(query)


@examples(200)
@given(strategies.expressions)
def test_normal_form_is_final(expression: Expression) -> None:
    once = normalise(expression)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Query(), "*"),
        (Query(sort=(Sort("taken", descending=True), Sort("id"))), "sort:taken-,id"),
        (Query(Or((A, B)), Like((1, 2), (3,))), "(tag:a OR tag:b) like:1,2 -like:3"),
        (Query(A, Fuse((Text("a OR -b:c?"), Meaning("a OR -b:c?")))), r"tag:a a \OR \-b\:c\?"),
        (
            Query(Not(Match("text", "c d", How.PHRASE)), Fuse((Text("a"), Meaning("a", Owner.OBJECT, ("c d",))))),
            '-text:"c d" a among:objects -"c d"',
        ),
        (And((A, Or((B, C)))), "tag:a (tag:b OR tag:c)"),
        (Or((And((A, B)), C)), "tag:a tag:b OR tag:c"),
        (Not(And((A, B))), "-(tag:a tag:b)"),
        (Nothing(), "-*"),
        (Match("tag", "two words"), 'tag:"two words"'),
        (Match("tag", 'a"b\\'), r'tag:"a\"b\\"'),
        (Match("title", "x", How.FOLDED), "title=~x"),
        (Match("text", "x", How.WORDS), "text:x"),
        (Match("text", "x", How.PHRASE), 'text:"x"'),
        (Match("text", "x y", How.WORDS), 'text~~"x y"'),
        (Match("metadata.my key", "5"), r'metadata.my\ key:"5"'),
        (Match("metadata.n", 5.0), "metadata.n:5"),
        (Match("aspect", 1.5), "aspect=1.5"),
        (Prefix("title", "new york"), r"title:new\ york*"),
        (Wildcard("tag", "a*\\*b", folded=False), r"tag=a*\*b"),
        (Count("object", "dog", 2, 5), "object:dog=2..5"),
        (Count("object", None, None, 5), "object:*<=5"),
        (Range("width", low=5, include_low=False), "width>5"),
        (Range("width", 5, 9, include_high=False), "width:[5 TO 9}"),
        (Range("camera", low="a"), 'camera:["a" TO *]'),
        (Range("taken", DAY, DAY + timedelta(hours=1), True, False), "taken:[2023-01-01 TO 2023-01-01T01:00:00}"),
        (Range("taken", DAY, DAY, False, True), "taken:{2023-01-01T00:00:00.000000 TO 2023-01-01T00:00:00.000000]"),
        (Match("taken", DAY), "taken:2023-01-01T00:00:00.000000"),
        (Sort("metadata.due-", descending=True), r"metadata.due\--"),
        (Wildcard("tag", "*a\\"), r"tag:*a\\"),
        (Prefix("tag", ""), "tag:**"),
        (Match("nowhere", "x", How.PHRASE), "nowhere~x"),
    ],
)
def test_canonical_spelling(node: Node, text: str) -> None:
    assert str(node) == text


def test_ranks_that_nobody_can_type_are_shown_in_angle_brackets() -> None:
    rank = Fuse((Vector.of("clip", [0.0] * 512), Text("red shoes", ("title",), every=False)), (2.0, 0.5))
    assert str(rank) == '<fuse 2 <vector clip 512d> + 0.5 <text "red shoes" in title, any word>>'
    assert str(Like((1,), space="clip")) == "<like:1 in clip>"
    assert str(Fuse((Text("a"), Meaning("b")))) == '<fuse 1 <text "a"> + 1 <meaning "b">>'


def test_facets_and_pages_are_not_part_of_the_text() -> None:
    assert str(Query(A, facets=(Facet("tag"),), page=Page(5), min_relevance=0.5)) == "tag:a"


def test_normal_form() -> None:
    assert normalise(And((A, And((B, And(())))))) == And((A, B, All()))
    assert normalise(Or((Or((A,)),))) == A
    assert normalise(Or(())) == Nothing()
    assert normalise(Not(Not(A))) == A
    assert normalise(Not(And(()))) == Nothing()
    assert normalise(Wildcard("tag", "a\\b**")) == Prefix("tag", "ab")
    assert normalise(Prefix("description", "a", folded=False)) == Prefix("description", "a")
    assert normalise(Match("width", 5, How.WORDS)) == Match("width", 5)
    aware = datetime(2023, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert normalise(Range("taken", low=aware, include_high=False)) == Range(
        "taken", aware.astimezone(UTC).replace(tzinfo=None)
    )
