"""A library knows what it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from fototeca.engine import Delete, Document, Index, Upsert
from fototeca.library.presence import CERTAIN_RELEVANCE, DOUBTFUL_RELEVANCE, LEAST_RELEVANCE, Presence
from fototeca.query import Page, Query, Vector

DIMENSION = 64
Rows = npt.NDArray[np.float32]


def directions(count: int, seed: int) -> Rows:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def ranks(rows: Rows) -> list[Vector]:
    return [Vector.of("toy", row.tolist()) for row in rows]


@pytest.fixture
def pictures() -> Rows:
    return directions(600, 1)


@pytest.fixture
def index(pictures: Rows) -> Index:
    """Holds the pictures; ten are of the first kind."""
    index = Index(None)
    pictures[:10] = pictures[0] + 0.1 * directions(10, 2)
    documents = [Document(n + 1, {}, {"toy": row[None].astype(np.float16)}) for n, row in enumerate(pictures)]
    index.apply([Upsert(document) for document in documents], 1)
    return index


@pytest.fixture
def asked() -> list[int]:
    """How often the things had to be looked at."""
    return []


@pytest.fixture
def things(asked: list[int]) -> Callable[[], list[Vector]]:
    def look() -> list[Vector]:
        asked.append(1)
        return ranks(directions(24, 3))

    return look


def test_what_is_nearer_than_other_things_is_there(
    index: Index, pictures: Rows, things: Callable[[], list[Vector]], asked: list[int]
) -> None:
    presence = Presence(index)
    (there,) = ranks(pictures[:1])
    assert presence.least(there, things) == CERTAIN_RELEVANCE
    doubtful = [presence.least(other, things) == DOUBTFUL_RELEVANCE for other in ranks(directions(100, 4))]
    assert 0.3 < np.mean(doubtful) < 0.7, "half of them do not pass, as of the things"
    assert len(asked) == 1


def test_its_pictures_are_found_and_few_others(
    index: Index, pictures: Rows, things: Callable[[], list[Vector]]
) -> None:
    (there,) = ranks(pictures[:1])
    found = index.search(Query(rank=replace(there, least=Presence(index).least(there, things)), page=Page(100)))
    assert set(range(1, 11)) <= set(found.ids)
    assert found.total < len(pictures) / 4


def test_the_things_are_looked_at_again_when_many_pictures_have_gone(
    index: Index, pictures: Rows, things: Callable[[], list[Vector]], asked: list[int]
) -> None:
    presence = Presence(index)
    (there,) = ranks(pictures[:1])
    presence.least(there, things)
    index.apply([Delete(n) for n in range(500, 560)], 2)
    assert presence.least(there, things) < DOUBTFUL_RELEVANCE
    assert len(asked) == 1
    index.apply([Delete(n) for n in range(1, 100)], 3)
    assert presence.least(there, things) == DOUBTFUL_RELEVANCE
    assert len(asked) == 2


def test_of_few_pictures_nothing_can_be_told(
    index: Index, things: Callable[[], list[Vector]], asked: list[int]
) -> None:
    index.apply([Delete(n) for n in range(1, 500)], 2)
    assert {Presence(index).least(other, things) for other in ranks(directions(20, 4))} == {LEAST_RELEVANCE}
    assert not asked


def test_an_empty_library_holds_nothing(things: Callable[[], list[Vector]]) -> None:
    (there,) = ranks(directions(1, 5))
    assert Presence(Index(None)).least(there, things) == LEAST_RELEVANCE
