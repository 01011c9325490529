"""This engine, asked as a library asks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.engines.data import SPACE, START, Catalogue
from benchmarks.engines.questions import PAGE, Boolean, Counts, Near, Newest, Subtree, Words
from fototeca.engine import Index, Upsert
from fototeca.errors import StorageError
from fototeca.query.expressions import (
    All,
    And,
    Expression,
    Facet,
    Fuse,
    How,
    Match,
    Not,
    Or,
    Page,
    Query,
    Range,
    Sort,
    Text,
    Under,
    Vector,
)


class Engine:
    """An index on disk."""

    name = "fototeca"

    def __init__(self, folder: Path, data: Catalogue) -> None:
        self.data = data
        self.folder = folder
        try:
            self.index = Index.open(folder)
        except StorageError:  # written by another version
            self.index = Index.create(folder)
        self.index.warm()  # as the server does when it starts

    def load(self) -> None:
        """Put the catalogue in."""
        for rows in self.data.batches():
            self.index.apply([Upsert(self.data.document(row)) for row in rows], rows.stop)
        self.index.flush()

    @property
    def empty(self) -> bool:
        """Whether the catalogue must be put in."""
        return not len(self.index)

    def close(self) -> None:
        self.index.close()

    def _page(self, query: Query) -> tuple[list[int], int]:
        results = self.index.search(query)
        return results.ids, results.total

    def newest(self, asked: Newest) -> tuple[list[int], int]:
        where = And((_is("format", asked.format), Range("width", asked.width, include_low=False)))
        return self._page(Query(where, page=Page(PAGE)))

    def boolean(self, asked: Boolean) -> tuple[list[int], int]:
        projects = Or(tuple(_is("collection", f"project{code}") for code in asked.projects))
        where = And((_is("tag", f"tag{asked.tag}"), projects, Not(_is("tag", f"tag{asked.without}"))))
        return self._page(Query(where, sort=(Sort("bytes", descending=True),), page=Page(PAGE)))

    def counts(self, asked: Counts) -> tuple[list[int], list[int], list[int]]:
        facets = (Facet("format"), Facet("collection", 200), Facet("tag", 20))
        found = self.index.search(Query(_between(asked), facets=facets, page=Page(0))).facets
        one, two, three = ([count for _, count in found[name].values] for name in ("format", "collection", "tag"))
        return one, two, three

    def near(self, asked: Near) -> list[int]:
        where = All() if asked.low is None else Range("bytes", asked.low, asked.high, include_high=False)
        return self._page(Query(where, Vector.of(SPACE, asked.vector.tolist()), page=Page(PAGE)))[0]

    def words(self, asked: Words) -> tuple[list[int], int]:
        return self._page(Query(_is("format", asked.format), self._text(asked), page=Page(PAGE)))

    def hybrid(self, asked: Words) -> tuple[list[int], int]:
        rank = Fuse((self._text(asked), Vector.of(SPACE, asked.vector.tolist())))
        return self._page(Query(_is("format", asked.format), rank, page=Page(PAGE)))

    def subtree(self, asked: Subtree) -> tuple[list[int], int]:
        return self._page(Query(Under("folder", asked.path), page=Page(PAGE, offset=asked.offset)))

    def walk(self, asked: Counts) -> int:
        """Return how many ids a walk by cursor finds."""
        query, seen = Query(_between(asked), page=Page(10_000)), 0
        while True:
            results = self.index.search(query)
            seen += len(results.hits)
            if results.cursor is None:
                return seen
            query = replace(query, page=Page(10_000, results.cursor))

    def prepared(self, rows: Sequence[int]) -> list[Upsert]:
        """Return rows as they are given to the index: making a document is its owner's work."""
        return [Upsert(self.data.document(row)) for row in rows]

    def upsert(self, changes: Sequence[Upsert]) -> bool:
        """Write some rows anew; whether the last is found by the next query."""
        self.index.apply(changes, self.index.sequence + 1)
        last = changes[-1].document.id
        return self.index.search(Query(Range("id", last, last), page=Page(1))).ids == [last]

    def _text(self, asked: Words) -> Text:
        words = " ".join(self.data.words[code] for code in asked.words)
        return Text(words, ("filename", "description"), every=False)


def _is(field: str, value: str) -> Match:
    return Match(field, value, How.EXACT)


def _between(asked: Counts) -> Expression:
    low, high = (START + timedelta(milliseconds=moment) for moment in (asked.start, asked.stop))
    return Range("created", low, high, include_high=False)
