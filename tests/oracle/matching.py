"""Which documents match an expression, in plain Python: each rule is the sentence of the node's docstring.

Nothing here is fast, and nothing is shared with the engine but the definitions of words and fields.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from fototeca.engine.documents import Document
from fototeca.query.expressions import (
    All,
    And,
    Box,
    Count,
    Exists,
    Expression,
    How,
    Ids,
    Match,
    Near,
    Not,
    Nothing,
    Or,
    Polygon,
    Prefix,
    Range,
    Under,
    Value,
    Wildcard,
)
from fototeca.query.fields import FREE_TEXT, Field, Type, field
from fototeca.query.words import fold, stem, tokens

EARTH_RADIUS = 6_371_008.8
"""Metres."""


def matches(expression: Expression, document: Document) -> bool:
    """Whether the document is one of those that the expression describes. The expression must be valid."""
    match expression:
        case All():
            return True
        case Nothing():
            return False
        case And(parts=parts):
            return all(matches(part, document) for part in parts)
        case Or(parts=parts):
            return any(matches(part, document) for part in parts)
        case Not(part=part):
            return not matches(part, document)
        case Ids(ids=ids):
            return document.id in ids
        case Match() | Count() | Range() | Prefix() | Wildcard() | Exists():
            return _matches_values(expression, document)
        case Under() | Near() | Box() | Polygon():
            return _matches_place(expression, document)
    raise AssertionError(expression)


def values_of(document: Document, known: Field) -> list[Any]:
    """Return all values of a field: none where it is absent, empty or an empty list; of `text`, those of its fields."""
    if known.name == "text":
        return [value for part in FREE_TEXT for value in values_of(document, part)]
    value = document.values.get(known.name)
    if value is None or value in ("", [], ()):
        return []
    several = isinstance(value, list | tuple) and known.type is not Type.GEO
    return list(value) if several else [value]


def clock(moment: datetime) -> datetime:
    """Return a literal as clock time: "an aware bound is first converted to UTC and stripped"."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def comparable(value: Any) -> Any:
    """Return a document's value as it is compared and sorted: of a date, "the clock time without its offset"."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _matches_values(expression: Expression, document: Document) -> bool:
    match expression:
        case Match(name, value, how):
            return _has(document, field(name), value, how)
        case Count(name, value, low, high, how):
            found = [v for v in values_of(document, field(name)) if value is None or _same_text(v, value, how)]
            return (low is None or len(found) >= low) and (high is None or len(found) <= high)
        case Range(name):
            return any(_within(comparable(value), expression) for value in values_of(document, field(name)))
        case Prefix(name, prefix, words=True):
            texts = [value for value in values_of(document, field(name)) if isinstance(value, str)]
            return any(token.startswith(fold(prefix)) for text in texts for token in tokens(text))
        case Prefix(name, prefix, folded):
            folded = folded or field(name).type is Type.TEXT
            start = fold(prefix) if folded else prefix
            return any(text.startswith(start) for text in _texts(document, field(name), folded=folded))
        case Wildcard(name, pattern, folded):
            folded = folded or field(name).type is Type.TEXT
            parts = _pattern(pattern, folded=folded)
            return any(_fits(text, parts) for text in _texts(document, field(name), folded=folded))
        case Exists(name):
            known = field(name)
            if known.type is Type.VECTOR:
                return len(document.vectors.get(known.name.partition(".")[2], ())) > 0
            return bool(values_of(document, known))
    raise AssertionError(expression)


def _has(document: Document, known: Field, literal: Value, how: How) -> bool:
    """`Match`: by value for numbers, dates and booleans; as `how` says for texts."""
    values = values_of(document, known)
    if known.type is Type.PATH:
        values = values or [""]  # "a document without one is in the root"
    if isinstance(literal, str):
        texts = [value for value in values if isinstance(value, str)]
        if how is How.WORDS:
            wanted = {stem(token) for token in tokens(literal)}
            return bool(wanted) and wanted <= {stem(token) for text in texts for token in tokens(text)}
        return any(_same_text(text, literal, how) for text in texts)
    if isinstance(literal, datetime):
        return any(comparable(value) == clock(literal) for value in values)
    return any(_equal(value, literal) for value in values)


def _equal(value: Any, literal: float) -> bool:
    """Equal, and both booleans or neither; or "one whose text is the literal's text" (in an open field)."""
    if isinstance(value, str):
        return value == (str(literal).lower() if isinstance(literal, bool) else str(literal))
    return isinstance(value, bool) == isinstance(literal, bool) and bool(value == literal)


def _same_text(value: str, literal: str, how: How) -> bool:
    match how:
        case How.EXACT:
            return value == literal
        case How.FOLDED:
            return fold(value) == fold(literal)
        case How.PHRASE:
            there, wanted = tokens(value), tokens(literal)
            starts = range(len(there) - len(wanted) + 1)
            return bool(wanted) and any(there[start : start + len(wanted)] == wanted for start in starts)
        case How.WORDS:
            words = {stem(token) for token in tokens(literal)}
            return bool(words) and words <= {stem(token) for token in tokens(value)}


def _within(value: Any, bounds: Range) -> bool:
    """Between the bounds; in an open field, a value of another kind than a bound is not."""
    low, high = (clock(bound) if isinstance(bound, datetime) else bound for bound in (bounds.low, bounds.high))
    for bound in (low, high):
        if bound is not None and (isinstance(bound, str) != isinstance(value, str) or isinstance(value, bool)):
            return False
    above = low is None or value > low or (bounds.include_low and value == low)
    below = high is None or value < high or (bounds.include_high and value == high)
    return above and below


def _texts(document: Document, known: Field, *, folded: bool) -> list[str]:
    """Return what a prefix or pattern is held against: the tokens of a long text, else the whole values."""
    values = [value for value in values_of(document, known) if isinstance(value, str)]
    if known.type is Type.TEXT:
        return [token for value in values for token in tokens(value)]
    return [fold(value) if folded else value for value in values]


_ANY, _ONE = object(), object()


def _pattern(pattern: str, *, folded: bool) -> list[object]:
    r"""Split a wildcard pattern into `_ANY`, `_ONE` and ordinary characters; runs of these are folded as a whole."""
    parts: list[object] = []
    run = ""
    characters = iter(pattern)
    for character in characters:
        if character in "*?":
            parts += [*(fold(run) if folded else run), _ANY if character == "*" else _ONE]
            run = ""
        else:
            run += next(characters, character) if character == "\\" else character
    return [*parts, *(fold(run) if folded else run)]


def _fits(text: str, parts: list[object]) -> bool:
    """Whether the whole text fits, by following every possible position in the pattern at once."""
    positions = _skip_any({0}, parts)
    for character in text:
        stay = {p for p in positions if p < len(parts) and parts[p] is _ANY}
        step = {p + 1 for p in positions if p < len(parts) and (parts[p] is _ONE or parts[p] == character)}
        positions = _skip_any(stay | step, parts)
    return len(parts) in positions


def _skip_any(positions: set[int], parts: list[object]) -> set[int]:
    """Add the positions behind each `*` that is reached, since it may stand for nothing."""
    reached = set(positions)
    for position, part in enumerate(parts):
        if part is _ANY and position in reached:
            reached.add(position + 1)
    return reached


def _matches_place(expression: Expression, document: Document) -> bool:
    match expression:
        case Under(name, path):
            folder = (values_of(document, field(name)) or [""])[0]
            return path in ("", folder) or folder.startswith(f"{path}/")
        case Near(name, latitude, longitude, radius):
            there = values_of(document, field(name))
            return any(distance(phi, lambda_, latitude, longitude) <= radius for phi, lambda_ in there)
        case Box(name, south, west, north, east):
            return any(
                south <= latitude <= north
                and (west <= longitude <= east if west <= east else longitude >= west or longitude <= east)
                for latitude, longitude in values_of(document, field(name))
            )
        case Polygon(name, corners):
            return any(_encloses(corners, *position) for position in values_of(document, field(name)))
    raise AssertionError(expression)


def _encloses(corners: tuple[tuple[float, float], ...], latitude: float, longitude: float) -> bool:
    """Walk along the outline, and count the edges that lie east of the position, wherever on earth it is written."""
    return any(_encloses_flat(corners, latitude, longitude + turn) for turn in (-360, 0, 360))


def _encloses_flat(corners: tuple[tuple[float, float], ...], y: float, x: float) -> bool:
    crossings, shift = 0, 0
    for (y0, longitude), (y1, next_longitude) in zip(corners, (*corners[1:], corners[0]), strict=True):
        x0 = longitude + shift
        if next_longitude - longitude > 180:
            shift -= 360
        elif next_longitude - longitude < -180:
            shift += 360
        x1 = next_longitude + shift
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        if side == 0 and min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1):
            return True
        if y0 <= y < y1:
            crossings += side > 0
        elif y1 <= y < y0:
            crossings += side < 0
    return crossings % 2 == 1


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the metres between two positions in degrees, by the haversine formula."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half_phi, half_lambda = (other_phi - phi) / 2, math.radians(other_longitude - longitude) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi) * math.cos(other_phi) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))
