"""What cannot be understood says where, why and what would be."""

from __future__ import annotations

import pytest

from fototeca.errors import LimitExceeded, QueryError
from fototeca.query import Nothing, Query, parse, parse_expression
from fototeca.query.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH

ERRORS: list[tuple[str, int, str]] = [
    # structure
    ("(tag:a", 0, 'this "(" is never closed'),
    ("tag:a)", 5, 'this ")" closes nothing'),
    ("a ()", 2, "empty parentheses"),
    ("a tag:()", 6, "empty parentheses"),
    ("a AND", 5, "something is missing here"),
    ("a OR ", 5, "something is missing here"),
    ("NOT", 3, "something is missing here"),
    ("(a OR )", 6, "something is missing here"),
    ("tag:(a,,b)", 7, "something is missing here"),
    ("OR b", 0, "OR needs something on both sides"),
    ("a OR AND b", 5, "AND needs something on both sides"),
    ('a "b c', 2, "this quote is never closed"),
    ('tag:"b c', 4, "this quote is never closed"),
    ("tag:(a,b)>=2", 9, "a space is missing here"),
    ('tag:"a"b', 7, "a space is missing here"),
    ("width:[1 TO 2]px", 14, "a space is missing here"),
    # names
    ("a wdith>5", 2, 'unknown field "wdith"; did you mean "width"?'),
    ("srot:taken", 0, 'unknown field "srot"; did you mean "sort"?'),
    ("zzzz:5", 0, 'unknown field "zzzz"; quote it to search for it as text'),
    ("metadata:5", 0, 'unknown field "metadata"; write metadata.KEY'),
    ("has:vector", 4, 'unknown field "vector"; write vector.KEY'),
    ("has:gsp", 4, 'unknown field "gsp"; did you mean "gps"?'),
    ("missing:", 8, "missing: needs the name of a field"),
    ("sort:taken,widht-", 11, 'unknown field "widht"; did you mean "width"?'),
    ("sort:tag", 5, "tag has no order to sort by"),
    ("sort:taken,,id", 11, "sort: takes fields"),
    ("a OR sort:taken", 5, "sort: stands beside the filters, not inside OR or NOT"),
    ("-sort:taken", 1, "sort: stands beside the filters"),
    ("NOT (a like:3)", 7, "like: stands beside the filters"),
    # operators
    ("a camera>5", 2, 'camera does not take ">", only : = != =~ ~ ~~'),
    ("camera:>5", 7, 'camera does not take ">"'),
    ("tag>=2", 0, "to count its values write tag:*>=2"),
    ("width~5", 0, 'width does not take "~", only : = != < <= > >='),
    ("description=x", 0, 'description does not take "=", only : ~ ~~'),
    ("animated>yes", 0, 'animated does not take ">", only : = !='),
    ("gps=1,2,3", 0, 'gps does not take "=", only :'),
    ("vector.clip:1", 0, "vector.clip can only be asked for as has:vector.clip"),
    ("tag: a", 4, "tag needs a value right here"),
    ("tag:", 4, "tag needs a value right here"),
    ("width >", 7, "width needs a value right here"),
    ("tag~*a", 4, '"~" takes no wildcards'),
    # values
    ("width:abc", 6, '"abc" is not a whole number for width (units: px, mp)'),
    ("width:5.5", 6, "width is a whole number, never 5.5"),
    ("width:5kb", 6, '"5kb" is not a whole number for width'),
    ("bytes:1kb2", 6, '"1kb2" is not a whole number for bytes'),
    ("width:1e999", 6, '"1e999" is not a whole number'),
    ("width:99999999999999999999", 6, "is not a whole number"),
    ("focal:50/0", 6, '"50/0" is not a number for focal (units: mm)'),
    ("duration:16:9", 9, '"16:9" is not a number for duration'),
    ("width:1..b", 6, '"b" is not a whole number'),
    ("animated:maybe", 9, "animated is yes or no"),
    ("taken:June", 6, '"june" is not a date; write 2023'),
    ("taken:2023-13", 6, '"2023-13" is not a date: month must be in 1..12'),
    ("taken:0000", 6, '"0000" is not a date'),
    ("taken:0001-01-01T00:00+10:00", 6, "is not a date"),
    ("taken:5m", 6, '"5m" is not a date'),
    ("taken:9999y", 6, '"9999y" ago is before the year 1'),
    ("taken>999999w", 6, '"999999w" ago is before the year 1'),
    ("taken:[2020 2021]", 6, "a range is written [low TO high]"),
    ("taken:[2020 TO 2021", 6, 'the range that "[" opens is never closed'),
    ("taken:[TO 2021]", 6, "a range is written [low TO high]"),
    ("taken:[2020 TO ]", 15, "a range needs a bound here, or * for none"),
    ("description:[a TO b]", 12, "description takes no ranges"),
    ("animated:[a TO b]", 9, "animated takes no ranges"),
    ('metadata.a:[1 TO "b"]', 11, "a range has two numbers or two texts"),
    ("near:bad", 5, 'a position is "latitude,longitude,radius"'),
    ("near:1,2", 5, 'a position is "latitude,longitude,radius"'),
    ("near:1,2,3ft", 5, 'a position is "latitude,longitude,radius"'),
    ('near:"1,2 3,4"', 5, "a polygon has 3 to 256 corners, never 2"),
    ('near:"1,2 3,4 5"', 5, 'a position is "latitude,longitude,radius"'),
    ('near:"1,2 3,4 5,6km"', 5, 'a position is "latitude,longitude,radius"'),
    ('near:"1,2 3,4 91,6"', 5, "91,6 is beyond 90 degrees"),
    ('near:"80,0 80,120 80,-120"', 5, "a polygon cannot go round a pole"),
    ("near:91,2,3", 5, "91 is beyond 90 degrees"),
    ("near:1,-181,3", 5, "-181 is beyond 180 degrees"),
    ("near:1,2,-3", 5, "a radius is not negative"),
    ("near:2,0,1,0", 5, "a box begins with its southern edge"),
    ("tag:a*>=2", 4, "wildcards cannot be counted"),
    ("tag:a>=2..3", 4, "a count is compared as >=2, <5, =3 or =2..5"),
    ("like:x", 5, "like: needs ids"),
    ("like:()", 5, "like: takes one or more ids"),
    ("ids:1,,x", 4, "ids: needs ids"),
    ("ids:1,,", 4, "ids: takes one or more ids"),
    ("like:4 -like.face:4", 8, "-like.face: says unlike what, so it needs a like.face: beside it"),
    ("among:objects", 0, "among: says what words are compared with, so it needs words"),
    ("red among:faces", 10, "among: takes objects or frames"),
    ("red among:objects among:frames", 18, "one kind of thing at a time"),
    ("only:", 5, "only: needs the names of people"),
    ("only:()", 5, "only: needs at least one name"),
    ("only:(Ann", 5, "only: needs the names of people"),
    ("red -like:4", 5, "-like: says unlike what, so it needs a like: beside it"),
]


