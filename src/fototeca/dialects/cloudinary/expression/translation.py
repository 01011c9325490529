"""What an expression asks of assets: from `syntax` to the common query tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from fototeca.assets import MetadataField
from fototeca.dialects.cloudinary.expression import literals
from fototeca.dialects.cloudinary.expression.fields import COLOURS, FIXED, Kind, Known, find
from fototeca.dialects.cloudinary.expression.syntax import (
    Clause,
    Every,
    FreeText,
    Negated,
    Presence,
    Scalar,
    Some,
    Span,
    Syntax,
)
from fototeca.errors import QueryError
from fototeca.query import (
    All,
    And,
    Exists,
    Expression,
    How,
    Match,
    Not,
    Nothing,
    Or,
    Prefix,
    Range,
    Under,
)
from fototeca.query.words import fold, tokens

_FREE = ("text", "public_folder", "public_name", "display_name", "fact")
"""Ours that hold the texts which words without a field are looked for in, besides ids and the format."""
_WHOLE = ("uuid", "format", "public_id")
_SINGLE = ("tag", "filename", "public_name", "display_name", "fact", "folder")
"""Ours whose whole values a phrase with a star may begin."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What an expression asks, and the words in it that say what ranks higher."""

    where: Expression
    words: tuple[str, ...]


def translate(syntax: Syntax, now: datetime, fields: Mapping[str, MetadataField]) -> Translation:
    """Translate a whole expression.

    Args:
        syntax: From `parse`.
        now: The moment of asking, for relative dates.
        fields: The workspace's structured metadata fields, by external id.

    Raises:
        QueryError: A value does not fit its field, or a field does not take the operator.
    """
    translator = _Translator(now, fields)
    return Translation(translator.expression(syntax), tuple(translator.words))


@dataclass(slots=True)
class _Translator:
    now: datetime
    fields: Mapping[str, MetadataField]
    words: list[str] = field(default_factory=list)

    def expression(self, node: Syntax, *, wanted: bool = True) -> Expression:
        """Translate a node; words that are wanted rank what holds them higher."""
        match node:
            case Every(parts=parts):
                return And(tuple(self.expression(part, wanted=wanted) for part in parts)) if parts else All()
            case Some(parts=parts):
                return Or(tuple(self.expression(part, wanted=wanted) for part in parts))
            case Negated(part=part):
                return Not(self.expression(part, wanted=not wanted))
            case Presence(field=name):
                return self._present(name)
            case FreeText(value=value):
                if wanted:
                    self.words.append(value.text)
                return _free_text(value)
        return self._clause(node)

    def _clause(self, clause: Clause) -> Expression:
        known = find(clause.field)
        try:
            if known.kind is Kind.KEYS:
                return self._in_family(known.target, clause)
            return _BY_KIND[known.kind](known, clause, self.now)
        except QueryError as error:
            if error.position is None:
                error.position = clause.value.position
            error.field = clause.field
            raise

    # --- context and structured metadata

    def _present(self, name: str) -> Expression:
        family, _, key = name.partition(".")
        match family:
            case "tags":
                return Exists("tag")
            case "colors":
                return Exists("color")
            case "context" if key:
                return self._context(key, Exists)
            case "metadata" if key:
                return Exists(f"metadata.{key}") if key in self.fields else Nothing()
            case "image_metadata":
                return Exists(f"embedded.{key}")
            case "metadata":
                return Or(tuple(Exists(f"metadata.{external_id}") for external_id in self.fields))
        return Exists("fact")

    def _in_family(self, family: str, clause: Clause) -> Expression:
        """A key that is to be there, as in `context:KEY`, or a clause about its value, as in `context.KEY:value`."""
        key = clause.field.removeprefix("image_analysis.").partition(".")[2]
        if not key:
            return self._present(f"{clause.field}.{_text(clause).text}")
        if family == "context":
            return self._context(key, lambda target: _words(Known(Kind.WORDS, target), clause, self.now))
        known = self.fields.get(key)
        return Nothing() if known is None else _METADATA[known.type](f"metadata.{key}", clause, self.now)

    def _context(self, key: str, build: Callable[[str], Expression]) -> Expression:
        """What other dialects say of an asset is context, too, unless a structured field has that name."""
        own = build(f"metadata.context.{key}")
        return own if key in self.fields else Or((own, build(f"metadata.{key}")))


# --- texts


