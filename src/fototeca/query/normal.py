"""The one form in which a tree is built, so that equal questions are equal trees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from fototeca.query.expressions import (
    All,
    And,
    Count,
    Expression,
    Match,
    Not,
    Nothing,
    Or,
    Prefix,
    Range,
    Value,
    Wildcard,
)
from fototeca.query.fields import Type, find
from fototeca.query.lexer import pattern_units


def normalise(expression: Expression) -> Expression:
    """Return the same question in the form that the native language's parser gives.

    Nested `And` and `Or` are flat and have two parts or more, no `Not` stands in a `Not`, aware dates are naive UTC,
    and what a node ignores (such as `how` beside a number) has its default.
    """
    match expression:
        case And(parts=parts):
            return conjunction(normalise(part) for part in parts)
        case Or(parts=parts):
            return disjunction(normalise(part) for part in parts)
        case Not(part=part):
            return negation(normalise(part))
        case Match(field=name, value=value) if not isinstance(value, str):
            return Match(name, naive(value))
        case Range():
            return _range(expression)
        case Prefix(field=name, words=words) if words or tokenised(name):
            return Prefix(name, expression.prefix, words=words and not tokenised(name))
        case Wildcard(field=name, pattern=pattern):
            return wildcard(name, pattern, folded=expression.folded or tokenised(name))
        case Count(low=None, high=None):
            return replace(expression, low=0)
    return expression


def conjunction(parts: Iterable[Expression]) -> Expression:
    """Join with `And`, flat; one part stands for itself, none for all documents."""
    flat: list[Expression] = []
    for part in parts:
        if type(part) is And:
            flat += part.parts
        else:
            flat.append(part)
    if len(flat) == 1:
        return flat[0]
    return And(tuple(flat)) if flat else All()


def disjunction(parts: Iterable[Expression]) -> Expression:
    """Join with `Or`, flat; one part stands for itself, none for no document."""
    flat: list[Expression] = []
    for part in parts:
        if type(part) is Or:
            flat += part.parts
        else:
            flat.append(part)
    if len(flat) == 1:
        return flat[0]
    return Or(tuple(flat)) if flat else Nothing()


def negation(part: Expression) -> Expression:
    """Negate; what was negated already becomes itself again."""
    match part:
        case Not(part=inner):
            return inner
        case All():
            return Nothing()
        case Nothing():
            return All()
    return Not(part)


def wildcard(name: str, pattern: str, *, folded: bool) -> Prefix | Wildcard:
    """Build the node of a pattern: a `Prefix` where the only wildcards are stars at its end."""
    units = pattern_units(pattern)
    end = len(units)
    while end and units[end - 1] == "*":
        end -= 1
    if end == len(units) or "*" in units[:end] or "?" in units[:end]:
        return Wildcard(name, "".join(units), folded)
    return Prefix(name, "".join(unit[-1] for unit in units[:end]), folded)


def naive(value: Value) -> Value:
    """Return an aware date as naive UTC, anything else as it is."""
    aware = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if aware else value  # type: ignore[union-attr] # aware implies it


def _range(given: Range) -> Range:
    low = None if given.low is None else naive(given.low)
    high = None if given.high is None else naive(given.high)
    return Range(given.field, low, high, low is None or given.include_low, high is None or given.include_high)


def tokenised(name: str) -> bool:
    """Whether patterns are matched with the field's words, which are always folded."""
    known = find(name)
    return known is not None and known.type is Type.TEXT