@pytest.mark.parametrize(("text", "position", "message"), ERRORS)
def test_errors_say_where_and_why(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.position, message in caught.value.message) == (position, True), caught.value.message


def test_an_error_names_the_field_and_the_suggestion() -> None:
    with pytest.raises(QueryError) as caught:
        parse("beach wdith>5")
    assert (caught.value.field, caught.value.suggestion) == ("wdith", "width")
    with pytest.raises(QueryError) as caught:
        parse("beach width:x")
    assert caught.value.field == "width"


def test_positions_count_characters_not_bytes() -> None:
    with pytest.raises(QueryError) as caught:
        parse("東京😀 width:x")
    assert caught.value.position == 10


def test_a_filter_has_no_order_or_likeness() -> None:
    for text in ("tag:a sort:taken", "like:4"):
        with pytest.raises(QueryError, match="stands beside the filters"):
            parse_expression(text)


def test_length_is_limited() -> None:
    assert parse("a" * MAX_LENGTH)
    with pytest.raises(LimitExceeded, match="at most 8192 characters"):
        parse("a" * (MAX_LENGTH + 1))


def test_depth_is_limited() -> None:
    assert parse("(" * MAX_DEPTH + "*" + ")" * MAX_DEPTH) == Query()
    for text in ("(" * (MAX_DEPTH + 1) + "a", "NOT " * (MAX_DEPTH + 1) + "a", "tag:(" + "(" * MAX_DEPTH + "a"):
        with pytest.raises(QueryError, match="more than 64 parentheses"):
            parse(text)


def test_the_number_of_clauses_is_limited() -> None:
    assert parse("a " * MAX_CLAUSES)
    with pytest.raises(QueryError, match="more than 1024 clauses") as caught:
        parse("a " * (MAX_CLAUSES + 1))
    assert caught.value.position == 2 * MAX_CLAUSES
    assert parse("-*").where == Nothing()
