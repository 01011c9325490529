"""Lists are searched as far as it takes, and no further than allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fototeca.engine.arrays import Array as Rows
from fototeca.engine.lists import ListedRows, Lists, Wanted

SIZE, DIMENSION = 6_000, 24


@pytest.fixture(scope="module")
def rows() -> Rows:
    numbers = np.random.default_rng(2)
    centres = numbers.normal(size=(60, DIMENSION))
    rows = centres[np.arange(SIZE) % 60] + numbers.normal(scale=0.5, size=(SIZE, DIMENSION))
    return np.asarray((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))


@pytest.fixture(scope="module")
def lists(rows: Rows) -> Lists:
    return Lists.make(lambda part: rows[part].astype(np.float32), SIZE)


@pytest.fixture(scope="module")
def listed(rows: Rows, lists: Lists) -> ListedRows:
    return ListedRows(lists, rows[lists.order])


@pytest.fixture
def wanted(rows: Rows, lists: Lists) -> Wanted:
    return Wanted(rows[123].astype(np.float32), count=20, picked=30, bits=None, in_list=lists.sizes)


def true(rows: Rows, wanted: Wanted, kept: Rows | None = None) -> list[int]:
    products = rows.astype(np.float32) @ wanted.direction
    products = products if kept is None else np.where(kept, products, -2)
    return [int(row) for row in np.argsort(-products)[: wanted.count]]


def test_every_row_has_a_place_in_the_list_of_its_nearest_centroid(rows: Rows, lists: Lists) -> None:
    assert len(lists.centroids) == 256
    assert lists.sizes.sum() == SIZE
    assert lists.order[lists.places].tolist() == list(range(SIZE))
    assert (np.diff(lists.list_of[lists.order].astype(int)) >= 0).all()
    products = rows.astype(np.float32) @ lists.centroids.astype(np.float32).T
    assert np.mean(products.argmax(axis=1) == lists.list_of) > 0.99, "but where two are as near"


def test_nearly_all_of_the_best_are_found_best_first(rows: Rows, listed: ListedRows, wanted: Wanted) -> None:
    best = listed.search(wanted)
    assert best is not None
    assert len(best.entries) == wanted.picked
    assert best.entries[0] == 123
    assert (np.diff(best.products) <= 0).all()
    assert len(set(best.entries.tolist()) & set(true(rows, wanted))) >= 19


def test_a_filter_that_leaves_the_neighbourhood_out_takes_the_search_further(
    rows: Rows, lists: Lists, listed: ListedRows, wanted: Wanted
) -> None:
    kept = rows.astype(np.float32) @ wanted.direction < 0.2
    bits = np.packbits(kept, bitorder="little")
    best = listed.search(replace(wanted, bits=bits, in_list=np.bincount(lists.list_of[kept], minlength=256)))
    assert best is not None
    assert kept[best.entries].all()
    assert len(set(best.entries.tolist())) == len(best.entries), "no list is looked into twice"
    assert len(set(best.entries.tolist()) & set(true(rows, wanted, kept))) >= 18


def test_it_ends_where_it_would_take_too_long_or_nothing_is_left(listed: ListedRows, wanted: Wanted) -> None:
    assert listed.search(replace(wanted, most=10)) is None
    few = np.zeros(SIZE, np.bool_)
    few[[5, 4000]] = True
    best = listed.search(replace(wanted, bits=np.packbits(few, bitorder="little")))
    assert best is not None
    assert sorted(best.entries.tolist()) == [5, 4000]
    none = listed.search(replace(wanted, bits=np.zeros(SIZE // 8, np.uint8), in_list=np.zeros(256, np.int64)))
    assert none is not None
    assert none.entries.tolist() == []


def test_a_scan_of_all_lists_is_exact(rows: Rows, listed: ListedRows, wanted: Wanted) -> None:
    assert listed.scan(wanted.direction, wanted.count).entries.tolist() == true(rows, wanted)
    kept = np.arange(SIZE) % 3 == 0
    found = listed.scan(wanted.direction, wanted.count, np.packbits(kept, bitorder="little"))
    assert found.entries.tolist() == true(rows, wanted, kept)


def test_lists_come_back_as_they_were(lists: Lists) -> None:
    again = Lists.restore(lists.arrays())
    assert again.spread == lists.spread
    assert np.array_equal(again.centroids, lists.centroids)
    assert np.array_equal(again.order, lists.order)
