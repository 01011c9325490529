"""The guide to the language is true: its examples parse and its table is the registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fototeca.query import All, Query, parse, to_text
from fototeca.query.clauses import OPERATORS
from fototeca.query.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH
from fototeca.query.reference import refreshed

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```query\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_asks_for_something(text: str) -> None:
    query = parse(text)
    assert query != Query(All())
    assert "\\" not in to_text(query), "an example's syntax was taken for words"


def test_the_table_of_fields_is_current() -> None:
    assert "| `filename` |" in GUIDE
    assert refreshed(GUIDE) == GUIDE, "run make docs"


def test_everything_that_can_be_written_is_in_the_guide() -> None:
    operators = {operator for operator in OPERATORS if operator not in {":", "<=", ">"}}
    words = {"has:", "missing:", "like:", "ids:", "sort:", "AND", "OR", "NOT", "TO", "landscape", "portrait", "square"}
    numbers = {str(MAX_LENGTH), str(MAX_CLAUSES), str(MAX_DEPTH)}
    assert {piece for piece in operators | words | numbers if piece not in GUIDE} == set()
