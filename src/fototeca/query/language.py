"""The native language: text to query. The grammar is in `parser`, the guide for users in docs/query-language.md."""

from __future__ import annotations

from datetime import datetime

from fototeca.errors import QueryError
from fototeca.query.expressions import All, Expression, Fuse, How, Like, Match, Meaning, Query, Rank, Text
from fototeca.query.items import Aside, Loose, joined
from fototeca.query.normal import conjunction
from fototeca.query.parser import Parser


def parse(text: str, *, now: datetime | None = None) -> Query:
    """Read a question in the native language.

    Args:
        text: The question; empty means all documents.
        now: The moment that relative dates count from, default the current time. A naive one is taken as it is for
            every field; an aware one is shown in UTC to catalogue times and on its own clock to a photo's times.

    Raises:
        QueryError: The text cannot be understood; the error has the position.
        LimitExceeded: The text is too long.
    """
    filters: list[Expression] = []
    words: list[str] = []
    asides: list[Aside] = []
    for item in Parser(text, now).read():
        if type(item) is Loose:
            words.append(item.text)
            if item.how is How.PHRASE:
                filters.append(Match("text", item.text, item.how))
        elif type(item) is Aside:
            asides.append(item)
        else:
            filters.append(item)  # type: ignore[arg-type] # what is neither loose nor an aside
    if not asides:
        return Query(conjunction(filters), _rank(" ".join(words), (), ()))
    ids = tuple(i for aside in asides for i in aside.ids)
    unlike = tuple(i for aside in asides for i in aside.unlike)
    if unlike and not ids:
        raise QueryError("-like: says unlike what, so it needs a like: beside it", position=asides[0].position)
    sort = tuple(key for aside in asides for key in aside.sort)
    return Query(conjunction(filters), _rank(" ".join(words), ids, unlike), sort)


def parse_expression(text: str, *, now: datetime | None = None) -> Expression:
    """Read a filter: as `parse`, but every word filters, and `like:` and `sort:` have no place.

    Raises:
        QueryError: The text cannot be understood; the error has the position.
        LimitExceeded: The text is too long.
    """
    items = Parser(text, now).read()
    return joined(items) if items else All()


def _rank(words: str, ids: tuple[int, ...], unlike: tuple[int, ...]) -> Rank | None:
    words = " ".join(words.split())
    parts: tuple[Rank, ...] = (Text(words), Meaning(words)) if words else ()
    if ids or unlike:
        parts = (*parts, Like(ids, unlike))
    return Fuse(parts) if len(parts) > 1 else parts[0] if parts else None
