"""The native language: text to query. The grammar is in `parser`, the guide for users in docs/query-language.md."""

from __future__ import annotations

from datetime import datetime

from fototeca.assets import Owner
from fototeca.errors import QueryError
from fototeca.query.expressions import All, Expression, Fuse, How, Like, Meaning, Query, Rank, Text
from fototeca.query.items import LIKES, Aside, Loose, joined
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
    unlike: list[str] = []
    asides: list[Aside] = []
    for item in Parser(text, now).read():
        if type(item) is Loose:
            (unlike if item.negated else words).append(item.text)
            if item.how is How.PHRASE and not (item.negated and item.filter in filters):
                filters.append(item.filter)
        elif type(item) is Aside:
            asides.append(item)
        else:
            filters.append(item)  # type: ignore[arg-type] # what is neither loose nor an aside
    if not asides:
        return Query(conjunction(filters), _rank(" ".join(words), unlike, [], Owner.ASSET))
    sort = tuple(key for aside in asides for key in aside.sort)
    rank = _rank(" ".join(words), unlike, _likes(asides), _among(asides, words))
    return Query(conjunction(filters), rank, sort)


def parse_expression(text: str, *, now: datetime | None = None) -> Expression:
    """Read a filter: as `parse`, but every word filters, and `like:` and `sort:` have no place.

    Raises:
        QueryError: The text cannot be understood; the error has the position.
        LimitExceeded: The text is too long.
    """
    items = Parser(text, now).read()
    return joined(items) if items else All()


def _likes(asides: list[Aside]) -> list[Like]:
    """Join examples and counter-examples of the same kind."""
    likes = []
    for name, owner in LIKES.items():
        mine = [aside for aside in asides if aside.name == name]
        ids = tuple(i for aside in mine for i in aside.ids)
        unlike = tuple(i for aside in mine for i in aside.unlike)
        if unlike and not ids:
            raise QueryError(f"-{name}: says unlike what, so it needs a {name}: beside it", position=mine[0].position)
        if ids:
            likes.append(Like(ids, unlike, owner=owner))
    return likes


def _among(asides: list[Aside], words: list[str]) -> Owner:
    """Say what the words are compared with."""
    given = [aside for aside in asides if aside.name == "among"]
    if given and not words:
        raise QueryError("among: says what words are compared with, so it needs words", position=given[0].position)
    if len({aside.owner for aside in given}) > 1:
        raise QueryError("words are compared with one kind of thing at a time", position=given[-1].position)
    return given[0].owner if given else Owner.ASSET


def _rank(words: str, unlike: list[str], likes: list[Like], among: Owner) -> Rank | None:
    words = " ".join(words.split())
    counter = tuple(dict.fromkeys(text for text in unlike if text.strip()))
    parts: tuple[Rank, ...] = (Text(words), Meaning(words, among, counter)) if words else ()
    parts = (*parts, *likes)
    return Fuse(parts) if len(parts) > 1 else parts[0] if parts else None
