"""The grammar: one example for each rule, text beside tree."""

from __future__ import annotations

import pytest

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
    Wildcard,
    parse,
    parse_expression,
)


def tag(value: str) -> Match:
    return Match("tag", value)


def word(value: str) -> Match:
    return Match("text", value, How.WORDS)


def phrase(value: str) -> Match:
    return Match("text", value, How.PHRASE)


def words(text: str, *more: Rank, unlike: tuple[str, ...] = ()) -> Fuse:
    return Fuse((Text(text), Meaning(text, unlike=unlike), *more))


A, B, C, D = tag("a"), tag("b"), tag("c"), tag("d")

STRUCTURE: list[tuple[str, Expression]] = [
    ("", All()),
    ("  \n\t ", All()),
    ("*", All()),
    ("tag:a", A),
    ("tag:a tag:b", And((A, B))),
    ("tag:a AND tag:b", And((A, B))),
    ("tag:a && tag:b", And((A, B))),
    ("tag:a OR tag:b", Or((A, B))),
    ("tag:a || tag:b OR tag:c", Or((A, B, C))),
    ("tag:a OR tag:b tag:c", Or((A, And((B, C))))),
    ("tag:a tag:b OR tag:c AND tag:d", Or((And((A, B)), And((C, D))))),
    ("(tag:a OR tag:b) tag:c", And((Or((A, B)), C))),
    ("tag:a (tag:b (tag:c tag:d))", And((A, B, C, D))),
    ("(tag:a OR (tag:b OR tag:c))", Or((A, B, C))),
    ("-tag:a", Not(A)),
    ("!tag:a", Not(A)),
    ("NOT tag:a", Not(A)),
    ("NOT tag:a tag:b", And((Not(A), B))),
    ("NOT tag:a OR tag:b", Or((Not(A), B))),
    ("-(tag:a tag:b)", Not(And((A, B)))),
    ("NOT(tag:a OR tag:b)", Not(Or((A, B)))),
    ("NOT -tag:a", A),
    ("-*", Nothing()),
    ("tag:a(tag:b)", And((A, B))),
    ("TAG:a Metadata.Key:x", And((A, Match("metadata.Key", "x")))),
    ("tags:a keyword:b", And((A, B))),
]


@pytest.mark.parametrize(("text", "expected"), STRUCTURE)
def test_structure(text: str, expected: Expression) -> None:
    assert parse(text) == Query(expected)
    assert parse_expression(text) == expected