def _free_text(value: Scalar) -> Expression:
    words: list[Expression]
    if not value.prefix:
        words = [Match(name, value.text, How.PHRASE) for name in _FREE]
        return Or((*words, *(Match(name, value.text, How.FOLDED) for name in _WHOLE)))
    if not value.text:
        return All()
    if tokens(value.text) == [fold(value.text)]:
        words = [Prefix(name, value.text, words=name != "text") for name in _FREE]
    else:
        words = [Prefix(name, value.text) for name in _SINGLE]
    return Or((*words, *(Prefix(name, value.text) for name in _WHOLE)))


def _text(clause: Clause) -> Scalar:
    """The value of a clause that takes neither ranges nor comparisons."""
    if isinstance(clause.value, Span) or clause.operator not in {":", "="}:
        raise QueryError(f"{clause.field} is text: it takes : and = and no ranges")
    return clause.value


def _words(known: Known, clause: Clause, _: datetime) -> Expression:
    value, exact = _text(clause), clause.operator == "="
    if value.prefix:
        if not value.text:
            return Exists(known.target)
        single = not exact and tokens(value.text) == [fold(value.text)]
        return Prefix(known.target, value.text, folded=not exact, words=single)
    if exact:
        return Match(known.target, value.text, How.EXACT)
    # A text without letters and digits has no words, but may be a whole value.
    return Match(known.target, value.text, How.PHRASE if tokens(value.text) else How.FOLDED)


def _whole(known: Known, clause: Clause, _: datetime) -> Expression:
    value = _text(clause)
    folded = clause.operator == ":" or known.target == "format"
    if value.prefix:
        return Prefix(known.target, value.text, folded) if value.text else Exists(known.target)
    return Match(known.target, value.text, How.FOLDED if folded else How.EXACT)


def _fixed(known: Known, clause: Clause, _: datetime) -> Expression:
    value = _text(clause)
    if value.prefix:
        raise QueryError(f'{clause.field} takes no "*"')
    return Match(known.target, FIXED[clause.field].get(value.text, value.text), How.EXACT)


def _folder(known: Known, clause: Clause, _: datetime) -> Expression:
    """The asset folder; for `folder` also the path within the public id."""
    value, folded = _text(clause), clause.operator == ":"
    path = value.text.rstrip("/") if value.prefix else value.text.strip("/")
    build: Callable[[str], Expression]
    if value.prefix and not path:
        return All()
    if value.prefix and value.text.endswith("/"):
        build = lambda target: Under(target, path)  # noqa: E731 - one of three
    elif value.prefix:
        build = lambda target: Prefix(target, path, folded)  # noqa: E731
    else:
        build = lambda target: Match(target, path, How.FOLDED if folded else How.EXACT)  # noqa: E731
    return build("folder") if not known.target or not path else Or((build("folder"), build(known.target)))


# --- numbers, dates and the rest


def _ordered(known: Known, clause: Clause, read: Callable[[Scalar], float]) -> Expression:
    value = clause.value
    if isinstance(value, Span):
        low = None if value.low is None else read(value.low)
        high = None if value.high is None else read(value.high)
        return Range(known.target, low, high, value.include_low, value.include_high)
    if value.prefix:
        raise QueryError(f'{clause.field} takes no "*"')
    bound = read(value)
    match clause.operator:
        case ">" | ">=":
            return Range(known.target, low=bound, include_low=clause.operator == ">=")
        case "<" | "<=":
            return Range(known.target, high=bound, include_high=clause.operator == "<=")
    return Match(known.target, bound)


def _number(known: Known, clause: Clause, _: datetime) -> Expression:
    return _ordered(known, clause, lambda value: literals.number(value.text, known.units or {"": 1.0}))


def _ratio(known: Known, clause: Clause, _: datetime) -> Expression:
    found = _ordered(known, clause, lambda value: literals.ratio(value.text))
    if isinstance(found, Match) and isinstance(found.value, float):
        near = literals.RATIO_TOLERANCE
        return Range(known.target, found.value - near, found.value + near)
    return found


def _date(known: Known, clause: Clause, now: datetime) -> Expression:
    value, target = clause.value, known.target
    if isinstance(value, Span):
        low = None if value.low is None else literals.period(value.low.text, now)
        high = None if value.high is None else literals.period(value.high.text, now)
        parts = []
        if low is not None:
            parts.append(_after(target, low, included=value.include_low))
        if high is not None:
            parts.append(_before(target, high, included=value.include_high))
        return And(tuple(parts)) if parts else Exists(target)
    if value.prefix:
        raise QueryError(f'{clause.field} takes no "*"')
    named = literals.period(value.text, now)
    match clause.operator:
        case ">" | ">=":
            return _after(target, named, included=clause.operator == ">=")
        case "<" | "<=":
            return _before(target, named, included=clause.operator == "<=")
    if named.start == named.end:
        return Match(target, named.start)
    return Range(target, named.start, named.end, include_high=False)


