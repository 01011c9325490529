"""How the language spells things: words, quotes, escapes and the star at the end of a value.

Every pattern is possessive: a character is looked at once and never again, so no text is slow to read.
"""

from __future__ import annotations

import re

from fototeca.dialects.cloudinary.expression.syntax import Scalar
from fototeca.query.lexer import QUOTED, Scanner, unescape

WORD = re.compile(r'(?:[^\s!(){}\[\]*^~?:\\=&<>"|]|\\.)++', re.DOTALL)
OPERATOR = re.compile(r"[<>]=|[<>:=]")
CONNECTIVE = re.compile(r"(AND|OR)(?=[\s()\"!+-]|\Z)|(&&)|(\|\|)")
NEGATION = re.compile(r"NOT(?=[\s()\"!+-]|\Z)|[!-]")
KEYWORDS = frozenset({"AND", "OR", "NOT"})

_STAR = re.compile(r"\\.|\*", re.DOTALL)


class Lexer(Scanner):
    """Walks over an expression from left to right."""

    __slots__ = ()

    def word(self) -> str:
        """Take a bare word as it is written, escapes and all."""
        found = WORD.match(self.text, self.position)
        if found is None:
            self.fail(self._unexpected())
        self.position = found.end()
        return found[0]

    def scalar(self) -> Scalar:
        """Take a quoted value, or a bare word with or without a star at its end."""
        start = self.position
        if self.text[start : start + 1] == '"':
            return self._quoted(start)
        return self.starred(self.word(), start)

    def starred(self, raw: str, start: int) -> Scalar:
        """Make a value of a bare word that has been taken, and take the star behind it."""
        prefix = self.text[self.position : self.position + 1] == "*"
        if prefix:
            self.position += 1
            if WORD.match(self.text, self.position) or self.text[self.position : self.position + 1] in {"*", '"'}:
                self.fail('"*" can only end a value', self.position - 1)
        elif self.text[self.position : self.position + 1] == "\\":
            self.fail("nothing is left to escape")
        return Scalar(unescape(raw), prefix, position=start)

    def _quoted(self, start: int) -> Scalar:
        found = QUOTED.match(self.text, start)
        if found is None:
            self.fail("this quote is never closed")
        raw, self.position = found[1], found.end()
        stars = [star.start() for star in _STAR.finditer(raw) if star[0] == "*"]
        if stars and stars[0] != len(raw) - 1:
            self.fail('"*" can only end a value; write \\* for the character itself', start + 1 + stars[0])
        return Scalar(unescape(raw[:-1] if stars else raw), bool(stars), quoted=True, position=start)

    def _unexpected(self) -> str:
        char = self.text[self.position : self.position + 1]
        if not char:
            return "something is missing here"
        return "nothing is left to escape" if char == "\\" else f'"{char}" cannot stand here; escape or quote it'
