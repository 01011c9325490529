"""Small array work that every part of the engine shares: bitmaps, spans and the movement of rows in a merge."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Array: TypeAlias = NDArray[Any]
Rows: TypeAlias = NDArray[np.int32]
"""Row numbers inside one segment."""
Bits: TypeAlias = NDArray[np.uint8]
"""One bit for each row of a segment, eight to a byte, lowest first."""

_CONTAINER = 1 << 16
_ARRAY_LIMIT = 4096
_COOKIE = 12346


def bitmap(rows: Array) -> BitMap:
    """Return the set of these row numbers."""
    return BitMap(array("I", rows.astype(np.uint32, copy=False).tobytes()))


def bitmap_of_mask(mask: NDArray[np.bool_]) -> BitMap:
    """Return the set of the positions that are true, written straight in Roaring's portable format.

    Much faster than adding rows one by one where many are set; see
    https://github.com/RoaringBitmap/RoaringFormatSpec for the layout.
    """
    keys, bodies = [], []
    for key in range(-(-len(mask) // _CONTAINER)):
        block = mask[key * _CONTAINER : (key + 1) * _CONTAINER]
        count = int(np.count_nonzero(block))
        if count > _ARRAY_LIMIT:
            bodies.append(np.packbits(block, bitorder="little").tobytes().ljust(_CONTAINER // 8, b"\0"))
        elif count:
            bodies.append(np.flatnonzero(block).astype("<u2").tobytes())
        else:
            continue
        keys.append((key, count - 1))
    header = struct.pack("<II", _COOKIE, len(keys)) + b"".join(struct.pack("<HH", *key) for key in keys)
    ends = np.cumsum([len(header) + 4 * len(bodies), *map(len, bodies)]).astype("<u4")
    return BitMap.deserialize(header + ends[:-1].tobytes() + b"".join(bodies))


def bitmap_of_any(rows: Array, size: int) -> BitMap:
    """Return the set of these row numbers, which may repeat and have no order."""
    if len(rows) < 256:
        return bitmap(np.unique(rows))
    mask = np.zeros(size, np.bool_)
    mask[rows] = True
    return bitmap_of_mask(mask)


def rows_of(chosen: BitMap) -> Rows:
    """Return the row numbers of a set, ascending."""
    return np.frombuffer(chosen.to_array(), np.int32)


def mask_of(chosen: BitMap, size: int) -> NDArray[np.bool_]:
    """Return the set as one boolean for each row."""
    if len(chosen) <= _ARRAY_LIMIT:
        mask = np.zeros(size, np.bool_)
        mask[rows_of(chosen)] = True
        return mask
    return np.unpackbits(bits_of(chosen, size), count=size, bitorder="little").view(np.bool_)


def bits_of(chosen: BitMap, size: int) -> Bits:
    """Return the set as one bit for each row, copied straight from Roaring's portable format where it is large."""
    whole = chosen.serialize() if len(chosen) > _ARRAY_LIMIT else b""
    if struct.unpack_from("<I", whole.ljust(4))[0] != _COOKIE:  # small, or some containers are runs
        mask = np.zeros(size, np.bool_)
        mask[rows_of(chosen)] = True
        return np.packbits(mask, bitorder="little")
    count = int.from_bytes(whole[4:8], "little")
    keys = np.frombuffer(whole, "<u2", 2 * count, 8).reshape(-1, 2)
    starts = np.frombuffer(whole, "<u4", count, 8 + 4 * count)
    blocks = np.zeros((-(-size // _CONTAINER), _CONTAINER // 8), np.uint8)
    if keys[:, 1].min() >= _ARRAY_LIMIT:  # none is an array, so they lie side by side as they are wanted
        blocks[keys[:, 0]] = np.frombuffer(whole, np.uint8, blocks[0].size * count, starts[0]).reshape(count, -1)
        return blocks.reshape(-1)[: -(-size // 8)]
    for (key, last), start in zip(keys.tolist(), starts.tolist(), strict=True):
        if last >= _ARRAY_LIMIT:
            blocks[key] = np.frombuffer(whole, np.uint8, _CONTAINER // 8, start)
        else:
            block = np.zeros(_CONTAINER, np.bool_)
            block[np.frombuffer(whole, "<u2", last + 1, start)] = True
            blocks[key] = np.packbits(block, bitorder="little")
    return blocks.reshape(-1)[: -(-size // 8)]


def held(bits: Bits, rows: Array) -> NDArray[np.bool_]:
    """Return for each of these row numbers whether its bit is set."""
    one: Bits = bits.take(rows >> 3)  # twice as fast as an index
    one >>= (rows & 7).astype(np.uint8)
    one &= 1
    return one.view(np.bool_)


def everything(size: int) -> BitMap:
    """Return the set of all rows."""
    return BitMap(range(size))


def spans(starts: Array, lengths: Array) -> NDArray[np.int64]:
    """Return the positions of several runs, one run after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def group_starts(sorted_values: Array) -> NDArray[np.int64]:
    """Return where each run of equal values begins."""
    if not len(sorted_values):
        return np.empty(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(sorted_values[1:] != sorted_values[:-1]) + 1))


def group_by(codes: Array, count: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the positions of `codes` grouped by code, in order within a group, and where each group starts.

    Args:
        codes: Numbers from 0 to `count` - 1.
        count: How many groups there are; empty ones included.
    """
    narrow = codes.astype(np.uint16) if count <= 1 << 16 else codes  # sixteen bits are sorted by radix
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(codes, minlength=count), out=starts[1:])
    return np.argsort(narrow, kind="stable"), starts


def interleave(rows: Sequence[Rows], targets: Sequence[Rows]) -> tuple[Rows, Any]:
    """Move the rows of several segments to their places in a new one.

    Args:
        rows: For each segment, ascending row numbers.
        targets: For each segment, the new number of each of its rows, -1 where a row is dropped.

    Returns:
        The new row numbers, ascending, and the index that brings the concatenated payload into the same order.
    """
    moved = np.concatenate([target[part] for part, target in zip(rows, targets, strict=True)])
    if not len(moved) or (moved[0] >= 0 and bool((moved[1:] >= moved[:-1]).all())):
        return moved, slice(None)
    kept = np.flatnonzero(moved >= 0)
    pick = kept[np.argsort(moved[kept], kind="stable")]
    return moved[pick], pick
