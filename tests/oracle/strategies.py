"""Random documents and changes over a space of values small enough that they collide all the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fototeca.engine.documents import Change, Delete, Document, Upsert

# --- values -------------------------------------------------------------------------------------------------

WORDS = ("red", "Red", "réd", "shoes", "red shoe", "a", "ab", "京", "東京タワー", "Straße", "STRASSE", "10", "running")
TEXTS = (*WORDS[:7], "red shoes", "Red a", "a b", "IMG_10.JPG", "shoes 京", "")
ODD_TEXTS = (
    *(
        *WORDS,
        "Shoes, red!",
        "red red shoe",
        "a-b",
        "a_b",
        "東京 red",
        "ﬁx",
        "fix",
        "e\u0301",
        "runs",
        "true",
        "3",
        "2.5",
    ),
    *("*", "a*b", "a?b", "a\\b", " ", "...", "\U0001f600 ab", "\uffff"),
)
LISTS: tuple[list[str], ...] = (
    ["red", "ab"],
    ["Red", "red", "red"],
    ["a"],
    ["réd", "shoes", "a"],
    ["red shoe", "3"],
    ["京", "true"],
    [],
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
OPEN_VALUES = (3, "3", 3.0, True, "true", "red", "Red", 0.5, 0, False, ["red", "3"], ["a", "true"], "")
ODD_OPEN_VALUES = (*ODD_TEXTS, *ODD_INTEGERS, *ODD_FLOATS, *LISTS, [3, "red", True], [0.5, 3], 2**70)
POSITIONS = (
    *((48.2, 16.3), (48.21, 16.31), (48.2, 16.9), (0.0, 0.0), (0.0, 179.9), (0.0, -179.9)),
    *((90.0, 0.0), (90.0, 100.0), (-33.9, 151.2), (0.0, 180.0)),
)


def mostly(usual: Sequence[Any], odd: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Values that collide, and now and then an odd one."""
    return st.sampled_from((*usual, *usual, *usual, None)).flatmap(
        lambda value: st.sampled_from(odd) if value is None else st.just(value)
    )


texts = mostly(TEXTS, ODD_TEXTS)
paths = mostly(PATHS, ODD_PATHS)
integers = mostly(INTEGERS, ODD_INTEGERS)
floats = mostly(FLOATS, ODD_FLOATS)
dates = mostly(DATES, ODD_DATES)
text_lists = st.sampled_from(LISTS) | st.lists(texts.filter(bool), max_size=4)
open_values = mostly(OPEN_VALUES, ODD_OPEN_VALUES)

KEYWORD = ("title", "filename", "source", "city", "uuid")
KEYWORDS = ("tag", "object", "album_id")
LONG_TEXT = ("description", "ocr")
INT = ("rating", "bytes")
FLOAT = ("aspect", "duration")
DATE = ("taken", "created")
BOOL = ("favorite", "animated")
OPEN = ("metadata.a", "metadata.b c")

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys((*KEYWORD, *LONG_TEXT), texts),
    **dict.fromkeys(KEYWORDS, text_lists),
    **dict.fromkeys(INT, integers),
    **dict.fromkeys(FLOAT, floats),
    **dict.fromkeys(DATE, dates),
    **dict.fromkeys(BOOL, st.booleans()),
    **dict.fromkeys(OPEN, open_values),
    "folder": paths,
    "gps": st.sampled_from(POSITIONS),
}


# --- documents and changes ----------------------------------------------------------------------------------

ids = st.sampled_from((*range(1, 11), 2**40))
SPACES = {"asset": 3, "face": 2}
"""Vector spaces and their dimensions."""


def _rows(dimension: int) -> st.SearchStrategy[NDArray[np.float16]]:
    """Some rows of small whole numbers, so that cosines are either equal or well apart."""
    row = st.tuples(*[st.integers(-2, 2)] * dimension).filter(any)
    return st.lists(row, min_size=1, max_size=3).map(lambda rows: np.array(rows, np.float16))


_spaces = {space: _rows(dimension) for space, dimension in SPACES.items()}
vectors = st.sampled_from((("asset", "face"), ("asset",), ("asset",), ())).flatmap(
    lambda held: st.fixed_dictionaries({space: _spaces[space] for space in held})
)


_present = st.sampled_from((False, True, True))


@st.composite
def documents(draw: st.DrawFn, numbered: st.SearchStrategy[int] = ids) -> Document:
    """A document with some values and perhaps vectors."""
    id_ = draw(numbered)
    values = {name: draw(values) for name, values in VALUES.items() if draw(_present)}
    return Document(id_, {"id": id_, **values}, draw(vectors))


@st.composite
def shelves(draw: st.DrawFn, sizes: Sequence[int] = (0, 1, 3, 5, 7, 10)) -> list[Document]:
    """Documents of different ids."""
    numbers = (*range(1, 10), 2**40)[: draw(st.sampled_from(sizes))]
    return [draw(documents(st.just(id_))) for id_ in draw(st.permutations(numbers))]


changes: st.SearchStrategy[Change] = st.one_of(*[st.builds(Upsert, documents())] * 4, st.builds(Delete, ids))
batches = st.lists(changes, max_size=5)
FLUSH, REOPEN = "flush", "reopen"
histories: st.SearchStrategy[list[str | list[Change]]] = st.builds(
    lambda shelf, more: [[Upsert(document) for document in shelf], *more],
    shelves(),
    st.lists(st.one_of(batches, batches, st.sampled_from((FLUSH, REOPEN))), max_size=5),
)
"""Batches of changes, with flushes and reopenings in between."""
