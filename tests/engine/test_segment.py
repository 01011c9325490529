from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from fototeca.engine import files
from fototeca.engine.arrays import held
from fototeca.engine.coded import CodedColumn
from fototeca.engine.segment import Segment, clock, literal_clock, moment
from tests.engine.samples import at, doc, segment

DOCUMENTS = [
    doc(7, {"clip": [[1, 0], [0, 1]]}, title="Dog", tag=["a", "b", "a"], width=10, folder="x/y", gps=(48.2, 16.3)),
    doc(3, {"clip": [[1, 1]]}, title="Cat", favorite=True, created=at(2024, 5, 1), metadata__k=[1, "one", True]),
    doc(5, description="a long text", bytes=2**40, aspect=1.5, metadata__k="two"),
    doc(9, unknown_field=1, title="", tag=[], aspect=float("nan"), metadata__k={"deep": 1}),
]


def contents(built: Segment) -> dict[str, object]:
    """Everything a segment holds, as plain values."""
    columns = {
        name: [(row, column.values[code]) for row, code in zip(column.rows, column.codes, strict=True)]
        if isinstance(column, CodedColumn)
        else {part: array.tolist() for part, array in column.arrays().items()}
        for name, column in built.columns.items()
    }
    vectors = {space: (c.rows.tolist(), c.vectors.tolist(), c.scales.tolist()) for space, c in built.vectors.items()}
    text = [
        (
            built.text.unit_rows[u],
            built.text.fields[built.text.unit_fields[u]],
            [built.text.vocabulary[t] for t in tokens],
        )
        for u in range(len(built.text.unit_rows))
        for tokens in [built.text.tokens[built.text.starts[u] : built.text.starts[u + 1]]]
    ]
    return {"ids": built.ids.tolist(), "columns": columns, "vectors": vectors, "text": text}


def test_rows_are_in_the_order_of_ids() -> None:
    built = segment(*DOCUMENTS)
    assert built.ids.tolist() == [3, 5, 7, 9]
    assert list(built.present("title")) == [0, 2]
    assert list(built.present("nowhere")) == []


def test_what_is_no_value_is_not_kept() -> None:
    built = segment(DOCUMENTS[3])
    assert sorted(built.columns) == ["id"]


def test_ids_are_found() -> None:
    import numpy as np

    built = segment(*DOCUMENTS)
    assert built.rows_of_ids(np.array([1, 3, 8, 9, 99])).tolist() == [0, 3]


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_merging_is_building_together(cut: int) -> None:
    parts = [segment(*DOCUMENTS[:cut]), segment(*DOCUMENTS[cut:])]
    assert contents(Segment.merge(parts, [BitMap(), BitMap()])) == contents(segment(*DOCUMENTS))


def test_merging_leaves_deleted_rows_behind() -> None:
    parts = [segment(*DOCUMENTS[:2]), segment(*DOCUMENTS[2:])]
    merged = Segment.merge(parts, [BitMap([1]), BitMap()])
    assert contents(merged) == contents(segment(*DOCUMENTS[1:]))
    assert len(Segment.merge([merged], [BitMap(range(3))])) == 0


def test_a_segment_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "one.segment"
    built = segment(*DOCUMENTS)
    files.write(path, *built.arrays())
    assert contents(Segment.restore(*files.read(path))) == contents(built)


def test_clocks() -> None:
    east = timezone(timedelta(hours=5))
    assert moment(clock(datetime(2024, 5, 1, 12, 0, 0, 7, tzinfo=east))) == at(2024, 5, 1, 12, 0, 0, 7)
    assert literal_clock(datetime(2024, 5, 1, 12, tzinfo=east)) == clock(datetime(2024, 5, 1, 7, tzinfo=UTC))
    assert clock(at(1, 1, 1)) < 0


def test_bits_of_the_last_sets_are_remembered() -> None:
    built = segment(*DOCUMENTS)
    sets = [BitMap([row % 4]) for row in range(20)]
    for _ in range(2):
        for chosen in sets:
            assert held(built.bits(chosen), np.arange(4, dtype=np.int32)).tolist() == [
                row in chosen for row in range(4)
            ]
    assert built.bits(sets[-1]) is built.bits(sets[-1])
