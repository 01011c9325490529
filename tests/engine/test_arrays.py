import numpy as np
import pytest
from pyroaring import BitMap

from fototeca.engine.arrays import (
    bitmap,
    bitmap_of_any,
    bitmap_of_mask,
    bits_of,
    group_by,
    group_starts,
    held,
    interleave,
    mask_of,
    rows_of,
    spans,
)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("size", [1, 7, 65_536, 65_537, 200_000])
def test_masks_and_bitmaps_are_the_same_sets(size: int, share: float) -> None:
    mask = np.random.default_rng(3).random(size) < share
    wanted = BitMap(np.flatnonzero(mask).tolist())
    assert bitmap_of_mask(mask) == wanted
    assert bitmap(np.flatnonzero(mask)) == wanted
    assert (mask_of(wanted, size) == mask).all()
    some = np.arange(0, size, 3, dtype=np.int32)[::-1]
    assert (held(bits_of(wanted, size), some) == mask[some]).all()
    assert rows_of(wanted).tolist() == np.flatnonzero(mask).tolist()


def test_bits_of_full_blocks_apart_from_each_other() -> None:
    mask = np.repeat([False, True, False, True], 1 << 16)[:250_000]
    mask[::2] = False
    some = np.arange(len(mask), dtype=np.int32)
    assert (held(bits_of(bitmap_of_mask(mask), len(mask)), some) == mask).all()


def test_bitmap_of_any_accepts_repeats_in_any_order() -> None:
    few = np.array([5, 1, 5], np.int32)
    many = np.tile(few, 200)
    assert bitmap_of_any(few, 10) == bitmap_of_any(many, 10) == BitMap([1, 5])


def test_spans_follow_each_other() -> None:
    assert spans(np.array([10, 3, 7]), np.array([2, 0, 3])).tolist() == [10, 11, 7, 8, 9]


def test_groups() -> None:
    order, starts = group_by(np.array([2, 0, 2, 0], np.int32), 4)
    assert order.tolist() == [1, 3, 0, 2]
    assert starts.tolist() == [0, 2, 2, 4, 4]
    assert group_starts(np.array([4, 4, 6, 9, 9])).tolist() == [0, 2, 3]
    assert group_starts(np.array([])).tolist() == []


def test_group_by_many_codes() -> None:
    codes = np.array([70_000, 3, 70_000, 5], np.int32)
    order, starts = group_by(codes, 70_001)
    assert order.tolist() == [1, 3, 0, 2]
    assert starts[-2:].tolist() == [2, 4]


def test_interleave_moves_and_drops_rows() -> None:
    first, second = np.array([0, 0, 1], np.int32), np.array([0, 1], np.int32)
    rows, pick = interleave([first, second], [np.array([0, -1], np.int32), np.array([2, 1], np.int32)])
    assert rows.tolist() == [0, 0, 1, 2]
    assert np.array(list("abcde"))[pick].tolist() == ["a", "b", "e", "d"]


def test_interleave_leaves_what_is_in_order() -> None:
    rows, pick = interleave([np.array([0, 1], np.int32)], [np.array([0, 1], np.int32)])
    assert rows.tolist() == [0, 1]
    assert pick == slice(None)
