"""What one clause means: a field, an operator and a value as they were written, by the field's type."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from fototeca.errors import QueryError
from fototeca.query import dates, numbers
from fototeca.query.expressions import Count, Exists, Expression, How, Match, Prefix, Range, Under, Value
from fototeca.query.fields import NUMBERS, Field, Type
from fototeca.query.lexer import COUNT, pattern_of, unescape
from fototeca.query.normal import negation, wildcard


class Written(NamedTuple):
    """A value as it stands in the text.

    Attributes:
        text: The inside of the quotes, unescaped; or the bare word as it is written.
        quoted: Whether it stood in quotes.
        now: The moment of asking, for relative dates.
    """

    text: str
    quoted: bool
    now: datetime | None

    @property
    def literal(self) -> str:
        """The text that is meant."""
        return self.text if self.quoted else unescape(self.text)


Span: TypeAlias = tuple[Value, Value]
"""The first value that a literal names and the first one after it; equal for all but periods of time."""

_HOW = {"=": How.EXACT, "=~": How.FOLDED, "~": How.PHRASE, "~~": How.WORDS}
_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_OPEN_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?(?:e[+-]?[0-9]{1,3})?")
_ORIENTATIONS = {"landscape", "portrait", "square"}

OPERATORS = (":", "=", "!=", "=~", "~", "~~", "<", "<=", ">", ">=")
_EQUALITY, _TEXTUAL, _ORDER = map(frozenset, (OPERATORS[:3], OPERATORS[3:6], OPERATORS[6:]))
_ALLOWED: dict[Type, frozenset[str]] = {
    Type.KEYWORD: _EQUALITY | _TEXTUAL,
    Type.KEYWORDS: _EQUALITY | _TEXTUAL,
    Type.PATH: _EQUALITY | _TEXTUAL,
    Type.TEXT: frozenset({":", "~", "~~"}),
    Type.INT: _EQUALITY | _ORDER,
    Type.FLOAT: _EQUALITY | _ORDER,
    Type.DATE: _EQUALITY | _ORDER,
    Type.BOOL: _EQUALITY,
    Type.GEO: frozenset({":"}),
    Type.VECTOR: frozenset(),
    Type.OPEN: _EQUALITY | _TEXTUAL | _ORDER,
}
_RANGED = frozenset(_ALLOWED) - {Type.TEXT, Type.BOOL, Type.GEO, Type.VECTOR}


def check_operator(field: Field, operator: str) -> None:
    """Raise `QueryError` unless the field's type takes this operator."""
    allowed = _ALLOWED[field.type]
    if operator in allowed:
        return
    if not allowed:
        raise QueryError(f"{field.name} can only be asked for as has:{field.name}", field=field.name)
    hint = f"; to count its values write {field.name}:*{operator}2" if field.type is Type.KEYWORDS else ""
    listed = " ".join(known for known in OPERATORS if known in allowed)
    raise QueryError(f'{field.name} does not take "{operator}", only {listed}{hint}', field=field.name)


def clause(field: Field, operator: str, value: Written) -> Expression:
    """Say what `field operator value` means; the operator is one that the field takes.

    Raises:
        QueryError: The value does not fit the field.
    """
    if operator == "!=":
        return negation(clause(field, "=", value))
    if operator == ":" and value.text == "*" and not value.quoted:
        return present(field)
    return _BY_TYPE[field.type](field, operator, value)


def present(field: Field) -> Expression:
    """Say that the field has a value; for a field that counts, that it counts at least one."""
    return Range(field.name, low=1) if field.unit == "count" else Exists(field.name)


def counted(field: Field, operator: str, value: Written, count: re.Match[str]) -> Expression:
    """Say how often the field holds the value; `count` is a match of `lexer.COUNT`."""
    if operator == "!=":
        return negation(counted(field, "=", value, count))
    comparison, low = count[1], int(count[2])
    if count[3] is not None and comparison != "=":
        raise QueryError(f"a count is compared as >=2, <5, =3 or =2..5, not {count[0]}")
    text = None if value.text == "*" and not value.quoted else value.literal
    if text is not None and not value.quoted and pattern_of(value.text) is not None:
        raise QueryError("wildcards cannot be counted; * alone counts every value")
    how = _HOW.get(operator, field.how) if text is not None else How.FOLDED
    high = low if count[3] is None else int(count[3])
    match comparison:
        case ">=":
            return Count(field.name, text, low, None, how)
        case ">":
            return Count(field.name, text, low + 1, None, how)
        case "<=":
            return Count(field.name, text, None, low, how)
        case "<":
            return Count(field.name, text, None, low - 1, how)
        case "=":
            return Count(field.name, text, low, high, how)
    return negation(Count(field.name, text, low, high, how))


def between(
    field: Field, low: Written | None, high: Written | None, *, include_low: bool = True, include_high: bool = True
) -> Range:
    """Say that the field lies between two literals; `None` leaves a side open.

    An included bound includes the whole period that it names, an excluded one excludes all of it.

    Raises:
        QueryError: The field has no order, or a bound does not fit it.
    """
    if field.type not in _RANGED:
        raise QueryError(f"{field.name} takes no ranges", field=field.name)
    first = last = None
    if low is not None:
        start, end = _span(field, low)
        first, include_low = (start, include_low) if start == end or include_low else (end, True)
    if high is not None:
        start, end = _span(field, high)
        last, include_high = (start, include_high) if start == end or not include_high else (end, False)
    if isinstance(first, str) is not isinstance(last, str) and first is not None and last is not None:
        raise QueryError("a range has two numbers or two texts as its bounds")
    return Range(field.name, first, last, low is None or include_low, high is None or include_high)


