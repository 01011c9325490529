"""The nearest documents of one segment: whichever way costs least, and nothing scored that need not be.

How many documents match is known exactly before any vector is touched. Then there are three ways: to fetch the matching
rows, to scan all rows where they lie, or to search the lists; the lists only for as long as they cost less than the
cheaper one of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fototeca.engine.arrays import Rows, bits_of, mask_of, rows_of
from fototeca.engine.lists import Wanted
from fototeca.engine.scanning import Best
from fototeca.engine.vectors import SCORE_DIGITS, VectorColumn

_SLACK = 2 * 10.0**-SCORE_DIGITS
_SPARSE = 0.015  # share of the rows below which the nearest are scattered over too many lists
_SOME = 0.25  # share of the rows up to which the best are selected; for more, the cosine of each is computed
_COUNTED = 0.1  # share of the rows up to which they are counted by list; of more, every row of a list may match


@dataclass(frozen=True, slots=True)
class Nearest:
    """What was found.

    Attributes:
        rows: The nearest documents' rows, ascending.
        cosines: The cosine of each.
        exact: Whether these are surely the nearest.
        way: How they were found.
    """

    rows: Rows
    cosines: NDArray[np.float32]
    exact: bool
    way: str


def nearest(
    column: VectorColumn, direction: NDArray[np.float32], chosen: BitMap, count: int, sure: int | None = None
) -> Nearest:
    """Return the chosen documents nearest to a unit vector: at least `count` of them, unless fewer have a vector.

    Where they are not surely the nearest, those among the first `sure` are nearly, and others may be missing behind.
    """
    matching = len(chosen) if len(column.present) == column.size else chosen.intersection_cardinality(column.present)
    if matching <= count:
        return _fetched(column, direction, chosen, matching)
    each = len(column.rows) / len(column.present)
    costs, size, entries = column.costs, len(column.rows), matching * each
    fetching, scanning = entries * costs.fetched, size * costs.scan(entries / size)
    exact = min(fetching, scanning)
    if column.lists is not None and exact > costs.search and matching > _SPARSE * column.size:
        sure = min(count, sure or count)
        found = _listed(column, direction, chosen, count, sure=sure, most=exact - costs.search)
        if found is not None:
            return found
    return (_fetched if fetching < scanning else _scanned)(column, direction, chosen, count)


def reaching(
    column: VectorColumn, direction: NDArray[np.float32], chosen: BitMap, least: float, expected: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Return the chosen documents whose cosine to a unit vector is at least this, ascending, and the cosine of each.

    Args:
        column: The vectors.
        direction: The unit vector.
        chosen: Documents' rows.
        least: The cosine.
        expected: About how many there are; of too few, more are looked for.
    """
    bits, wanted = _bits(column, chosen), 2 * expected + 64
    while wanted < min(len(column.rows), len(chosen)) * _SOME:
        found = column.scan(direction, wanted, bits)
        if len(found.products) < wanted or _most(column, found.products[-1]) < least:
            rows, cosines = _documents(column, direction, found)
            break
        wanted *= 4
    else:
        rows, cosines = column.cosines(direction, mask_of(chosen, column.size))
    enough = cosines >= least
    return rows[enough], cosines[enough]


def _fetched(column: VectorColumn, direction: NDArray[np.float32], chosen: BitMap, count: int) -> Nearest:
    entries = column.entries_of(rows_of(chosen))

    def fetch(wanted: int) -> Best | None:
        return column.scan_of(entries, direction, wanted) if wanted < len(entries) * _SOME else None

    found = _certain(column, direction, count, 2 * count + 64, fetch)
    found = found or column.best_of(entries, column.cosines_of(entries, direction))
    return Nearest(*_leading(*found, count), exact=True, way="fetch")


def _scanned(column: VectorColumn, direction: NDArray[np.float32], chosen: BitMap, count: int) -> Nearest:
    bits = _bits(column, chosen)

    def search(wanted: int) -> Best | None:
        return column.scan(direction, wanted, bits) if wanted < len(column.rows) * _SOME else None

    found = _certain(column, direction, count, 2 * count + 64, search)
    if found is not None and len(found[0]) >= count:
        return Nearest(*_leading(*found, count), exact=True, way="scan")
    rows, cosines = column.cosines(direction, mask_of(chosen, column.size))
    return Nearest(*_leading(rows, cosines, count), exact=True, way="full")


def _listed(
    column: VectorColumn, direction: NDArray[np.float32], chosen: BitMap, count: int, *, sure: int, most: float
) -> Nearest | None:
    """Search the lists; `None` where that would take more than `most` seconds, or finds too few documents."""
    lists, rows = column.lists, column.listed
    if lists is None or rows is None:
        return None
    bits, in_list = _bits(column, chosen), lists.sizes
    if len(chosen) < column.size * _COUNTED:
        in_list = np.bincount(lists.list_of[column.entries_of(rows_of(chosen))], minlength=len(lists.sizes))
    entries = sure if column.one_each else 2 * sure
    most /= column.costs.scan(len(chosen) / column.size)

    def search(wanted: int) -> Best | None:
        asked = Wanted(direction, entries, wanted, bits, in_list, most)
        return rows.search(asked) if wanted < len(column.rows) * _SOME else None

    found = _certain(column, direction, sure, max(count, entries + entries // 4 + 16), search)
    if found is None or len(found[0]) < sure:
        return None
    return Nearest(*_leading(*found, count), exact=False, way="lists")


def _certain(
    column: VectorColumn,
    direction: NDArray[np.float32],
    count: int,
    wanted: int,
    search: Callable[[int], Best | None],
) -> tuple[Rows, NDArray[np.float32]] | None:
    """Search for the greatest products, more and more of them until no other row has one of the `count` best cosines.

    Args:
        column: The vectors.
        direction: The unit vector.
        count: How many documents must be certain.
        wanted: How many products to begin with.
        search: Returns the greatest products among those that are searched; `None` to give up.

    Returns:
        Documents, ascending, and the cosine of each; `None` if the search gave up.
    """
    while (found := search(wanted)) is not None:
        rows, cosines = _documents(column, direction, found)
        if len(found.products) < wanted:
            return rows, cosines
        if len(rows) >= count and _most(column, found.products[-1]) < np.partition(cosines, -count)[-count]:
            return rows, cosines
        wanted *= 4
    return None


def _most(column: VectorColumn, product: float) -> float:
    """Return what no cosine exceeds whose product is no greater than this."""
    least, greatest = column.scale_range
    return float(product) * (greatest if product > 0 else least) + _SLACK


def _documents(column: VectorColumn, direction: NDArray[np.float32], found: Best) -> tuple[Rows, NDArray[np.float32]]:
    entries = np.sort(found.entries)
    return column.best_of(entries, column.cosines_of(entries, direction))


def _bits(column: VectorColumn, chosen: BitMap) -> NDArray[np.uint8] | None:
    """Return the entries of chosen documents as bits, `None` for all."""
    if len(chosen) == column.size:
        return None
    if column.dense:
        return bits_of(chosen, column.size)
    return np.packbits(mask_of(chosen, column.size)[column.rows], bitorder="little")


def _leading(rows: Rows, cosines: NDArray[np.float32], count: int) -> tuple[Rows, NDArray[np.float32]]:
    """Return the `count` best of ascending rows, and all that tie with the last of them."""
    if len(rows) <= count:
        return rows, cosines
    best = cosines >= np.partition(cosines, -count)[-count] - _SLACK if count else np.zeros(len(rows), np.bool_)
    return rows[best], cosines[best]
