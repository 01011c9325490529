"""From a question to a page of hits with distances.

A distance is a cosine distance for an image. For words it is on the scale that Gumnut's clients were given hints for,
whatever the model: 1 is unrelated, 0.8 fits well enough (where the house cuts its own answers), 0.6 fits precisely. It
is 1 - 0.8 * relevance, and so keeps the order of the cosines.

Words are looked for in names, places, people and texts as well. What only those find follows what the meaning found,
and has no distance.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from fototeca.library import Library
from fototeca.query import And, Expression, How, Match, Page, Query, Sort, Text, Vector

DEFAULT_THRESHOLD = 0.8
_SCALE = 0.8
_DIGITS = 3
"""Digits of a distance. Vectors are kept in half precision: with more, the same picture would not be at 0."""
_BY_MOMENT = (Sort("moment", descending=True), Sort("id", descending=True))
_MARKS_KEPT = 1_000


class Item(NamedTuple):
    """A hit: an asset's number, and its distance if it has one."""

    id: int
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, and whether another one follows."""

    hits: list[Item]
    more: bool


class Answered(NamedTuple):
    """A part of an answer: numbers with their scores and relevance, how many there are, and where it goes on."""

    hits: list[tuple[int, float | None, float | None]]
    total: int
    cursor: str | None


class Marks:
    """Remembers where the page after an answered one begins.

    Gumnut's pages have numbers. Whoever walks them in order goes on where the page before ended, however many assets
    come and go meanwhile; a page that is asked for out of the blue is counted off.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Library, OrderedDict[tuple[Query, int], str]] = WeakKeyDictionary()
        self._lock = Lock()

    def ask(self, library: Library, query: Query, offset: int, limit: int) -> Answered:
        """Answer the part of a query that begins after `offset` hits."""
        with self._lock:
            known = self._known.setdefault(library, OrderedDict())
            cursor = known.get((query, offset)) if offset else None
        page = Page(limit, offset=offset) if cursor is None else Page(limit, cursor)
        results = library.answer(replace(query, page=page), least=0.0)
        if results.cursor is not None and limit:
            with self._lock:
                known[query, offset + limit] = results.cursor
                if len(known) > _MARKS_KEPT:
                    known.popitem(last=False)
        return Answered([(hit.id, hit.score, hit.relevance) for hit in results.hits], results.total, results.cursor)


_marks = Marks()


@dataclass(frozen=True, slots=True)
class Finder:
    """Answers one page of one question.

    Attributes:
        where: The filters; they hold before anything is ranked, so that every page is full.
        offset: Hits before the page.
        limit: Hits of the page.
    """

    library: Library
    where: Expression
    offset: int
    limit: int

    def by_filters(self) -> Found:
        """Find what the filters leave, the newest moment first."""
        found = self._ask(Query(self.where, sort=_BY_MOMENT))
        return Found([Item(id_) for id_, _, _ in found.hits], found.cursor is not None)

    def by_picture(self, picture: bytes, words: str, threshold: float | None) -> Found:
        """Find what looks like a picture; with words, what is near to the mean of both.

        Raises:
            InvalidInput: There is no model, or nothing has a vector of it yet.
            MediaError: The picture cannot be read.
        """
        vector = self.library.direction(words=words, picture=picture)
        if vector is None:  # a picture always has one
            return Found([], more=False)
        limit = DEFAULT_THRESHOLD if threshold is None else threshold
        query = Query(self.where, vector)
        found = self._ask(query)
        hits = [item for item in map(_by_cosine, found.hits) if item.distance is not None and item.distance <= limit]
        if found.cursor is None or len(hits) < len(found.hits):
            return Found(hits, more=False)
        after = map(_by_cosine, self._ask(query, self.offset + self.limit, 1).hits)
        return Found(hits, any(item.distance is not None and item.distance <= limit for item in after))

    def by_words(self, words: str, threshold: float | None) -> Found:
        """Find what words mean, and then, unless a threshold was asked for, what holds them."""
        vector = self.library.direction(words=words)
        if vector is None:  # there is no model, or nothing has a vector yet
            found = self._ask(Query(self.where, Text(words, every=False)))
            return Found([Item(id_) for id_, _, _ in found.hits], found.cursor is not None)
        limit = DEFAULT_THRESHOLD if threshold is None else threshold
        meant = Query(self.where, vector, min_relevance=(1 - limit) / _SCALE)
        near = self._ask(meant)
        hits = [_by_relevance(hit) for hit in near.hits]
        if threshold is not None or near.cursor is not None:
            return Found(hits, near.cursor is not None)
        rest = self._only_holding(words, vector, meant, near.total)
        return Found([*hits, *(Item(id_) for id_, _, _ in rest.hits)][: self.limit], rest.cursor is not None)

    def _only_holding(self, words: str, vector: Vector, meant: Query, before: int) -> Answered:
        """Find assets that hold every word and are too far by meaning, as many as the page has room for.

        By the same vector, those that were near already come first among all that hold the words: they are passed over.
        """
        holding = And((self.where, Match("text", words, How.WORDS)))
        near = self._ask(replace(meant, where=holding), 0, 0).total
        start = near + max(0, self.offset - before)
        room = self.limit - max(0, min(self.limit, before - self.offset))
        query = Query(holding, vector, keep_unranked=True)
        if not room:
            left = self._ask(query, start, 0).total - near
            return Answered([], left, "" if left else None)
        return self._ask(query, start, room)

    def _ask(self, query: Query, offset: int | None = None, limit: int | None = None) -> Answered:
        start = self.offset if offset is None else offset
        return _marks.ask(self.library, query, start, self.limit if limit is None else limit)


def _by_relevance(hit: tuple[int, float | None, float | None]) -> Item:
    return Item(hit[0], round(1 - _SCALE * (hit[2] or 0.0), _DIGITS))


def _by_cosine(hit: tuple[int, float | None, float | None]) -> Item:
    return Item(hit[0], None if hit[1] is None else abs(round(min(1.0, 1 - hit[1]), _DIGITS)))
