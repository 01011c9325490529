"""What faiss is asked, it answers; of others' memory it reads, and frees nothing."""

from __future__ import annotations

import gc

import numpy as np

from fototeca.engine.scanning import Best, flat, listed, scan, scan_lists, sketch, sketched

ROWS = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float16)
DIRECTION = np.eye(8, dtype=np.float32)[2]
TRUE = np.argsort(-ROWS[:, 2].astype(np.float32))


def test_a_scan_returns_the_greatest_products() -> None:
    index = flat(ROWS)
    best = scan(index, DIRECTION, 5)
    assert best.entries.tolist() == TRUE[:5].tolist()
    assert best.products.tolist() == ROWS[TRUE[:5], 2].tolist()
    even = np.packbits(np.arange(50) % 2 == 0, bitorder="little")
    assert scan(index, DIRECTION, 5, even).entries.tolist() == [row for row in TRUE.tolist() if row % 2 == 0][:5]


def test_a_sketch_knows_the_nearest_nearly() -> None:
    rows = np.random.default_rng(3).normal(size=(500, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    content = sketch(rows)
    assert content.nbytes < rows.nbytes / 4
    best = scan(sketched(content), rows[7], 30)
    true = rows @ rows[7]
    assert best.entries[0] == 7
    assert np.abs(best.products - true[best.entries]).max() < 0.05
    assert len(np.intersect1d(best.entries, np.argsort(-true)[:20])) >= 18


def test_there_may_be_fewer_than_were_asked_for() -> None:
    assert len(scan(flat(ROWS), DIRECTION, 80).entries) == 50
    assert scan(flat(ROWS), DIRECTION, 80, np.zeros(7, np.uint8)).entries.tolist() == []


def test_lists_are_scanned_by_their_numbers() -> None:
    ids = np.arange(50, dtype=np.int64) * 10
    index = listed(ROWS, ids, np.array([20, 0, 30]))
    some = np.array([0, 1], np.int64)
    found = scan_lists(index, DIRECTION, some, np.zeros(2, np.float32), 50)
    assert found.entries.tolist() == [row * 10 for row in TRUE.tolist() if row < 20]
    both = scan_lists(index, DIRECTION, np.array([2, 0], np.int64), np.zeros(2, np.float32), 3)
    assert both.entries.tolist() == (TRUE[:3] * 10).tolist()


def test_rows_outlive_what_was_made_of_them() -> None:
    rows = ROWS.copy()
    for _ in range(20):
        flat(rows)
        listed(rows, np.arange(50, dtype=np.int64), np.array([25, 25]))
    gc.collect()
    assert np.array_equal(rows, ROWS)


def test_best_of_two() -> None:
    one = Best(np.array([0.9, 0.5], np.float32), np.array([1, 2]))
    other = Best(np.array([0.7, 0.5], np.float32), np.array([3, 2]))
    assert one.joined(other).leading(3).entries.tolist() == [1, 3, 2]
    assert one.followed(other).entries.tolist() == [1, 2, 3]
