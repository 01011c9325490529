"""Nodes are values: compared, hashed, combined, walked and printed."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from hypothesis import given

from fototeca.query import (
    And,
    Expression,
    Fuse,
    Like,
    Match,
    Node,
    Not,
    Or,
    Text,
    Under,
    Vector,
    to_text,
    walk,
)
from tests.query import strategies
from tests.query.strategies import examples

A, B, C = Match("tag", "a"), Match("tag", "b"), Under("folder", "c")


@examples(100)
@given(strategies.expressions)
def test_expressions_are_values(expression: Expression) -> None:
    assert len({expression, dataclasses.replace(expression)}) == 1
    assert str(expression) == to_text(expression)
    assert next(walk(expression)) is expression


def test_nodes_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        A.field = "b"  # type: ignore[misc] # that is the point


def test_operators_build_trees() -> None:
    assert (And((A, B)), Or((A, B)), Not(A)) == (A & B, A | B, ~A)


def test_walk_yields_parents_first() -> None:
    inner = Not(B)
    tree = And((A, Or((inner, C))))
    assert list(walk(tree)) == [tree, A, tree.parts[1], inner, B, C]
    rank = Fuse((Text("a"), Like((1,))))
    assert list(walk(rank)) == [rank, *rank.parts]


def test_a_vector_is_made_of_numbers() -> None:
    vector = Vector.of("clip", [1.0, -0.5])
    assert struct.unpack("<2f", vector.embedding) == (1.0, -0.5)


def _names(base: type[Node]) -> set[str]:
    return {name for kind in base.__subclasses__() for name in ({kind.__name__} | _names(kind))}


def test_every_node_prints() -> None:
    printed = {kind.__name__ for kind in to_text.registry if kind is not object}
    assert _names(Node) - {"Expression", "Rank"} == printed


def test_only_nodes_print() -> None:
    with pytest.raises(TypeError, match="not a node"):
        to_text(Node())
