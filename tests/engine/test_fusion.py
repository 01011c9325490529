import numpy as np
import pytest

from fototeca.engine.fusion import fuse
from fototeca.engine.scored import Scored


def scored(rows: list[int], scores: list[float], relevance: list[float]) -> Scored:
    return Scored(np.array(rows, np.int32), np.array(scores), np.array(relevance))


def test_positions_run_over_all_segments_and_ties_go_by_id() -> None:
    ids = [np.array([10, 30], np.int64), np.array([20, 40], np.int64)]
    first = [scored([0, 1], [1.0, 2.0], [0.5, 0.5]), scored([0], [1.0], [0.0])]  # order: 30, 10, 20
    second = [scored([0], [9.0], [0.5]), Scored.none()]  # order: 10
    fused = fuse(ids, [first, second], (1.0, 2.0))
    assert fused[0].rows.tolist() == [0, 1]
    assert fused[0].scores == pytest.approx([1 / 62 + 2 / 61, 1 / 61], abs=1e-12)
    assert fused[0].relevance == pytest.approx([0.75, 0.5])
    assert fused[1].rows.tolist() == [0]
    assert fused[1].scores == pytest.approx([1 / 63], abs=1e-12)


def test_no_part_reaches_nobody() -> None:
    assert [part.rows.tolist() for part in fuse([np.array([1], np.int64)], [], ())] == [[]]
