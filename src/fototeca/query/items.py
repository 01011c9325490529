"""What a conjunction holds beside filters, until it is known where it stands: loose words, ids, sort keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from fototeca.assets import Owner
from fototeca.errors import QueryError
from fototeca.query.expressions import Expression, How, Match, Sort
from fototeca.query.fields import FAMILIES, FIELDS, Field, find, nearest
from fototeca.query.lexer import unescape
from fototeca.query.normal import conjunction, negation
from fototeca.query.words import fold, tokens

LIKES = {"like": Owner.ASSET, "like.object": Owner.OBJECT, "like.face": Owner.FACE, "like.frame": Owner.FRAME}
AMONG = {"objects": Owner.OBJECT, "frames": Owner.FRAME}
SPECIAL = ("has", "missing", *LIKES, "among", "only", "ids", "sort")
_FIELD_NAMES = tuple(name for f in FIELDS for name in (f.name, *f.aliases))
_INTEGERS = re.compile(r"[0-9]{1,18}+(?:[\s,]++[0-9]{1,18}+)*+")
_SORT_KEY = re.compile(r"(-?)((?:\\.|[^\\,-]|-(?!,|\Z))++)(-?)(?:,|\Z)", re.DOTALL)


class Loose(NamedTuple):
    """A word or phrase without a field, or a phrase behind a minus."""

    text: str
    how: How
    negated: bool = False

    @property
    def filter(self) -> Expression:
        """What it says where nothing can be ranked."""
        match = Match("text", self.text, self.how)
        return negation(match) if self.negated else match


class Aside(NamedTuple):
    """What is no filter, and so only stands at the top level."""

    name: str
    position: int
    ids: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    sort: tuple[Sort, ...] = ()
    owner: Owner = Owner.ASSET


Item: TypeAlias = Expression | Loose | Aside


def joined(items: list[Item]) -> Expression:
    """Join a conjunction's items where nothing can be ranked. Words of signs alone say nothing beside others."""
    parts: list[Expression] = []
    for item in items:
        if type(item) is Aside:
            raise QueryError(f"{item.name}: stands beside the filters, not inside OR or NOT", position=item.position)
        if type(item) is not Loose:
            parts.append(item)  # type: ignore[arg-type] # what is neither loose nor an aside
        elif item.how is How.PHRASE or len(items) == 1 or tokens(item.text):
            parts.append(item.filter)
    return conjunction(parts)


def lifted_order(items: list[Item]) -> list[Item]:
    """Take the sort keys out of one of a question's alternatives: there is one order, wherever it was written."""
    order: list[Item] = [item for item in items if type(item) is Aside and item.name == "sort"]
    if len(order) == len(items):
        return []
    items[:] = [item for item in items if item not in order]
    return order


def named(name: str, position: int) -> Field:
    """Return the field of this name in any case.

    Raises:
        QueryError: There is none.
    """
    head, dot, key = name.partition(".")
    field = find(name) or find(head.lower() + dot + key)
    if field is None:
        raise unknown(name, position)
    return field


def unknown(name: str, position: int, *, clause: bool = False) -> QueryError:
    """Build the error for a field that there is not; where a `clause` is possible, other names may be meant."""
    if name.lower() in FAMILIES:
        return QueryError(f'unknown field "{name}"; write {name}.KEY', position=position, field=name)
    near = nearest(name, (*SPECIAL, *_FIELD_NAMES) if clause else _FIELD_NAMES)
    hint = f'; did you mean "{near}"?' if near else "; quote it to search for it as text" if clause else ""
    return QueryError(f'unknown field "{name}"{hint}', position=position, suggestion=near, field=name)


def sort_keys(raw: str, position: int) -> tuple[Sort, ...]:
    """Read `rating-,taken`: a minus before or after a field, or after `score`, sorts it descending.

    Raises:
        QueryError: A key is no field, or one without an order.
    """
    keys: list[Sort] = []
    at = 0
    while at < len(raw):
        found = _SORT_KEY.match(raw, at)
        if found is None:
            message = "sort: takes fields, each with - for descending, such as sort:rating-,taken"
            raise QueryError(message, position=position + at)
        name = unescape(found[2])
        if name != "score":
            field = named(name, position + at)
            if not field.sorts:
                raise QueryError(f"{field.name} has no order to sort by", position=position + at, field=field.name)
            name = field.name
        keys.append(Sort(name, bool(found[1] or found[3])))
        at = found.end()
    return tuple(keys)


def only(names: Sequence[str]) -> Expression:
    """Say that a picture shows each of these people and nobody else, known or not."""
    distinct = {fold(name): name for name in reversed(names)}
    shown = [Match("person", name) for name in reversed(distinct.values())]
    return conjunction([*shown, Match("people", len(shown)), Match("strangers", 0)])


def integers(name: str, inside: str, position: int) -> tuple[int, ...]:
    """Read ids that stand apart by commas or white space.

    Raises:
        QueryError: There are none, or something else.
    """
    if not _INTEGERS.fullmatch(inside):
        raise QueryError(f"{name}: takes one or more ids, such as {name}:12 or {name}:(12, 15)", position=position)
    return tuple(map(int, inside.replace(",", " ").split()))