LOOSE_WORDS: list[tuple[str, Query]] = [
    ("beach", Query(rank=words("beach"))),
    ("red  shoes", Query(rank=words("red shoes"))),
    ("red tag:a shoes", Query(A, words("red shoes"))),
    ("(red shoes) tag:a", Query(A, words("red shoes"))),
    ("red AND shoes", Query(rank=words("red shoes"))),
    ("this and that or not those", Query(rank=words("this and that or not those"))),
    ("cheap 'red shoes'", Query(rank=words("cheap 'red shoes'"))),
    ('"red shoes"', Query(phrase("red shoes"), words("red shoes"))),
    ('cheap "red shoes" new', Query(phrase("red shoes"), words("cheap red shoes new"))),
    ('"say \\"hi\\" \\\\ bye"', Query(phrase('say "hi" \\ bye'), words('say "hi" \\ bye'))),
    ('"a*b?"', Query(phrase("a*b?"), words("a*b?"))),
    ("text:beach", Query(word("beach"))),
    ("beach OR sea", Query(Or((word("beach"), word("sea"))))),
    ("red shoes OR sea", Query(Or((And((word("red"), word("shoes"))), word("sea"))))),
    ("(beach OR sea) sun", Query(Or((word("beach"), word("sea"))), words("sun"))),
    ("beach -crowd", Query(Not(word("crowd")), words("beach"))),
    ('beach -"big crowd"', Query(Not(phrase("big crowd")), words("beach", unlike=("big crowd",)))),
    ('-"a" (red NOT "b") -"a"', Query(And((Not(phrase("a")), Not(phrase("b")))), words("red", unlike=("a", "b")))),
    ('beach -text~"big crowd" -(-"sun")', Query(And((Not(phrase("big crowd")), phrase("sun"))), words("beach"))),
    ('-"big crowd"', Query(Not(phrase("big crowd")))),
    ('beach OR -"big crowd"', Query(Or((word("beach"), Not(phrase("big crowd")))))),
    ('beach -""', Query(Not(phrase("")), words("beach"))),
    ('beach -("a" OR "b")', Query(Not(Or((phrase("a"), phrase("b")))), words("beach"))),
    ("-(big & crowd)", Query(Not(And((word("big"), word("crowd")))))),
    ("sun*", Query(Prefix("text", "sun"))),
    ("sun** *", Query(And((Prefix("text", "sun"), All())))),
    ("*set", Query(Wildcard("text", "*set"))),
    ("colo?r", Query(Wildcard("text", "colo?r"))),
    ("is this a dog?", Query(rank=words("is this a dog?"))),
    ("sun\\*", Query(rank=words("sun*"))),
    ("Paris - Rome -", Query(rank=words("Paris - Rome -"))),
    ("--flag", Query(rank=words("--flag"))),
    ("12:30 2023-06-01 1/250", Query(rank=words("12:30 2023-06-01 1/250"))),
    ("http://example.org/a?b=c*", Query(rank=words("http://example.org/a?b=c*"))),
    ("example.org:8080 std::vector Re: Note:", Query(rank=words("example.org:8080 std::vector Re: Note:"))),
    ("a->b C++>D light > dark", Query(rank=words("a->b C++>D light > dark"))),
    ("\\tag:a \\-b \\OR", Query(rank=words("tag:a -b OR"))),
    ("a, b", Query(rank=words("a, b"))),
    ("back\\", Query(rank=words("back\\"))),
    ("東京 タワー", Query(rank=words("東京 タワー"))),
]


@pytest.mark.parametrize(("text", "expected"), LOOSE_WORDS)
def test_words_rank_at_the_top_and_filter_below(text: str, expected: Query) -> None:
    assert parse(text) == expected


def test_in_a_filter_every_word_filters() -> None:
    assert parse_expression('red & "big shoes" tag:a') == And((word("red"), phrase("big shoes"), A))
    assert parse_expression("&") == word("&")


BESIDE: list[tuple[str, Query]] = [
    ("like:7", Query(rank=Like((7,)))),
    ("like:7,8 like:(9 10)", Query(rank=Like((7, 8, 9, 10)))),
    ("like:7 -like:8 NOT like:9", Query(rank=Like((7,), (8, 9)))),
    ("like:7 red -like:8", Query(rank=words("red", Like((7,), (8,))))),
    ("like.object:7 -like.object:8", Query(rank=Like((7,), (8,), owner=Owner.OBJECT))),
    ("like.face:7 like:3", Query(rank=Fuse((Like((3,)), Like((7,), owner=Owner.FACE))))),
    ("red among:objects", Query(rank=Fuse((Text("red"), Meaning("red", Owner.OBJECT))))),
    ("sort:taken", Query(sort=(Sort("taken"),))),
    ("sort:taken-", Query(sort=(Sort("taken", descending=True),))),
    (
        "tag:a sort:rating OR tag:b sort:taken-",
        Query(Or((A, B)), sort=(Sort("rating"), Sort("taken", descending=True))),
    ),
    ("sort:-date", Query(sort=(Sort("taken", descending=True),))),
    ("sort:rating-,taken sort:score-", Query(sort=(Sort("rating", True), Sort("taken"), Sort("score", True)))),
    ("sort:metadata.due\\-", Query(sort=(Sort("metadata.due-"),))),
    ("tag:a (sort:id)", Query(A, sort=(Sort("id"),))),
]


@pytest.mark.parametrize(("text", "expected"), BESIDE)
def test_likeness_and_order_stand_beside_the_filters(text: str, expected: Query) -> None:
    assert parse(text) == expected


