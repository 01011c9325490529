"""Random documents and changes over a space of values small enough that they collide all the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fototeca.engine.documents import Change, Delete, Document, Upsert

# --- values -------------------------------------------------------------------------------------------------

WORDS = ("red", "Red", "réd", "shoes", "red shoe", "a", "ab", "京", "東京タワー", "Straße", "STRASSE", "10", "running")
TEXTS = (*WORDS[:7], "red shoes", "Red a", "a b", "shoes 京", "")
ODD_TEXTS = (
    *(
        *WORDS,
        "Shoes, red!",
        "red red shoe",
        "shoe red",
        "a-b",
        "a_b",
        "IMG_10.JPG",
        "東京 red",
        "ﬁx",
        "fix",
        "e\u0301",
    ),
    *("runs", "true", "3", "2.5", "*", "a*b", "a?b", "a\\b", " ", "...", "\U0001f600 ab", "\uffff"),
)
LISTS: tuple[list[str], ...] = (
    *(["red", "ab"], ["Red", "red", "red"], ["a"], ["réd", "shoes", "a"], ["red shoe", "3"], ["京", "true"]),
    *([], ["red", "shoe"], ["Straße", "STRASSE", "ab", "AB"]),
)
PATHS = ("a", "a/b", "a/b/c", "ab", "A", "")
ODD_PATHS = ("a b", "a-b", "b", "á/b", "京/b", "a/B")
INTEGERS = (0, 1, 2, 3, 5)
ODD_INTEGERS = (-1, 2**53, 2**53 + 1, 2**62, -(2**62))
FLOATS = (0.0, 0.5, 1.0, 1.5, 3.0)
ODD_FLOATS = (-0.0, 2.5, -1.5, 1e-9, 1e300, float(2**53))
DATES = (
    datetime(2023, 6, 1),
    datetime(2023, 6, 1, 12, 30),
    datetime(2023, 6, 1, 12, 30, tzinfo=UTC),
    datetime(2023, 6, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))),
    datetime(2024, 2, 29, tzinfo=UTC),
)
ODD_DATES = (
    datetime(2023, 5, 31, 23, 59, 59, 999_999),
    datetime(1850, 1, 1),
    datetime(2023, 12, 31, 22, 0, 0, 1, tzinfo=timezone(timedelta(hours=-5))),
)
OPEN_VALUES = (3, "3", 3.0, True, "true", "red", "Red", 0.5, 0, 1, False, ["red", "3"], ["a", "true"], "")
ODD_OPEN_VALUES = (*ODD_TEXTS, *ODD_INTEGERS, *ODD_FLOATS, *LISTS, [3, "red", True], [0.5, 3], 2**70)
POSITIONS = (
    *((48.2, 16.3), (48.21, 16.31), (48.2, 16.9), (0.0, 0.0), (0.0, 179.9), (0.0, -179.9)),
    *((90.0, 0.0), (90.0, 100.0), (-33.9, 151.2), (0.0, 180.0)),
)

KEYWORD = ("title", "source", "city")
KEYWORDS = ("tag", "object")
LONG_TEXT = ("description", "ocr")
INT = ("rating", "bytes")
FLOAT = ("aspect",)
DATE = ("taken", "created")
BOOL = ("favorite",)
OPEN = ("metadata.a", "metadata.b c")

VALUES: dict[str, tuple[Sequence[Any], Sequence[Any]]] = {
    **dict.fromkeys((*KEYWORD, *LONG_TEXT), (TEXTS, ODD_TEXTS)),
    **dict.fromkeys(KEYWORDS, (LISTS, LISTS)),
    **dict.fromkeys(INT, (INTEGERS, ODD_INTEGERS)),
    **dict.fromkeys(FLOAT, (FLOATS, ODD_FLOATS)),
    **dict.fromkeys(DATE, (DATES, ODD_DATES)),
    **dict.fromkeys(BOOL, ((False, True), (False, True))),
    **dict.fromkeys(OPEN, (OPEN_VALUES, ODD_OPEN_VALUES)),
    "folder": (PATHS, ODD_PATHS),
    "gps": (POSITIONS, POSITIONS),
}
"""The values that each field often has, and those that it has now and then."""


# --- documents ----------------------------------------------------------------------------------------------

SPACES = {"asset": 3, "face": 2}
"""Vector spaces and their dimensions."""


def _document(random: Random, fullness: float) -> Document:
    """A document in which this share of the fields has a value."""
    held = [name for name in VALUES if random.random() < fullness]
    values = {name: random.choice(VALUES[name][random.random() < 0.15]) for name in held}
    spaces = [space for space in SPACES if random.random() < fullness]
    vectors = {space: _rows(random, SPACES[space]) for space in spaces}
    owners = {space: [random.randint(1, 4) for _ in rows] for space, rows in vectors.items() if random.random() < 0.7}
    return Document(0, values, vectors, owners)


def _rows(random: Random, dimension: int) -> NDArray[np.float16]:
    """Some rows of small whole numbers, so that cosines are either equal or well apart."""
    rows = [[random.randint(-2, 2) for _ in range(dimension)] for _ in range(random.choice((1, 1, 2, 3)))]
    return np.array([row if any(row) else [1] * dimension for row in rows], np.float16)


_random = Random(2023)
DOCUMENTS = [Document(0, {}), *(_document(_random, min(0.8, 0.1 + n / 200)) for n in range(1_000))]
"""Emptier ones first. Drawn from a fixed pool, since hypothesis by itself would make most documents nearly empty."""


def numbered(id_: int, document: Document) -> Document:
    """Give a document its id."""
    return Document(id_, {"id": id_, **document.values}, document.vectors, document.owners)


ids = st.sampled_from((*range(1, 10), 2**40))
documents = st.builds(numbered, ids, st.sampled_from(DOCUMENTS))


def shelves(least: int = 0, most: int = 10) -> st.SearchStrategy[list[Document]]:
    """Documents of different ids."""
    drawn = st.lists(st.sampled_from(DOCUMENTS), min_size=least, max_size=most)
    return drawn.map(lambda documents: [numbered(id_, document) for id_, document in enumerate(documents, 1)])


# --- changes ------------------------------------------------------------------------------------------------

changes: st.SearchStrategy[Change] = st.one_of(*[st.builds(Upsert, documents)] * 4, st.builds(Delete, ids))
batches = st.lists(changes, max_size=5)
FLUSH, REOPEN = "flush", "reopen"
histories: st.SearchStrategy[list[str | list[Change]]] = st.builds(
    lambda shelf, more: [[Upsert(document) for document in shelf], *more],
    shelves(4),
    st.lists(st.one_of(batches, batches, st.sampled_from((FLUSH, REOPEN))), max_size=5),
)
"""Batches of changes, with flushes and reopenings in between."""
