"""Pictures fitted to a canvas, and boxes that overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.errors import InvalidInput
from fototeca.vision.boxes import Floats, cells, checked, corners, is_there, letterbox, overlaps, suppress, within


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_not_an_rgb_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(InvalidInput, match="height x width x 3"):
        checked(picture)


def test_a_letterboxed_picture_is_blue_first_and_the_rest_of_the_canvas_is_grey() -> None:
    picture = np.full((20, 10, 3), (10, 20, 30), np.uint8)
    planes, size = letterbox(picture, 2.0, (64, 48), fill=114)
    assert planes.shape == (1, 3, 48, 64)
    assert planes.dtype == np.float32
    assert size == (20, 40)
    assert (planes[0, :, :40, :20] == np.array([30, 20, 10])[:, None, None]).all()
    assert (planes[0, :, 40:] == 114).all()
    assert (planes[0, :, :, 20:] == 114).all()


@given(
    wide=st.integers(1, 300), high=st.integers(1, 300), canvas=st.integers(1, 5).map(lambda n: n * 32), data=st.data()
)
def test_a_place_in_the_canvas_is_the_same_share_of_the_picture(
    wide: int, high: int, canvas: int, data: st.DataObject
) -> None:
    picture = np.zeros((high, wide, 3), np.uint8)
    left = data.draw(st.integers(0, wide - 1))
    top = data.draw(st.integers(0, high - 1))
    picture[top:, left:] = 255
    planes, size = letterbox(picture, canvas / max(wide, high), (canvas, canvas), fill=0)
    assert max(size) == canvas
    # The white corner's area as a share, seen in the canvas, is what it was in the picture, but for blurred edges.
    expected = (1 - left / wide) * (1 - top / high)
    assert planes[0, 0].sum() / 255 / (size[0] * size[1]) == pytest.approx(expected, abs=1.5 / min(size))


def test_cells_run_along_rows() -> None:
    assert cells(3, 2).tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]


def test_corners_and_what_is_left_of_them_in_the_picture() -> None:
    boxes = corners(np.array([[0.5, 0.5], [0.0, 1.0], [1.5, 0.5]], np.float32), np.full((3, 2), 0.5, np.float32))
    assert boxes[0].tolist() == [0.25, 0.25, 0.75, 0.75]
    assert within(boxes[0]) == (0.25, 0.25, 0.5, 0.5)
    assert within(boxes[1]) == (0.0, 0.75, 0.25, 0.25)
    assert [is_there(within(box)) for box in boxes] == [True, True, False]


def test_overlap_is_the_intersection_over_the_union() -> None:
    one = np.array([0, 0, 2, 2], np.float32)
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 0, 4, 2], [5, 5, 6, 6], [0, 0, 1, 1]], np.float32)
    assert overlaps(one, others) == pytest.approx([1, 1 / 3, 0, 0, 1 / 4])


def test_boxes_without_area_overlap_nothing() -> None:
    point = np.array([1, 1, 1, 1], np.float32)
    assert overlaps(point, point[None]).tolist() == [0]


@st.composite
def scored_boxes(draw: st.DrawFn) -> tuple[Floats, Floats]:
    side = st.integers(0, 12)
    rows = draw(st.lists(st.tuples(side, side, side, side, st.integers(0, 5)), max_size=25))
    table = np.array(rows, np.float32).reshape(-1, 5)
    return corners(table[:, :2], table[:, 2:4]), table[:, 4]


@given(scored_boxes(), st.sampled_from([0.0, 0.3, 0.5]))
def test_a_box_stays_if_and_only_if_no_better_one_that_stays_overlaps_it(
    found: tuple[Floats, Floats], most: float
) -> None:
    boxes, scores = found
    kept = suppress(boxes, scores, most)
    assert kept == sorted(kept, key=lambda index: (-scores[index], index))
    for index in range(len(boxes)):
        better = [other for other in kept if (-scores[other], other) < (-scores[index], index)]
        covered = bool(better) and bool((overlaps(boxes[index], boxes[better]) > most).any())
        assert (index in kept) != covered