CLAUSES: list[tuple[str, Expression]] = [
    # presence
    ("has:gps", Exists("gps")),
    ("has:tags", Exists("tag")),
    ('has:"metadata.my key"', Exists("metadata.my key")),
    ("has:vector.clip", Exists("vector.clip")),
    ("has:faces", Range("faces", low=1)),
    ("-has:gps", Not(Exists("gps"))),
    ("missing:gps", Not(Exists("gps"))),
    ("tag:*", Exists("tag")),
    ("width:*", Exists("width")),
    # each field's own way of comparing, and the others
    ("camera:Canon", Match("camera", "Canon", How.PHRASE)),
    ("sha1:AB", Match("sha1", "AB", How.EXACT)),
    ("description:beach", Match("description", "beach", How.WORDS)),
    ('description:"the beach"', Match("description", "the beach", How.PHRASE)),
    ('tag:"the beach"', tag("the beach")),
    ("tag=Beach", Match("tag", "Beach", How.EXACT)),
    ("title=~Beach", Match("title", "Beach", How.FOLDED)),
    ("tag~beach", Match("tag", "beach", How.PHRASE)),
    ('tag~~"beach big"', Match("tag", "beach big", How.WORDS)),
    ("tag!=Beach", Not(Match("tag", "Beach", How.EXACT))),
    ("title = Beach", Match("title", "Beach", How.EXACT)),
    # wildcards
    ("tag:pre*", Prefix("tag", "pre")),
    ("tag=Pre*", Prefix("tag", "Pre", folded=False)),
    ("tag:*suf", Wildcard("tag", "*suf")),
    ("tag:*in?ix*", Wildcard("tag", "*in?ix*")),
    ("tag:a\\ b*", Prefix("tag", "a b")),
    ("tag:a\\*b*", Prefix("tag", "a*b")),
    ("tag:a\\*b?", Wildcard("tag", "a\\*b?")),
    ('tag:"a*"', tag("a*")),
    ("tag:a\\*", tag("a*")),
    # lists
    ("tag:(a OR b)", Or((A, B))),
    ("tag:(a b)", And((A, B))),
    ("tag:(a, b,c)", Or((A, B, C))),
    ("tag:(a -b)", And((A, Not(B)))),
    ("tag:(a AND NOT (b OR c))", And((A, Not(Or((B, C)))))),
    ('tag=("a b" OR c)', Or((Match("tag", "a b", How.EXACT), Match("tag", "c", How.EXACT)))),
    ("tag:(a OR sort:b)", Or((A, tag("sort:b")))),
    ("width:(>5 <10)", And((Range("width", low=5, include_low=False), Range("width", high=10, include_high=False)))),
    ("tag:a,b", tag("a,b")),
    # counts
    ("object:dog>=2", Count("object", "dog", 2)),
    ("object:dog>2", Count("object", "dog", 3)),
    ("object:dog<=2", Count("object", "dog", None, 2)),
    ("object:dog<2", Count("object", "dog", None, 1)),
    ("class:cap=3", Count("class", "cap", 3, 3)),
    ("class:cap=2..5", Count("class", "cap", 2, 5)),
    ("class:cap!=3", Not(Count("class", "cap", 3, 3))),
    ("tag:*>=1", Count("tag", None, 1)),
    ("tag!=a>=2", Not(Count("tag", "a", 2, None, How.EXACT))),
    ('tag!="a">=2', Not(Count("tag", "a", 2, None, How.EXACT))),
    ('object="big dog">=2', Count("object", "big dog", 2, None, How.EXACT)),
    ("object:(dog>=2 OR cat)", Or((Count("object", "dog", 2), Match("object", "cat")))),
    ('tag:"a>=2"', tag("a>=2")),
    ("tag:a>=x", tag("a>=x")),
    ("tag:a\\>=2", tag("a>=2")),
    # folders
    ("folder:2023/trip", Under("folder", "2023/trip")),
    ("folder:/2023/", Under("folder", "2023")),
    ("folder:/", Under("folder", "")),
    ("folder=/2023/", Match("folder", "2023", How.EXACT)),
    ("folder~trip", Match("folder", "trip", How.PHRASE)),
    ("in:2023*", Prefix("folder", "2023")),
    # numbers
    ("width:2000", Match("width", 2000)),
    ("width>2000", Range("width", low=2000, include_low=False)),
    ("width>=2000", Range("width", low=2000)),
    ("width:>=2000", Range("width", low=2000)),
    ("width < 2000", Range("width", high=2000, include_high=False)),
    ("width<=2000", Range("width", high=2000)),
    ("width!=2000", Not(Match("width", 2000))),
    ("width:[10 TO 20]", Range("width", 10, 20)),
    ("width:{10 TO 20}", Range("width", 10, 20, include_low=False, include_high=False)),
    ("width:[10 TO 20}", Range("width", 10, 20, include_high=False)),
    ("width:[* TO 20]", Range("width", high=20)),
    ("width:10..20", Range("width", 10, 20)),
    ("width:10..", Range("width", low=10)),
    ("width:..20", Range("width", high=20)),
    # the rest
    ("animated:yes", Match("animated", value=True)),
    ("animated:FALSE", Match("animated", value=False)),
    ("camera:[a TO m}", Range("camera", "a", "m", include_high=False)),
    ('within:"48.2,16.3,5km"', Near("gps", 48.2, 16.3, 5000)),
    ("near:48.2,16.3,250", Near("gps", 48.2, 16.3, 250)),
    ('near:"-48.2, 16.3, 1 mi"', Near("gps", -48.2, 16.3, 1609.344)),
    ('gps:"-10,170,10,-170"', Box("gps", -10, 170, 10, -170)),
    ('within:"0,0 0,9 9.5,9"', Polygon("gps", ((0, 0), (0, 9), (9.5, 9)))),
    ('near:" -1, 170  1 ,170\t0,-1.7e2 "', Polygon("gps", ((-1, 170), (1, 170), (0, -170)))),
    ("ids:1,2,3", Ids((1, 2, 3))),
    ("ids:(1, 2 3)", Ids((1, 2, 3))),
    ("ids:()", Ids(())),
    ("id:5", Match("id", 5)),
    ("id:(5,6)", Or((Match("id", 5), Match("id", 6)))),
    # open fields take what a client stored
    ("metadata.size:5", Match("metadata.size", 5)),
    ("meta.size:1.5", Match("metadata.size", 1.5)),
    ("metadata.ok:true", Match("metadata.ok", value=True)),
    ('metadata.size:"5"', Match("metadata.size", "5")),
    ("metadata.code:007", Match("metadata.code", "007")),
    ("metadata.my\\ key:x", Match("metadata.my key", "x")),
    ("metadata.size>5.50", Range("metadata.size", low=5.5, include_low=False)),
    ("metadata.due<2023-01-01", Range("metadata.due", high="2023-01-01", include_high=False)),
    ("metadata.a:b*", Prefix("metadata.a", "b")),
]


