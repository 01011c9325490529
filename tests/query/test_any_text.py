"""Whatever is typed is understood or refused politely; and whatever is quoted means itself."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fototeca.errors import LimitExceeded, QueryError
from fototeca.query import And, Expression, How, Match, Query, normalise, parse, parse_expression, quote, to_text
from tests.query import strategies
from tests.query.strategies import examples

_PIECES = [
    *("tag", "width", "taken", "text", "metadata.k", "gps", "like", "has", "sort", "ids", "folder", "aspect", "x"),
    *(":", "=", "=~", "~", "~~", ">", ">=", "<", "!=", "(", ")", "[", "]", "{", "}", '"', "\\", ",", "..", "-", "!"),
    *(
        "*",
        "?",
        " ",
        "\n",
        " AND ",
        " OR ",
        " NOT ",
        " TO ",
        "&&",
        "||",
        "5",
        "2023-06",
        "7d",
        "1e9",
        "mb",
        "é",
        "\ud800",
    ),
]


def understood(text: str) -> Query | None:
    """Parse; a refusal must be one of the two documented errors, with a position inside the text."""
    try:
        return parse(text)
    except LimitExceeded:
        return None
    except QueryError as error:
        refusal = error
    assert refusal.position is not None
    assert 0 <= refusal.position <= len(text)
    return None


@examples(500)
@given(st.text())
def test_any_text(text: str) -> None:
    understood(text)


@examples(1000)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@example("tag:" + "9" * 5000)
@example("width:" + "9" * 5000)
@example("taken:" + "9" * 5000)
@example("like:" + "9" * 5000)
@example("near:" + "9" * 5000 + ",1,1")
@example("tag:a>=" + "9" * 5000)
def test_any_mixture_of_syntax_reads_back(text: str) -> None:
    query = understood(text)
    if query is not None:
        assert parse(to_text(query)) == query, to_text(query)


@examples(200)
@given(st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    understood(raw.decode(errors="surrogateescape"))
    understood(raw.decode("latin-1"))


@examples(300)
@given(strategies.queries(), st.randoms(use_true_random=False))
def test_any_damaged_query(query: Query, rng: random.Random) -> None:
    text = list(to_text(query))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        text[at : at + rng.randint(0, 2)] = rng.choice(_PIECES)
    understood("".join(text))


@pytest.mark.parametrize(
    "piece", [*_PIECES, "(-", "tag:(", "a*?", '"a', "\\", "a:", "a..", "metadata.\\", "tag:a=", "<= "]
)
def test_a_long_text_is_read_in_time(piece: str) -> None:
    """A hang here would be a pattern that looks back."""
    understood((piece * 8192)[:8192])


@examples(300)
@given(strategies.texts)
def test_a_quoted_text_means_itself(text: str) -> None:
    assert parse("tag:" + quote(text)).where == Match("tag", text)
    assert parse("camera=" + quote(text)).where == Match("camera", text, How.EXACT)
    assert parse_expression(quote(text)) == Match("text", text, How.PHRASE)
    both = parse_expression(f"tag:({quote(text)} x)")
    assert both == And((Match("tag", text), Match("tag", "x")))


@examples(100)
@given(strategies.expressions, strategies.expressions)
def test_texts_combine_as_trees_do(left: Expression, right: Expression) -> None:
    assert parse_expression(f"({left}) ({right})") == normalise(left & right)
    assert parse_expression(f"({left}) OR ({right})") == normalise(left | right)
    assert parse_expression(f"-({left})") == normalise(~left)