def _after(target: str, named: literals.Period, *, included: bool) -> Range:
    """From the first moment of a period, or after all of it."""
    if included:
        return Range(target, low=named.start)
    return Range(target, low=named.end, include_low=named.start != named.end)


def _before(target: str, named: literals.Period, *, included: bool) -> Range:
    """Up to the last moment of a period, or before all of it."""
    if included:
        return Range(target, high=named.end, include_high=named.start == named.end)
    return Range(target, high=named.start, include_high=False)


def _version(known: Known, clause: Clause, now: datetime) -> Expression:
    return _date(known, clause, now)


def _boolean(known: Known, clause: Clause, _: datetime) -> Expression:
    value = _text(clause)
    if value.text.lower() not in {"true", "false"} or value.prefix:
        raise QueryError(f"{clause.field} is true or false")
    truth = value.text.lower() == "true"
    return Match(known.target, truth)


def _place(_: Known, clause: Clause, __: datetime) -> Expression:
    value = _text(clause)
    if value.prefix:
        raise QueryError(f'{clause.field} takes no "*"')
    return literals.place(value.text)


def _colour(known: Known, clause: Clause, _: datetime) -> Expression:
    value = _text(clause)
    if value.prefix:
        return Prefix(known.target, value.text) if value.text else Exists(known.target)
    return Match(known.target, COLOURS.get(value.text.lower(), value.text), How.FOLDED)


def _open(known: Known, clause: Clause, now: datetime) -> Expression:
    """An embedded tag: numbers are compared as such, whatever spells them."""
    value = clause.value
    if isinstance(value, Span) or clause.operator not in {":", "="}:
        return _ordered(known, clause, lambda bound: literals.number(bound.text, {"": 1.0}))
    found = _words(known, clause, now)
    if value.prefix:
        return found
    try:
        return Or((found, Match(known.target, literals.number(value.text, {"": 1.0}))))
    except QueryError:
        return found


def _nothing(_: Known, clause: Clause, __: datetime) -> Expression:
    del clause
    return Nothing()


_Build: TypeAlias = Callable[[Known, Clause, datetime], Expression]
_BY_KIND: dict[Kind, _Build] = {
    Kind.WORDS: _words,
    Kind.WHOLE: _whole,
    Kind.FIXED: _fixed,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.BOOLEAN: _boolean,
    Kind.FOLDER: _folder,
    Kind.PLACE: _place,
    Kind.RATIO: _ratio,
    Kind.COLOUR: _colour,
    Kind.OPEN: _open,
    Kind.VERSION: _version,
    Kind.UNKNOWN: _nothing,
}


# --- structured metadata: dates are kept as ISO days, of enumerations the values' ids


def _string_field(target: str, clause: Clause, now: datetime) -> Expression:
    return _words(Known(Kind.WORDS, target), clause, now)


def _choice_field(target: str, clause: Clause, now: datetime) -> Expression:
    return _whole(Known(Kind.WHOLE, target), clause, now)


def _integer_field(target: str, clause: Clause, _: datetime) -> Expression:
    return _ordered(Known(Kind.NUMBER, target), clause, lambda value: literals.number(value.text, {"": 1.0}))


def _date_field(target: str, clause: Clause, now: datetime) -> Expression:
    def day(value: Scalar) -> str:
        return literals.period(value.text, now).start.date().isoformat()

    value = clause.value
    if isinstance(value, Span):
        low = None if value.low is None else day(value.low)
        high = None if value.high is None else day(value.high)
        if low is None and high is None:
            return Exists(target)
        return Range(target, low, high, value.include_low, value.include_high)
    if value.prefix:
        raise QueryError(f'{clause.field} takes no "*"')
    match clause.operator:
        case ">" | ">=":
            return Range(target, low=day(value), include_low=clause.operator == ">=")
        case "<" | "<=":
            return Range(target, high=day(value), include_high=clause.operator == "<=")
    return Match(target, day(value), How.EXACT)


_METADATA: dict[str, Callable[[str, Clause, datetime], Expression]] = {
    "string": _string_field,
    "integer": _integer_field,
    "date": _date_field,
    "enum": _choice_field,
    "set": _choice_field,
}