def _span(field: Field, value: Written) -> Span:
    text = value.literal
    if field.type is Type.DATE:
        return dates.period(text.strip().lower(), field, value.now)
    if field.type in NUMBERS:
        single: Value = numbers.number(text, field)
    else:
        numeric = field.type is Type.OPEN and not value.quoted and _OPEN_NUMBER.fullmatch(text)
        single = float(text) if numeric else text
    return single, single


def _text(field: Field, operator: str, value: Written) -> Expression:
    how = _HOW.get(operator) or (How.PHRASE if value.quoted and field.type is Type.TEXT else field.how)
    pattern = None if value.quoted else pattern_of(value.text)
    if pattern is not None:
        found = wildcard(field.name, pattern, folded=operator != "=")
        if operator == "~" and isinstance(found, Prefix) and found.prefix:
            return found if field.type is Type.TEXT else Prefix(field.name, found.prefix, words=True)
        if operator in {"~", "~~"}:
            raise QueryError(f'"{operator}" takes no wildcards; write {field.name}:{value.text} or quote the value')
        return found
    text = value.literal
    if field.type is Type.PATH and how in {How.EXACT, How.FOLDED}:
        text = text.strip("/")
        if operator == ":":
            return Under(field.name, text)
    return Match(field.name, text, how)


def _keywords(field: Field, operator: str, value: Written) -> Expression:
    if not value.quoted and value.text[-1].isdigit() and "\\" not in value.text:
        count = COUNT.search(value.text)
        if count and count.start():
            return counted(field, operator, value._replace(text=value.text[: count.start()]), count)
    return _text(field, operator, value)


def _number(field: Field, operator: str, value: Written) -> Expression:
    text = value.literal.strip().lower()
    if operator in _ORDER or ".." in text:
        return _ordered(field, operator, value)
    if field.name == "aspect" and text in _ORIENTATIONS:
        low, high = numbers.around(1.0, field)
        match text:
            case "landscape":
                return Range(field.name, low=high, include_low=False)
            case "portrait":
                return Range(field.name, high=low, include_high=False)
        return Range(field.name, low, high)
    literal = numbers.number(text, field)
    if field.type is Type.INT:
        if isinstance(literal, float):
            raise QueryError(f"{field.name} is a whole number, never {literal:g}")
        return Match(field.name, literal)
    return Match(field.name, literal) if operator == "=" else Range(field.name, *numbers.around(literal, field))


def _date(field: Field, operator: str, value: Written) -> Expression:
    text = value.literal.strip().lower()
    if operator in _ORDER or ".." in text:
        return _ordered(field, operator, value)
    since = dates.ago(text, field, value.now)
    if since is not None:
        return Range(field.name, low=since)
    start, end = dates.period(text, field, value.now)
    return Match(field.name, start) if start == end else Range(field.name, start, end, include_high=False)


def _ordered(field: Field, operator: str, value: Written) -> Range:
    """A comparison, or a range written as `a..b`."""
    if operator in _ORDER:
        if operator[0] == ">":
            return between(field, value, None, include_low=operator == ">=")
        return between(field, None, value, include_high=operator == "<=")
    low, _, high = value.text.partition("..")
    low_bound, high_bound = (None if end in {"", "*"} else value._replace(text=end) for end in (low, high))
    return between(field, low_bound, high_bound)


def _boolean(field: Field, _: str, value: Written) -> Match:
    truth = _BOOLEANS.get(value.literal.strip().lower())
    if truth is None:
        raise QueryError(f"{field.name} is yes or no")
    return Match(field.name, truth)


def _position(_: Field, __: str, value: Written) -> Expression:
    return numbers.position(value.literal)


def _open(field: Field, operator: str, value: Written) -> Expression:
    if operator in _ORDER:
        return _ordered(field, operator, value)
    literal = _open_literal(value) if operator in {":", "="} else value.literal
    return _text(field, operator, value) if isinstance(literal, str) else Match(field.name, literal)


def _open_literal(value: Written) -> Value:
    """A bare number or true/false as itself, if it is written the usual way (007 is text), else the text."""
    if not value.quoted:
        if value.text in {"true", "false"}:
            return value.text == "true"
        if _OPEN_NUMBER.fullmatch(value.text):
            number = float(value.text) if "." in value.text or "e" in value.text else int(value.text)
            if str(number) == value.text:
                return number
    return value.literal


_BY_TYPE: dict[Type, Callable[[Field, str, Written], Expression]] = {
    Type.KEYWORD: _text,
    Type.KEYWORDS: _keywords,
    Type.TEXT: _text,
    Type.PATH: _text,
    Type.INT: _number,
    Type.FLOAT: _number,
    Type.DATE: _date,
    Type.BOOL: _boolean,
    Type.GEO: _position,
    Type.OPEN: _open,
}