@pytest.mark.parametrize(("text", "expected"), CLAUSES)
def test_clauses(text: str, expected: Expression) -> None:
    assert parse_expression(text) == expected
    assert parse(text) == Query(expected)


def test_everything_together() -> None:
    text = (
        'beach tag:holiday (camera:"Canon" OR camera:Nikon) -person:"Ann" width>=2000 within:"48.2,16.3,5km" '
        "like:1234 has:gps sort:taken-"
    )
    where = And(
        (
            tag("holiday"),
            Or((Match("camera", "Canon", How.PHRASE), Match("camera", "Nikon", How.PHRASE))),
            Not(Match("person", "Ann")),
            Range("width", low=2000),
            Near("gps", 48.2, 16.3, 5000.0),
            Exists("gps"),
        )
    )
    assert parse(text) == Query(where, words("beach", Like((1234,))), (Sort("taken", descending=True),))


def test_only_these_people() -> None:
    nobody_else = (Match("people", 2), Match("strangers", 0))
    expected = And((Match("person", "Ann"), Match("person", "Bo Li"), *nobody_else))
    assert parse_expression('only:(Ann, "Bo Li")') == parse_expression('only:(Ann "Bo Li" "bo li")') == expected
    assert parse_expression("only:Ann") == parse_expression("person:Ann people=1 strangers=0")
    assert parse_expression("-only:Ann") == Not(parse_expression("only:Ann"))
