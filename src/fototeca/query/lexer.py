"""How the native language spells things: what ends a word, what a quote holds, and how to escape.

Every pattern here is possessive: a character is looked at once and never again, so no text is slow to read.
"""

from __future__ import annotations

import re
from typing import NoReturn

from fototeca.errors import QueryError

SPACE = re.compile(r"\s*+")
WORD = re.compile(r'(?:[^\s()"\\]|\\.?)++', re.DOTALL)
LISTED_WORD = re.compile(r'(?:[^\s()",\\]|\\.?)++', re.DOTALL)
BOUND = re.compile(r'(?:[^\s\]}"\\]|\\.?)++', re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
CONNECTIVE = re.compile(r"(AND|OR|NOT|&&|\|\|)(?=[\s()\"]|\Z)")
_NAME = r'[^\W\d]\w*+(?:\.(?:[^\s()"\\:=~<>!]|\\.)++)?+'
HEAD = re.compile(rf"({_NAME})(:|=~?|~~?|!=|[<>]=?|\s++(?:!=|[<>]=?|=))", re.DOTALL)
"""A field and its operator; only comparisons may stand apart from the field."""
IDS = re.compile(r"\(([0-9,\s]*+)\)|([0-9,]++)(?=[\s()]|\Z)")
COMPARISON = re.compile(r"[<>]=?")
COUNT = re.compile(r"(!=|[<>]=?|=)([0-9]{1,9}+)(?:\.\.([0-9]{1,9}+))?+(?=[\s(),]|\Z)")
"""What may follow a value to ask how often it is there, such as `>=2` or `=2..5`."""

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNITS = re.compile(r"\\.|.", re.DOTALL)
_PLAIN = re.compile(r"\w[\w./@+#&-]*+")
_ORDINARY = re.compile(r"[\w.-]")
_RESERVED = frozenset({"AND", "OR", "NOT"})


def unescape(raw: str) -> str:
    """Return what a word or the inside of quotes stands for: each backslash makes the next character ordinary."""
    return _ESCAPED.sub(r"\1", raw) if "\\" in raw else raw


def escape(text: str) -> str:
    """Spell a text as part of an unquoted word."""
    return "".join(c if _ORDINARY.match(c) else "\\" + c for c in text)


def escape_word(text: str) -> str:
    """Spell a text as one bare word, which is neither a connective nor a field, nor negated or a pattern."""
    if text in _RESERVED or text.startswith("-"):
        return "\\" + text[0] + escape(text[1:])
    return text if _PLAIN.fullmatch(text) else escape(text)


def quote(text: str) -> str:
    """Spell any text as one literal value, to stand after `field:` or alone; nothing in it has a special meaning."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def value_text(text: str) -> str:
    """Spell a text as a value: bare where that is safe, else quoted."""
    return text if _PLAIN.fullmatch(text) else quote(text)


def pattern_of(raw: str) -> str | None:
    r"""Return the pattern that an unquoted word stands for, or `None` if it has no wildcard.

    Only `*`, `?` and `\` keep their backslash, so that equal patterns are equal texts.
    """
    if "*" not in raw and "?" not in raw:
        return None
    units = pattern_units(raw)
    return "".join(units) if "*" in units or "?" in units else None


def pattern_units(pattern: str) -> list[str]:
    r"""Split a pattern into its wildcards, ordinary characters and needed escapes (`\*`, `\?`, `\\`)."""
    units = []
    for unit in _UNITS.findall(pattern):
        if unit == "\\":  # at the very end, where nothing is left to escape
            units.append("\\\\")
        else:
            units.append(unit if len(unit) == 1 or unit[1] in "*?\\" else unit[1])
    return units


def escape_pattern(pattern: str) -> str:
    """Spell a pattern as an unquoted word, its wildcards alive."""
    units = pattern_units(pattern)
    return "".join(unit if unit in {"*", "?"} or len(unit) == 2 else escape(unit) for unit in units)


class Scanner:
    """Walks over a text from left to right; `position` is where it is."""

    __slots__ = ("position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def peek(self) -> str:
        """Skip white space and return the next character, "" at the end."""
        text, at = self.text, self.position
        char = text[at : at + 1]
        if char.isspace():
            at += 1
            char = text[at : at + 1]
            if char.isspace():
                at = SPACE.match(text, at).end()  # type: ignore[union-attr] # it matches anything
                char = text[at : at + 1]
            self.position = at
        return char

    def match(self, pattern: re.Pattern[str]) -> str:
        """Take what the pattern matches here."""
        found = pattern.match(self.text, self.position)
        if found is None:
            self.fail("something is missing here")
        self.position = found.end()
        return found[0]

    def quoted(self) -> str:
        """Take a quoted text and return what it stands for."""
        found = QUOTED.match(self.text, self.position)
        if found is None:
            self.fail('this quote is never closed; write \\" for the character itself')
        self.position = found.end()
        return unescape(found[1])

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        """Raise a `QueryError` at the position, by default here."""
        raise QueryError(message, position=self.position if position is None else position)
