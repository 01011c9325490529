"""The grammar, by recursive descent in one pass.

    alternatives = sequence { ("OR" | "||") sequence }
    sequence     = conjunction { conjunction }
    conjunction  = operand { ("AND" | "&&") operand }
    operand      = { "NOT" | "!" | "-" | "+" } ( "(" alternatives ")" | clause )
    clause       = field (":" | "=") value | field ("<" | "<=" | ">" | ">=") scalar | field | scalar
    value        = range | scalar | "(" alternatives of values ")"

What stands side by side without an operator is a choice, except that "+" makes its operand required and a negated
one is excluded, as in Lucene.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fototeca.dialects.cloudinary.expression.fields import FIXED, presence
from fototeca.dialects.cloudinary.expression.lexer import CONNECTIVE, KEYWORDS, NEGATION, OPERATOR, Lexer
from fototeca.dialects.cloudinary.expression.syntax import (
    Clause,
    Every,
    FreeText,
    Presence,
    Scalar,
    Span,
    Syntax,
    every,
    negated,
    some,
)
from fototeca.errors import LimitExceeded
from fototeca.query.lexer import unescape

MAX_LENGTH = 8192
MAX_DEPTH = 64
MAX_CLAUSES = 1024

_TO = re.compile(r"TO(?=\s)")


class _Operand(NamedTuple):
    """What stands in a sequence: "+" where it is required, "-" where it is excluded."""

    sign: str
    meaning: Syntax


class _Scope(NamedTuple):
    """The field and operator whose list of values is being read."""

    field: str
    operator: str


def parse(text: str) -> Syntax:
    """Read an expression; an empty one asks for everything.

    Raises:
        QueryError: It cannot be read; the position is where the problem starts, from 0.
        LimitExceeded: It is too long, too deep or has too many clauses.
    """
    if len(text) > MAX_LENGTH:
        raise LimitExceeded(f"an expression has at most {MAX_LENGTH} characters, this one {len(text)}")
    parser = _Parser(text)
    if not parser.peek():
        return Every(())
    found = parser.alternatives()
    if parser.peek():
        parser.fail('this ")" closes nothing')
    return found


class _Parser(Lexer):
    __slots__ = ("_clauses", "_depth", "_last", "_scope")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._clauses = 0
        self._scope: _Scope | None = None
        self._last: Clause | None = None

    # --- structure

    def alternatives(self) -> Syntax:
        parts = [self._sequence()]
        while self._connective() in {"OR", "||"}:
            parts.append(self._sequence())
        return some(parts)

    def _sequence(self) -> Syntax:
        operands = [self._conjunction()]
        while (char := self.peek()) and char != ")" and self._connective(take=False) is None:
            operands.append(self._conjunction())
        return _joined(operands)

    def _conjunction(self) -> _Operand:
        first = self._operand()
        if self._connective(take=False) not in {"AND", "&&"}:
            return first
        operands = [first]
        while self._connective(take=False) in {"AND", "&&"}:
            self._connective()
            operands.append(self._operand())
        return _Operand("", every([_plain(operand) for operand in operands]))

    def _connective(self, *, take: bool = True) -> str | None:
        """The connective that comes next; "OR" is only taken by who asks for it, and so is "AND"."""
        self.peek()
        found = CONNECTIVE.match(self.text, self.position)
        if found is None:
            return None
        if take and found[0] in {"OR", "||", "AND", "&&"}:
            self.position = found.end()
        return found[0]

    def _operand(self) -> _Operand:
        negative = required = False
        self._deeper()
        while (char := self.peek()) == "+" or NEGATION.match(self.text, self.position):
            required |= char == "+"
            if char != "+":
                negative = not negative
            self.position += 3 if char == "N" else 1
        meaning = self._primary()
        self._depth -= 1
        if isinstance(meaning, Clause):
            self._last = meaning
        sign = "-" if negative else "+" if required else ""
        return _Operand(sign, meaning)

    def _primary(self) -> Syntax:
        char = self.peek()
        if char == "(":
            return self._group()
        if not char:
            self.fail("something is missing here")
        found = CONNECTIVE.match(self.text, self.position)
        if found:
            self.fail(f"{found[0]} needs something on both sides")
        self._count()
        return self._value(*self._scope) if self._scope else self._clause()

    def _group(self) -> Syntax:
        opened = self.position
        self.position += 1
        if self.peek() == ")":
            self.fail("these parentheses are empty", opened)
        found = self.alternatives()
        if self.peek() != ")":
            self.fail('this "(" is never closed', opened)
        self.position += 1
        return found

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded(f"an expression is at most {MAX_DEPTH} levels deep")

    def _count(self) -> None:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise LimitExceeded(f"an expression has at most {MAX_CLAUSES} clauses")

    # --- clauses

    def _clause(self) -> Syntax:
        start = self.position
        if self.text[start] == '"':
            return FreeText(self.scalar())
        raw = self.word()
        name = unescape(raw)
        if raw.endswith(".") and self.text[self.position : self.position + 1] == '"':
            name += self.scalar().text
        elif self.text[self.position : self.position + 1] == "*":
            return FreeText(self.starred(raw, start))
        end = self.position
        self.peek()
        operator = OPERATOR.match(self.text, self.position)
        if operator is None:
            self.position = end
            return self._word(raw, name, start)
        self.position = operator.end()
        self.peek()
        return self._compared(name, operator[0])

    def _word(self, raw: str, name: str, start: int) -> Syntax:
        """A word that no operator follows: text, or a field that is to have a value."""
        if presence(name) and "\\" not in raw:
            return Presence(name, start)
        scalar = self.starred(raw, start)
        if self._last is not None and scalar.text in FIXED.get(self._last.field, ()):
            return Clause(self._last.field, self._last.operator, scalar, start)
        return FreeText(scalar)

    def _compared(self, field: str, operator: str) -> Syntax:
        if operator in {":", "="} and self.text[self.position : self.position + 1] == "(":
            outer, self._scope = self._scope, _Scope(field, operator)
            self._deeper()
            found = self._group()
            self._depth -= 1
            self._scope = outer
            return found
        return self._value(field, operator)

    def _value(self, field: str, operator: str) -> Clause:
        start = self.position
        char = self.text[start : start + 1]
        if operator in {":", "="} and char in {"[", "{"}:
            return Clause(field, operator, self._range(), start)
        scalar = self.scalar()
        if not scalar.quoted and scalar.text in KEYWORDS:
            self.fail(f"a value is missing here; quote {scalar.text} to ask for the word", start)
        if field.rpartition(".")[2] == "aspect_ratio":
            scalar = self._ratio(scalar)
        if scalar.prefix and operator not in {":", "="}:
            self.fail(f'"{operator}" takes no "*"', start)
        return Clause(field, operator, scalar, start)

    def _ratio(self, scalar: Scalar) -> Scalar:
        """A value with what follows its colon, as in 16:9, which has to be quoted elsewhere."""
        if self.text[self.position : self.position + 1] != ":":
            return scalar
        self.position += 1
        return Scalar(f"{scalar.text}:{unescape(self.word())}", position=scalar.position)

    def _range(self) -> Span:
        start = self.position
        include_low = self.text[start] == "["
        self.position += 1
        low = self._bound()
        self.peek()
        if not _TO.match(self.text, self.position):
            self.fail("TO is missing in this range")
        self.position += 2
        high = self._bound()
        char = self.peek()
        if char not in {"]", "}"}:
            self.fail("this range is never closed", start if not char else None)
        self.position += 1
        return Span(low, high, include_low, char == "]", start)

    def _bound(self) -> Scalar | None:
        if self.peek() == "*":
            self.position += 1
            return None
        start = self.position
        scalar = self._ratio(self.scalar())
        if scalar.prefix:
            self.fail('a bound takes no "*"', start)
        return scalar


def _plain(operand: _Operand) -> Syntax:
    return negated(operand.meaning) if operand.sign == "-" else operand.meaning


def _joined(operands: list[_Operand]) -> Syntax:
    if len(operands) == 1:
        return _plain(operands[0])
    required = [operand.meaning for operand in operands if operand.sign == "+"]
    optional = [operand.meaning for operand in operands if not operand.sign]
    excluded = [negated(operand.meaning) for operand in operands if operand.sign == "-"]
    wanted = required or ([some(optional)] if optional else [])
    return every([*wanted, *excluded])
