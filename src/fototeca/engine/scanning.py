"""The little of faiss that the engine uses: one query, one thread, half-precision rows that are read where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Best:
    """The rows with the greatest products.

    Attributes:
        products: float32, greatest first.
        entries: int64, which rows they are of.
    """

    products: NDArray[np.float32]
    entries: NDArray[np.int64]

    @classmethod
    def none(cls) -> Self:
        """No row."""
        return cls(np.empty(0, np.float32), np.empty(0, np.int64))

    def joined(self, other: Best) -> Best:
        """Return both, these first."""
        return Best(np.concatenate((self.products, other.products)), np.concatenate((self.entries, other.entries)))

    def followed(self, by: Best) -> Best:
        """Return these and behind them those of others that are not among them."""
        new = np.isin(by.entries, self.entries, invert=True)
        return self.joined(Best(by.products[new], by.entries[new]))

    def leading(self, count: int) -> Best:
        """Return the `count` best, in order."""
        order = np.argsort(-self.products)[:count]
        return Best(self.products[order], self.entries[order])


def loaded() -> Any:
    """Return faiss, which is slow to load and needed for vectors only; of any type, as its stubs lack half of it."""
    import faiss  # noqa: PLC0415 - as said

    return faiss


def flat(rows: NDArray[np.float16]) -> Any:
    """Return an index over contiguous rows; its ids are their numbers, its scores products. Keep the rows alive."""
    faiss = loaded()
    kind, product = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexScalarQuantizer(rows.shape[1], kind, product)
    index.codes = _view(rows)
    index.ntotal, index.is_trained = len(rows), True
    return index


def listed(rows: NDArray[np.float16], ids: NDArray[np.int64], sizes: NDArray[np.int64]) -> Any:
    """Return an index over contiguous rows that are stored list by list. Keep the rows alive.

    Args:
        rows: The rows of the first list, then those of the second, and so on.
        ids: The id of each.
        sizes: How many each list has.
    """
    faiss = loaded()
    lists = faiss.ArrayInvertedLists(len(sizes), 0)
    ends = np.cumsum(sizes)
    parts = [slice(end - size, end) for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)]
    for number, part in enumerate(parts):
        size = part.stop - part.start
        if size:
            lists.resize(number, size)
            faiss.rev_swig_ptr(lists.get_ids(number), size)[:] = ids[part]
    lists.code_size = rows.itemsize * rows.shape[1]
    lists.codes.clear()
    for part in parts:
        lists.codes.push_back(_view(rows[part]))
    nowhere = faiss.IndexFlatIP(rows.shape[1])  # the nearest lists are found by the caller
    kind, product = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    by_residual, own_lists = False, True
    index = faiss.IndexIVFScalarQuantizer(nowhere, rows.shape[1], len(sizes), kind, product, by_residual)
    index.replace_invlists(lists, own_lists)
    lists.this.disown()
    index.ntotal, index.is_trained = len(rows), True
    return index


def sketch(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what `sketched` opens: four bits for each number of the rows, by 16 levels of its dimension."""
    faiss = loaded()
    bits, dimension = 4, rows.shape[1]
    index = faiss.IndexPQFastScan(dimension, dimension, bits, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.min_points_per_centroid = 1  # or else faiss warns of few rows
    index.train(rows)
    index.add(rows)
    content: NDArray[np.uint8] = faiss.serialize_index(index)
    return content


def sketched(content: NDArray[np.uint8]) -> Any:
    """Return an index over rows that were sketched: products within some thousandths, four times as fast as `flat`."""
    return loaded().deserialize_index(content)


def scan(index: Any, direction: NDArray[np.float32], count: int, bits: NDArray[np.uint8] | None = None) -> Best:
    """Return the `count` greatest products in a `flat` or `sketched` index; of the ids in `bits` only, if given."""
    faiss = loaded()
    asked = None if bits is None else faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
    faiss.omp_set_num_threads(1)  # of the calling thread: several searches share the processors better without
    products, found = index.search(direction[None], count, params=asked)
    return _found(products[0], found[0])


def scan_lists(  # noqa: PLR0917 - one call of faiss, which takes as many
    index: Any,
    direction: NDArray[np.float32],
    lists: NDArray[np.int64],
    near: NDArray[np.float32],
    count: int,
    bits: NDArray[np.uint8] | None = None,
) -> Best:
    """Return the `count` greatest products in some lists of an index that is `listed`.

    Args:
        index: The index.
        direction: What rows are multiplied with.
        lists: Their numbers.
        near: The product of each one's centroid.
        count: How many rows are wanted.
        bits: The ids that may be found, eight to a byte; `None` for all.
    """
    faiss = loaded()
    asked = faiss.SearchParametersIVF(nprobe=len(lists))
    if bits is not None:
        asked.sel = faiss.IDSelectorBitmap(bits)
    products, found = np.empty(count, np.float32), np.empty(count, np.int64)
    arrays = (direction, np.ascontiguousarray(lists), np.ascontiguousarray(near), products, found)
    asking, numbers, nearness, *results = map(faiss.swig_ptr, arrays)
    keep_pairs = False
    faiss.omp_set_num_threads(1)
    index.search_preassigned_c(1, asking, count, numbers, nearness, *results, keep_pairs, asked)
    return _found(products, found)


def _found(products: NDArray[np.float32], entries: NDArray[np.int64]) -> Best:
    there = np.count_nonzero(entries >= 0)  # what is not there comes last
    return Best(products[:there], entries[:there])


def _view(rows: NDArray[np.float16]) -> Any:
    """Return contiguous rows as faiss takes bytes that others own."""
    faiss = loaded()
    content, kind = rows.view(np.uint8).reshape(-1), faiss.MaybeOwnedVectorUInt8
    return kind.create_view(faiss.swig_ptr(content), len(content), kind().owner)  # each view needs an owner of its own
