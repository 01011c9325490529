"""Counting by bitmaps and by bins give the same, however the hits lie in segments."""

from __future__ import annotations

import numpy as np
import pytest

from fototeca.engine import Document, Index, Upsert, facets
from fototeca.query.expressions import Facet, Page, Query, Range

ROWS = 12_000


@pytest.fixture(scope="module")
def index() -> Index:
    numbers = np.random.default_rng(4)
    made = Index.open(None)
    tags = (numbers.pareto(0.8, (ROWS, 4)) * 3).astype(int) % 500
    for start, stop in ((0, 9000), (9000, 11_500), (11_500, ROWS)):
        batch = [
            Upsert(
                Document(row + 1, {"tag": [f"t{tag}" for tag in tags[row]], "width": row % 10, "format": f"f{row % 3}"})
            )
            for row in range(start, stop)
        ]
        made.apply(batch, stop)
    return made


@pytest.mark.parametrize("limit", [1, 5, 20, 60, 400])
@pytest.mark.parametrize("least", [0, 4, 8])
def test_both_ways_count_the_same(index: Index, limit: int, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    query = Query(Range("width", least), facets=(Facet("tag", limit), Facet("format", limit)), page=Page(0))
    found = []
    for few, tried in ((10**9, 64), (0, 64), (0, 10_000)):
        monkeypatch.setattr(facets, "_FEW", few)
        monkeypatch.setattr(facets, "_TRIED", tried)
        found.append(index.search(query).facets)
    assert found[0] == found[1] == found[2]
