"""Pairs that are near each other among many: by 64-bit hashes, by vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RADIUS = 16
"""Bits in which the perceptual hashes of two copies of a photo may differ; a crop of 8 % moves about a dozen."""
NEAREST = 4
"""Nearest vectors that are candidates, however near: how near copies are is each model's own."""

_BITS = 64
_LEAST_SET = 24
"""A hash tells which half of some frequencies is stronger; with fewer bits set the picture had no such half."""
_BLOCK = 1_024
_MOST = 32
"""Neighbours that one hash is given: enough to hold a large group together, and few enough for any library."""
_EXACT = 4_096
"""Vectors up to which all are compared."""
_REDUCED = 64

Pairs = npt.NDArray[np.int64]


def near_hashes(hashes: Sequence[str]) -> Pairs:
    """Find hashes that differ in few bits.

    Args:
        hashes: Perceptual hashes of 64 bits, each 16 hex digits.

    Returns:
        Pairs of places in `hashes`, the lower first, int64 [pairs, 2]. Of equal hashes only the first has pairs
        with others; hashes of pictures that show nothing are left out.
    """
    from faiss import IndexBinaryFlat  # noqa: PLC0415 - takes a while to load

    if len(hashes) < 2:
        return np.empty((0, 2), np.int64)
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, _BITS // 8)
    telling = np.flatnonzero(np.unpackbits(packed, axis=1).sum(1) >= _LEAST_SET)
    distinct, first, which = np.unique(packed[telling], axis=0, return_index=True, return_inverse=True)
    index = IndexBinaryFlat(_BITS)
    found = [_equal(which)]
    for start in range(0, len(distinct), _BLOCK):
        index.reset()
        index.add(distinct[start:])  # those before have been compared with these
        limits, distances, others = index.range_search(distinct[start : start + _BLOCK], RADIUS + 1)
        rows = np.repeat(np.arange(len(limits) - 1), np.diff(limits.astype(np.int64)))
        later = others > rows
        rows, others = _nearest(rows[later], distances[later], others[later])
        found.append(first[np.stack([rows, others], 1) + start])
    pairs: Pairs = telling[np.sort(np.concatenate(found), axis=1)]
    return pairs


def _equal(which: Pairs) -> Pairs:
    """Pairs of places that have the same value, each with no more than `_MOST` before it."""
    order = np.argsort(which, kind="stable")
    steps = [np.stack([order[:-step], order[step:]], 1) for step in range(1, min(_MOST, len(order) - 1) + 1)]
    pairs = np.concatenate([*steps, np.empty((0, 2), np.int64)])
    equal: Pairs = pairs[which[pairs[:, 0]] == which[pairs[:, 1]]]
    return equal


def _nearest(rows: Pairs, distances: Pairs, others: Pairs) -> tuple[Pairs, Pairs]:
    """Keep no more than `_MOST` neighbours of each row, the nearest."""
    order = np.lexsort((distances, rows))
    rows, others = rows[order], others[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    place = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    return rows[place < _MOST], others[place < _MOST]


def near_vectors(vectors: Sequence[npt.NDArray[np.float16] | None]) -> Pairs:
    """Find the vectors nearest to each: exactly among few, very nearly so among many.

    Args:
        vectors: Of one length and one space, each of length one; `None` where there is none.

    Returns:
        Pairs of places in `vectors`, the lower first, each once.
    """
    import faiss  # noqa: PLC0415 - takes a while to load

    at = np.array([i for i, vector in enumerate(vectors) if vector is not None], np.int64)
    if len(at) < 2:
        return np.empty((0, 2), np.int64)
    rows = np.stack([vectors[i] for i in at]).astype(np.float32)
    if len(rows) <= _EXACT:
        index: faiss.Index = faiss.IndexFlatIP(rows.shape[1])
    else:
        cells = int(len(rows) ** 0.5)
        reduced = f"PCA{_REDUCED}," if rows.shape[1] > _REDUCED else ""
        index = faiss.index_factory(rows.shape[1], f"{reduced}IVF{cells},Flat", faiss.METRIC_INNER_PRODUCT)
        faiss.extract_index_ivf(index).nprobe = 8
        index.train(rows)
    index.add(rows)
    _, others = index.search(rows, NEAREST + 1)
    pairs = np.stack([np.repeat(np.arange(len(rows)), NEAREST + 1), others.ravel()], 1)
    pairs = pairs[(pairs[:, 1] >= 0) & (pairs[:, 0] != pairs[:, 1])]
    unique: Pairs = at[np.unique(np.sort(pairs, axis=1), axis=0)]
    return unique
