"""Trees as text in the native language, in one canonical spelling that the parser reads back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from functools import singledispatch

from fototeca.assets import Owner
from fototeca.query.expressions import (
    All,
    And,
    Best,
    Box,
    Count,
    Exists,
    Fuse,
    How,
    Ids,
    Like,
    Match,
    Meaning,
    Near,
    Node,
    Not,
    Nothing,
    Or,
    Polygon,
    Prefix,
    Query,
    Range,
    Rank,
    Sort,
    Sum,
    Text,
    Under,
    Value,
    Vector,
    Wildcard,
)
from fototeca.query.fields import Type, find
from fototeca.query.lexer import escape, escape_pattern, escape_word, quote, value_text
from fototeca.query.normal import naive, tokenised

_OPERATORS = {How.EXACT: "=", How.FOLDED: "=~", How.PHRASE: "~", How.WORDS: "~~"}
_FLOAT32 = 4


@singledispatch
def to_text(node: Node) -> str:
    """Write a node in the native language.

    `parse_expression(to_text(e)) == normalise(e)` for every expression that the language can say, and
    `parse(to_text(q)) == q` for every query that it gave. Ranks that nobody can type, such as a vector, are written in
    angle brackets and do not parse; a query's facets, page and cut-offs are not part of the text.
    """
    raise TypeError(f"not a node of a query: {node!r}")


@to_text.register
def _(node: Query) -> str:
    beside = node.rank is not None or bool(node.sort)
    where = "" if beside and node.where == All() else to_text(node.where)
    if beside and isinstance(node.where, Or):
        where = f"({where})"
    rank = "" if node.rank is None else to_text(node.rank)
    sort = "sort:" + ",".join(map(to_text, node.sort)) if node.sort else ""
    return " ".join(part for part in (where, rank, sort) if part)


@to_text.register
def _(node: Sort) -> str:
    name = _name(node.field)
    if name.endswith("-"):  # a key's own minus, which must not sort
        name = name[:-1] + "\\-"
    return name + "-" * node.descending


# --- expressions


@to_text.register
def _(_: All) -> str:
    return "*"


@to_text.register
def _(_: Nothing) -> str:
    return "-*"


@to_text.register
def _(node: And) -> str:
    return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in node.parts) or "*"


@to_text.register
def _(node: Or) -> str:
    return " OR ".join(map(str, node.parts)) or "-*"


@to_text.register
def _(node: Not) -> str:
    return f"-({node.part})" if isinstance(node.part, And | Or | Not | Nothing) else f"-{node.part}"


@to_text.register
def _(node: Match) -> str:
    return _name(node.field) + _matched(node.field, node.value, node.how)


@to_text.register
def _(node: Count) -> str:
    asked = f"{_name(node.field)}:*" if node.value is None else str(Match(node.field, node.value, node.how))
    if node.low is not None and node.high is not None:
        return f"{asked}={node.low}" + ("" if node.low == node.high else f"..{node.high}")
    return f"{asked}>={node.low or 0}" if node.high is None else f"{asked}<={node.high}"


@to_text.register
def _(node: Range) -> str:
    low, high = node.low, node.high
    name, textual = _name(node.field), isinstance(low, str) or isinstance(high, str)
    if (low is None) == (high is None) or textual:
        opening, closing = (
            ("[" if low is None or node.include_low else "{"),
            "]" if high is None or node.include_high else "}",
        )
        return f"{name}:{opening}{_bound(low, not node.include_low)} TO {_bound(high, node.include_high)}{closing}"
    if low is not None:
        return f"{name}>{'=' * node.include_low}{_bound(low, not node.include_low)}"
    return f"{name}<{'=' * node.include_high}{_bound(high, node.include_high)}"


@to_text.register
def _(node: Prefix) -> str:
    stars = "*" if node.prefix else "**"  # one star alone asks for presence
    return f"{_name(node.field)}{_folding(node)}{escape(node.prefix)}{stars}"


@to_text.register
def _(node: Wildcard) -> str:
    return f"{_name(node.field)}{_folding(node)}{escape_pattern(node.pattern)}"


@to_text.register
def _(node: Exists) -> str:
    return f"has:{_name(node.field)}"


@to_text.register
def _(node: Under) -> str:
    return f"{_name(node.field)}:{value_text(node.path)}"


@to_text.register
def _(node: Near) -> str:
    return f'within:"{_number(node.latitude)},{_number(node.longitude)},{_number(node.radius)}m"'


@to_text.register
def _(node: Box) -> str:
    return f'within:"{",".join(map(_number, (node.south, node.west, node.north, node.east)))}"'


@to_text.register
def _(node: Polygon) -> str:
    return f'within:"{" ".join(",".join(map(_number, corner)) for corner in node.corners)}"'


@to_text.register
def _(node: Ids) -> str:
    return "ids:" + _ids(node.ids)


# --- ranks


@to_text.register
def _(node: Fuse) -> str:
    typed = None if node.weights else _typed(node.parts)
    return f"<fuse {_weighed(node)}>" if typed is None else typed


@to_text.register
def _(node: Sum) -> str:
    return f"<sum {_weighed(node)}>"


@to_text.register
def _(node: Best) -> str:
    return f"<best {' | '.join(map(str, node.parts))}>"


@to_text.register
def _(node: Text) -> str:
    place = " in " + ", ".join(node.fields) if node.fields else ""
    return f"<text {quote(node.words)}{place}{'' if node.every else ', any word'}>"


@to_text.register
def _(node: Meaning) -> str:
    return f"<meaning {quote(node.words)}{_among(node)}{_unlike(node)}>"


@to_text.register
def _(node: Vector) -> str:
    return f"<vector {node.space} {len(node.embedding) // _FLOAT32}d>"


@to_text.register
def _(node: Like) -> str:
    name = "like" if node.owner is Owner.ASSET else f"like.{node.owner}"
    parts = [f"{name}:{_ids(node.ids)}"] if node.ids else []
    if node.unlike:
        parts.append(f"-{name}:{_ids(node.unlike)}")
    return f"<{' '.join(parts)} in {node.space}>" if node.space else " ".join(parts)


# --- values


def _name(field: str) -> str:
    head, dot, key = field.partition(".")
    return head + dot + escape(key)


def _matched(field: str, value: Value, how: How) -> str:
    """Write operator and value; the operator only says what the field does not say by itself."""
    known = find(field)
    kind = known.type if known else Type.KEYWORD
    if isinstance(value, bool):
        yes, no = ("true", "false") if kind is Type.OPEN else ("yes", "no")
        return f":{yes if value else no}"
    if isinstance(value, datetime):
        return f":{_moment(value, exact=True)}"
    if not isinstance(value, str):
        return f"{'=' if kind is Type.FLOAT else ':'}{_number(value)}"
    spelled = quote(value) if kind is Type.OPEN else value_text(value)
    if kind is Type.TEXT and (how is How.PHRASE or (how is How.WORDS and not spelled.startswith('"'))):
        return f":{quote(value) if how is How.PHRASE else spelled}"
    natural = known is not None and known.how is how and kind not in {Type.PATH, Type.TEXT}
    return (":" if natural else _OPERATORS[how]) + spelled


def _folding(node: Prefix | Wildcard) -> str:
    if isinstance(node, Prefix) and node.words:
        return "~"
    return ":" if node.folded or tokenised(node.field) else "="


def _bound(value: Value | None, exact: bool) -> str:  # noqa: FBT001 - which side of the period a date stands for
    match value:
        case None:
            return "*"
        case str():
            return quote(value)
        case datetime():
            return _moment(value, exact=exact)
    return _number(value)


def _moment(value: datetime, *, exact: bool) -> str:
    """Write a moment: as the shortest period that begins with it, or with its microseconds as exactly itself."""
    value = naive(value)  # type: ignore[assignment] # a date stays one
    if exact or value.microsecond:
        return value.isoformat(timespec="microseconds")
    return value.date().isoformat() if value.time() == time() else value.isoformat()


def _number(value: float) -> str:
    return repr(value or 0).removesuffix(".0")  # one spelling for both zeros


def _ids(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids)) or "()"


def _typed(parts: tuple[Rank, ...]) -> str | None:
    """Write fused ranks as they are typed, if they can be: words, and what is alike."""
    written: list[str] = []
    match parts:
        case (Text(words, (), True), Meaning(meant) as meaning, *likes) if words == meant:
            written.append(_loose(words) + _among(meaning) + _unlike(meaning))
        case _:
            likes = list(parts)
    for like in likes:
        if not isinstance(like, Like) or like.space:
            return None
        written.append(str(like))
    return " ".join(written)


def _among(node: Meaning) -> str:
    return "" if node.owner is Owner.ASSET else f" among:{node.owner}s"


def _unlike(node: Meaning) -> str:
    return "".join(f" -{quote(words)}" for words in node.unlike)


def _weighed(node: Fuse | Sum) -> str:
    weights = node.weights or (1.0,) * len(node.parts)
    return " + ".join(f"{weight:g} {part}" for weight, part in zip(weights, node.parts, strict=False))


def _loose(words: str) -> str:
    return " ".join(map(escape_word, words.split()))
