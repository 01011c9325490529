"""RoboQL text to tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fototeca.errors import LimitExceeded, QueryError

MAX_LENGTH = 8_192
"""Characters of a query."""

KEYS = (
    "tag",
    "filename",
    "split",
    "class",
    "min-annotations",
    "max-annotations",
    "min-width",
    "max-width",
    "min-height",
    "max-height",
    "job",
    "like-image",
    "metadata",
    "project",
    "dataset",
    "sort",
    "batch",
    "id",
)
"""What can stand before a colon; anything else there is free text."""

_SPACE = re.compile(r"\s*")
_KEY = re.compile(rf"({'|'.join(KEYS)}):", re.IGNORECASE)
_METADATA = re.compile(r'metadata\.([^\s"():<>=]+)(:|>=|<=|[><=])', re.IGNORECASE)
_METADATA_PAIR = re.compile(r'([^\s"()=]+)=')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BARE = re.compile(r'[^\s"()]+')
_CLASS = re.compile(r'[^\s"()<>=]+')
_COUNT = re.compile(r'(>=|<=|[><=])([^\s"()]*)')


class Kind(StrEnum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    MINUS = "-"
    STAR = "*"
    FILTER = "filter"
    TEXT = "text"
    END = "end"


_WORDS = {str(kind): kind for kind in (Kind.AND, Kind.OR, Kind.NOT, Kind.STAR)}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    Attributes:
        position: Where it begins.
        text: Of free text, the text; of a filter, its value.
        key: Of a filter, its key in lower case; of one on metadata, `metadata`.
        name: Of a filter on metadata, the name that it is about.
        operator: Of a filter that compares, how.
        number: Of a count of a class, the text of the number.
        quoted: Whether the text or value stood in quotes.
    """

    kind: Kind
    position: int
    text: str = ""
    key: str = ""
    name: str = ""
    operator: str = ""
    number: str = ""
    quoted: bool = False


def read(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, an `END` last.

    Raises:
        QueryError: A quote is not closed, or a filter has no value.
        LimitExceeded: The text is too long.
    """
    if len(text) > MAX_LENGTH:
        raise LimitExceeded(f"the query has {len(text):,} characters", field="query", allowed=f"at most {MAX_LENGTH:,}")
    at = _after_space(text, 0)
    while at < len(text):
        token, at = _token(text, at)
        yield token
        at = _after_space(text, at)
    yield Token(Kind.END, at)


def _token(text: str, at: int) -> tuple[Token, int]:
    character = text[at]
    if character in "()":
        return Token(Kind(character), at), at + 1
    if character == "-" and at + 1 < len(text) and not text[at + 1].isspace() and text[at + 1] != ")":
        return Token(Kind.MINUS, at), at + 1
    if character == '"':
        value, end = _quoted(text, at)
        return Token(Kind.TEXT, at, value, quoted=True), end
    if match := _METADATA.match(text, at):
        value, quoted, end = _value(text, match.end(), f"metadata.{match[1]}")
        return Token(Kind.FILTER, at, value, "metadata", match[1], match[2].replace(":", "="), quoted=quoted), end
    if match := _KEY.match(text, at):
        return _filter(text, at, match[1].lower(), match.end())
    word = _BARE.match(text, at)
    run = word[0] if word else character
    return Token(_WORDS.get(run, Kind.TEXT), at, run), at + len(run)


def _filter(text: str, at: int, key: str, start: int) -> tuple[Token, int]:
    if key == "metadata" and (pair := _METADATA_PAIR.match(text, start)):
        value, quoted, end = _value(text, pair.end(), f"metadata:{pair[1]}")
        return Token(Kind.FILTER, at, value, key, pair[1], "=", quoted=quoted), end
    value, quoted, end = _value(text, start, key, _CLASS if key == "class" else _BARE)
    if key == "class" and (count := _COUNT.match(text, end)):
        return Token(Kind.FILTER, at, value, key, operator=count[1], number=count[2], quoted=quoted), count.end()
    if key == "metadata":
        name, equals, rest = value.partition("=")
        if not name or not equals or not rest:
            raise QueryError("metadata: needs a name and a value, as in metadata:camera=front", position=at, field=key)
        return Token(Kind.FILTER, at, rest, key, name, "=", quoted=quoted), end
    return Token(Kind.FILTER, at, value, key, quoted=quoted), end


def _value(text: str, at: int, key: str, bare: re.Pattern[str] = _BARE) -> tuple[str, bool, int]:
    """Read a value; gives whether it was quoted, and where it ends."""
    quoted = text[at : at + 1] == '"'
    if quoted:
        value, end = _quoted(text, at)
    else:
        match = bare.match(text, at)
        value, end = (match[0], match.end()) if match else ("", at)
    if not value:
        raise QueryError(f"{key}: needs a value", position=at, field=key)
    return value, quoted, end


def _quoted(text: str, at: int) -> tuple[str, int]:
    match = _QUOTED.match(text, at)
    if match is None:
        raise QueryError("a quote is not closed", position=at)
    return _ESCAPE.sub(_unescaped, match[1]), match.end()


def _unescaped(match: re.Match[str]) -> str:
    return match[1] if match[1] in '"\\' else match[0]


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
