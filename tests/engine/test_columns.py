import numpy as np
import pytest
from pyroaring import BitMap

from fototeca.engine.coded import COLUMNS, CodedColumn, MixedColumn
from fototeca.engine.columns import Column, Memory, NumberColumn
from fototeca.engine.strings import scalar


def int32(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(values, np.int32)


def again(column: Column) -> Column:
    """The column as it comes back from its arrays."""
    return COLUMNS[column.kind].restore(column.size, column.arrays())


@pytest.fixture
def numbers() -> NumberColumn:
    return NumberColumn(6, int32(0, 1, 3, 5), np.array([7, -2, 7, 2**63 - 1], np.int64))


def test_a_column_knows_who_has_a_value(numbers: NumberColumn) -> None:
    assert list(numbers.present) == [0, 1, 3, 5]
    assert numbers.slots(int32(0, 2, 5)).tolist() == [0, -1, 3]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (7, None, [0, 3, 5]),
        (None, 7, [0, 1, 3]),
        (-2, 6.5, [1]),
        (7.5, 10**400, [5]),
        (8, 6, []),
        (float("-inf"), float("inf"), [0, 1, 3, 5]),
        (2**63 - 1.0, None, []),
        (2**63 - 1, None, [5]),
    ],
)
def test_ranges_compare_exactly(numbers: NumberColumn, low: float, high: float, expected: list[int]) -> None:
    for column in (numbers, again(numbers)):
        assert isinstance(column, NumberColumn)
        assert list(column.between(*column.range(low, high))) == expected


def test_ranges_without_their_edges(numbers: NumberColumn) -> None:
    assert list(numbers.between(*numbers.range(-2, 2**63 - 1, include_low=False, include_high=False))) == [0, 3]


def test_a_wide_range_of_a_large_column_is_the_same_as_a_narrow_one() -> None:
    values = np.arange(1000) * 7 % 1000
    column = NumberColumn(1000, np.arange(1000, dtype=np.int32), values)
    for low, high in ((10, 900), (10, 20)):
        assert (
            list(column.between(*column.range(low, high)))
            == np.flatnonzero((values >= low) & (values <= high)).tolist()
        )


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_rows_are_counted_by_block_of_the_order(share: float) -> None:
    random = np.random.default_rng(5)
    owners = np.flatnonzero(random.random(3000) < share).astype(np.int32)
    column = NumberColumn(3000, owners, random.integers(0, 500, len(owners)))
    for step in (2, 7, 2):
        chosen = BitMap(range(0, 3000, step))
        expected = np.bincount(column.blocks[owners % step == 0], minlength=-(-len(owners) // column.block))
        assert column.counts(chosen).tolist() == expected.tolist()
    assert column.counts(BitMap(range(0, 3000, 7))) is column.counts(BitMap(range(0, 3000, 7)))


def test_only_the_last_answers_are_remembered() -> None:
    asked: list[int] = []
    memory = Memory()

    def square(number: int) -> int:
        asked.append(number)
        return number * number

    for number in (*range(40), 39, 38, 0):
        assert memory.ask(number, lambda number=number: square(number)) == number * number  # type: ignore[misc]
    assert asked == [*range(40), 0]
    assert len(memory) <= 16


@pytest.fixture
def tags() -> CodedColumn:
    return CodedColumn.build(4, int32(0, 0, 0, 2, 3), ["b", "a", "b", "É", "a"])


def test_coded_values_are_sorted_and_find_their_rows(tags: CodedColumn) -> None:
    for column in (tags, again(tags)):
        assert isinstance(column, CodedColumn)
        assert list(column.values) == ["a", "b", "É"]
        assert [list(column.rows_of_code(code)) for code in range(3)] == [[0, 3], [0], [2]]
        assert list(column.rows_of_range(0, 2)) == [0, 3]
        assert list(column.rows_of_codes([1, 2])) == [0, 2]
        assert not column.distinct
        assert (column.code("b"), column.code("c")) == (1, None)
        assert column.exact("nowhere") == (0, 0)


def test_folded_texts_lead_back_to_codes(tags: CodedColumn) -> None:
    assert list(tags.folded_equal("e")) == [2]
    assert sorted(tags.folded_prefix("")) == [0, 1, 2]
    assert list(tags.folded_prefix("x")) == []


def test_a_value_with_many_rows_keeps_its_bitmap() -> None:
    column = CodedColumn.build(3000, np.arange(3000, dtype=np.int32), ["x"] * 2000 + ["y"] * 1000)
    assert column.rows_of_code(0) is column.rows_of_code(0)
    assert column.rows_of_range(0, 2) is column.rows_of_range(0, 2)
    assert list(column.rows_of_range(0, 2)) == list(range(3000))
    assert len(column.rows_of_code(1)) == 1000
    assert column.distinct


def test_merging_drops_values_that_nobody_holds(tags: CodedColumn) -> None:
    other = CodedColumn.build(1, int32(0), ["c"])
    merged = CodedColumn.merge(4, [tags, other], [int32(-1, 0, 1, 3), int32(2)])
    assert list(merged.values) == ["a", "c", "É"]
    assert list(zip(merged.rows.tolist(), merged.codes.tolist(), strict=True)) == [(1, 2), (2, 1), (3, 0)]


def test_mixed_values_keep_their_kinds_apart() -> None:
    values = [scalar(value) for value in ("x", 1, True, 1.0, "1")]
    column = again(MixedColumn.build(5, int32(0, 1, 2, 3, 4), values))
    assert isinstance(column, MixedColumn)
    assert list(column.rows_of_code(column.code(scalar(1)) or 0)) == [1, 3]
    assert column.texts_from == 2
    assert list(column.folded_equal("x")) == [3]
