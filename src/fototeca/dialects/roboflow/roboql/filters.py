"""What each filter of RoboQL means, in terms of the query tree."""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Protocol

from fototeca.dialects.roboflow.roboql.lexer import Token
from fototeca.errors import QueryError
from fototeca.query import And, Count, Exists, Expression, How, Ids, Match, Not, Nothing, Range, Sort, Value, Wildcard

SPLITS = ("train", "valid", "test")
MAX_NUMBER = 10**15
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WILD = re.compile(r"([\\?])")
_SORTS = {
    "newest": Sort("created", descending=True),
    "oldest": Sort("created"),
    "updated": Sort("updated", descending=True),
    "filename": Sort("filename"),
    "width": Sort("width"),
    "height": Sort("height"),
    "annotations": Sort("annotations"),
}


class Batch(NamedTuple):
    """A batch and its project, by the numbers that the index knows."""

    project: int
    batch: int


class Job(NamedTuple):
    """An annotation job's project and images."""

    project: int
    images: tuple[int, ...]


class Names(Protocol):
    """Tells what the names in a query stand for; `None` for what is not there."""

    def project(self, slug: str) -> int | None:
        """Return the number of a project."""

    def batch(self, key: str) -> Batch | None:
        """Return a batch by its id."""

    def job(self, key: str) -> Job | None:
        """Return an annotation job by its id."""

    def image(self, key: str) -> int | None:
        """Return the number of an image."""


def meaning(token: Token, names: Names) -> Expression:
    """Return what a filter says.

    Raises:
        QueryError: Its value is not one that the filter takes.
    """
    value = token.text
    match token.key:
        case "tag":
            return Match("tag", value, How.EXACT)
        case "filename":
            return filename(value)
        case "split":
            if value not in SPLITS:
                raise _wrong(token, f'"{value}" is no split', ", ".join(SPLITS))
            return Match("split", value, How.EXACT)
        case "class":
            return _class(token)
        case "metadata":
            return _metadata(token)
        case "project" | "dataset" | "batch" | "job" | "id":
            return _named(token, names)
        case _:
            side, _, field = token.key.partition("-")
            bound = int(_number(token, value, whole=True))
            return Range(field, low=bound) if side == "min" else Range(field, high=bound)


def _named(token: Token, names: Names) -> Expression:
    """Return what a filter by the name of a thing says; by that of nothing, it finds nothing."""
    value, found = token.text, Nothing()
    match token.key:
        case "project" if value == "false" and not token.quoted:
            return Not(Exists("collection_id"))
        case "project":
            return found if (project := names.project(value)) is None else of_project(project)
        case "dataset":
            return found if (project := names.project(value)) is None else in_project(project, "dataset")
        case "batch":
            return found if (batch := names.batch(value)) is None else in_project(batch.project, f"batch/{batch.batch}")
        case "job":
            return found if (job := names.job(value)) is None else And((of_project(job.project), Ids(job.images)))
        case _:
            return found if (image := names.image(value)) is None else Ids((image,))


def order(token: Token) -> Sort:
    """Return what a `sort:` says; a minus before the name turns it round.

    Raises:
        QueryError: There is no such order.
    """
    name = token.text.lower()
    sort = _SORTS.get(name.removeprefix("-"))
    if sort is None:
        raise _wrong(token, f'images cannot be sorted by "{token.text}"', ", ".join(_SORTS))
    return Sort(sort.field, not sort.descending) if name.startswith("-") else sort


def of_project(project: int) -> Expression:
    """Images of a project."""
    return Match("collection_id", str(project), How.EXACT)


def in_project(project: int, fact: str) -> Expression:
    """Images of which something holds in a project, see the field `membership`."""
    return Match("membership", f"{project}/{fact}", How.EXACT)


def filename(pattern: str) -> Expression:
    """Images of this file name, whatever its case; `*` stands for any characters."""
    if "*" in pattern:
        return Wildcard("filename", _WILD.sub(r"\\\1", pattern))
    return Match("filename", pattern, How.FOLDED)


def _class(token: Token) -> Expression:
    if not token.operator:
        return Match("class", token.text, How.EXACT)
    number = int(_number(token, token.number, whole=True))
    low, high = {
        "=": (number, number),
        ">": (number + 1, None),
        ">=": (number, None),
        "<": (None, number - 1),
        "<=": (None, number),
    }[token.operator]
    return Count("class", token.text, low, high, How.EXACT)


def _metadata(token: Token) -> Expression:
    field, value = f"metadata.{token.name}", _literal(token)
    if token.operator == "=":
        return Match(field, value, How.EXACT)
    if isinstance(value, bool):
        raise _wrong(token, "true and false have no order", "a number or a text")
    if token.operator.startswith(">"):
        return Range(field, low=value, include_low=token.operator == ">=")
    return Range(field, high=value, include_high=token.operator == "<=")


def _literal(token: Token) -> Value:
    """Read a value of metadata: a number, true, false, or else a text; in quotes always a text."""
    if token.quoted:
        return token.text
    if token.text in {"true", "false"}:
        return token.text == "true"
    return _number(token, token.text) if _NUMBER.fullmatch(token.text) else token.text


def _number(token: Token, text: str, *, whole: bool = False) -> int | float:
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None or (whole and (match[2] or match[3] or "." in text)):
        raise _wrong(token, f'"{text}" is no {"whole " if whole else ""}number', "such as 3")
    number = float(text) if match[2] or match[3] or "." in text else int(text) if len(text) < 20 else math.inf
    if not abs(number) <= MAX_NUMBER:
        raise _wrong(token, f'"{text[:20]}" is out of bounds', f"up to {MAX_NUMBER}")
    return number


def _wrong(token: Token, message: str, allowed: str) -> QueryError:
    name = f"{token.key}.{token.name}" if token.name else token.key
    return QueryError(f"{name}: {message}; allowed: {allowed}", position=token.position, field=token.key)
