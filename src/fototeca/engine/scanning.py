"""The little of faiss that the engine uses, for one query on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

faiss: Any = _faiss  # what it adds to its classes in Python is not in its stubs


def flat(vectors: NDArray[np.float16]) -> Any:
    """Return an index over rows where they lie; its ids are their numbers, its scores products. Keep the rows alive."""
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    content = vectors.view(np.uint8).reshape(-1)
    view = faiss.MaybeOwnedVectorUInt8
    index.codes = view.create_view(faiss.swig_ptr(content), len(content), view().owner)
    index.ntotal, index.is_trained = len(vectors), True
    return index


def scan(
    index: Any, direction: NDArray[np.float32], count: int, bits: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the `count` greatest products and their ids, greatest first; of the ids in `bits` only, if given."""
    asked = None if bits is None else faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
    faiss.omp_set_num_threads(1)  # of the calling thread: several searches share the processors better without
    products, found = index.search(direction[None], count, params=asked)
    return products[0][found[0] >= 0], found[0][found[0] >= 0]


def search_lists(  # noqa: PLR0917 - one call of faiss, which takes as many
    codes: Any,
    direction: NDArray[np.float32],
    lists: NDArray[np.int64],
    near: NDArray[np.float32],
    count: int,
    bits: NDArray[np.uint8] | None,
    query_bits: int,
) -> NDArray[np.int64]:
    """Return the ids in some lists whose codes promise the greatest products, at most `count`, best first."""
    asked = faiss.IVFRaBitQSearchParameters(nprobe=len(lists), qb=query_bits)
    if bits is not None:
        asked.sel = faiss.IDSelectorBitmap(bits)
    found = np.empty(count, np.int64)
    arrays = (direction, lists, near, np.empty(count, np.float32), found)
    asking, numbers, nearness, *results = pointers(arrays)
    keep_pairs = False
    faiss.omp_set_num_threads(1)
    codes.search_preassigned_c(1, asking, count, numbers, nearness, *results, keep_pairs, asked)
    return found[found >= 0]


def pointers(arrays: Sequence[NDArray[Any]]) -> list[Any]:
    """Return what faiss's C++ functions take; the arrays must be contiguous and stay alive."""
    return [faiss.swig_ptr(array) for array in arrays]
