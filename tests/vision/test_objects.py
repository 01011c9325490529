"""Objects found in real photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.quality.figures import load
from benchmarks.quality.regions import mean_average_precision, truths

from fototeca.errors import InvalidInput, ModelError
from fototeca.vision.boxes import Box
from fototeca.vision.objects import LABELS, THRESHOLD, DetectedObject, ObjectDetector


@pytest.fixture(scope="session")
def detector(shared: Path) -> ObjectDetector:
    return ObjectDetector.open(shared / "models/yolox-nano/model.onnx")


def corners(box: Box) -> np.ndarray:
    left, top, width, height = box
    return np.array([left, top, left + width, top + height], np.float32)


def test_the_labels_are_the_80_of_coco_in_its_order() -> None:
    assert len(LABELS) == len(set(LABELS)) == 80
    assert [LABELS[number] for number in (0, 16, 58, 62, 79)] == ["person", "dog", "potted plant", "tv", "toothbrush"]


def test_average_precision_is_exact_on_a_case_done_by_hand() -> None:
    box, elsewhere = (0.1, 0.1, 0.2, 0.2), (0.6, 0.6, 0.2, 0.2)
    true = [[(0, corners(box)), (0, corners(elsewhere))], [(16, corners(box))]]
    found = [
        [DetectedObject("person", box, 0.9), DetectedObject("person", box, 0.8)],
        [DetectedObject("dog", box, 0.5)],
    ]
    # Of two people one is found, once: precision 1 up to recall 0.5 (51 of 101 levels); the dog is found.
    assert mean_average_precision(found, true) == pytest.approx((51 / 101 + 1) / 2)
    assert mean_average_precision([[], []], true) == 0


def test_precision_on_real_photos(shared: Path, detector: ObjectDetector) -> None:
    paths = sorted((shared / "photos/objects/images").glob("*.jpg"))[:32]
    found = [detector.detect(load(path), 0.01) for path in paths]
    true = [truths(path.parent.parent / "labels" / f"{path.stem}.txt") for path in paths]
    assert mean_average_precision(found, true) > 0.35


def test_objects_come_surest_first_within_the_picture_and_above_the_threshold(
    shared: Path, detector: ObjectDetector
) -> None:
    for path in sorted((shared / "photos/objects/images").glob("*.jpg"))[:8]:
        picture = load(path)
        usual, all_ = detector.detect(picture), detector.detect(picture, 0.05)
        assert usual == [thing for thing in all_ if thing.score >= THRESHOLD]
        assert all_ == sorted(all_, key=lambda thing: -thing.score)
        for thing in all_:
            left, top, width, height = thing.box
            assert thing.label in LABELS
            assert 0 <= left < left + width <= 1 + 1e-6
            assert 0 <= top < top + height <= 1 + 1e-6


def test_a_box_is_the_same_share_of_a_larger_picture_with_room_beside_it(
    shared: Path, detector: ObjectDetector
) -> None:
    bear = load(shared / "photos/objects/images/000000000285.jpg")
    high, wide = bear.shape[:2]
    (alone,) = detector.detect(bear)
    wider = np.full((high, wide * 2, 3), 114, np.uint8)
    wider[:, wide:] = bear
    (beside,) = detector.detect(wider)
    assert alone.label == beside.label == "bear"
    left, top, width, height = alone.box
    assert beside.box == pytest.approx((0.5 + left / 2, top, width / 2, height), abs=0.05)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (417, 415)])
def test_a_plain_picture_of_any_shape_shows_nothing(detector: ObjectDetector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 114, np.uint8)) == []


def test_what_is_no_picture_and_what_is_no_detector_is_refused(shared: Path, detector: ObjectDetector) -> None:
    with pytest.raises(InvalidInput):
        detector.detect(np.zeros((64, 64, 3), np.float64))
    with pytest.raises(ModelError, match="not a YOLOX"):
        ObjectDetector.open(shared / "models/yunet/model.onnx")
    with pytest.raises(ModelError, match="not a YOLOX"):
        ObjectDetector.open(shared / "models/yunet/dynamic.onnx")
