"""Faces found and embedded in real photos."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from fototeca.errors import InvalidInput, ModelError
from fototeca.vision.alignment import TEMPLATE
from fototeca.vision.boxes import Picture, overlaps
from fototeca.vision.faces import DetectedFace, FaceDetector, FaceEmbedder, quality
from fototeca.vision.people import LIKE
from tests.vision import tiny_models


@pytest.fixture(scope="session")
def detector(shared: Path) -> FaceDetector:
    return FaceDetector.open(shared / "models/yunet/dynamic.onnx")


@pytest.fixture(scope="session")
def embedder(shared: Path) -> FaceEmbedder:
    return FaceEmbedder.open(shared / "models/mobilefacenet/model.onnx")


def portrait(shared: Path, name: str = "img1.jpg", longest: int = 640) -> Picture:
    image = Image.open(shared / "photos/faces" / name).convert("RGB")
    image.thumbnail((longest, longest))
    return np.asarray(image)


def largest(faces: list[DetectedFace]) -> DetectedFace:
    return max(faces, key=lambda face: face.box[2] * face.box[3])


def overlap(one: DetectedFace, other: DetectedFace) -> float:
    boxes = [np.array([x, y, x + w, y + h], np.float32) for x, y, w, h in (one.box, other.box)]
    return float(overlaps(boxes[0], boxes[1][None])[0])


@pytest.mark.parametrize("model", ["dynamic", "model"])
def test_every_portrait_has_a_face_with_its_landmarks_inside(shared: Path, model: str) -> None:
    detector = FaceDetector.open(shared / f"models/yunet/{model}.onnx")
    for path in sorted((shared / "photos/faces").glob("*.jpg"))[:20]:
        face = largest(detector.detect(portrait(shared, path.name)))
        left, top, width, height = face.box
        assert face.score > 0.9, path
        assert 0.5 < face.quality <= 1, path
        assert len(face.landmarks) == 5
        assert all(left < x < left + width and top < y < top + height for x, y in face.landmarks), path
        right_eye, left_eye, nose, *mouth = face.landmarks
        assert right_eye[0] < left_eye[0], path
        assert max(right_eye[1], left_eye[1]) < nose[1] < min(corner[1] for corner in mouth), path


def test_the_two_models_see_the_same_face(shared: Path, detector: FaceDetector) -> None:
    fixed = FaceDetector.open(shared / "models/yunet/model.onnx")
    picture = portrait(shared)
    (one,), (other,) = detector.detect(picture), fixed.detect(picture)
    assert overlap(one, other) > 0.9
    assert np.array(one.landmarks) == pytest.approx(np.array(other.landmarks), abs=0.02)


def test_a_mirrored_picture_has_mirrored_faces(shared: Path, detector: FaceDetector) -> None:
    picture = portrait(shared)
    (face,), (mirrored,) = detector.detect(picture), detector.detect(np.ascontiguousarray(picture[:, ::-1]))
    left, top, width, height = mirrored.box
    assert overlap(face, DetectedFace((1 - left - width, top, width, height), 1.0, (), 1.0)) > 0.85
    assert mirrored.landmarks[0][0] == pytest.approx(1 - face.landmarks[1][0], abs=0.02)


def test_a_small_face_in_a_large_picture_is_found_and_a_large_one_not_twice(
    shared: Path, detector: FaceDetector
) -> None:
    picture = np.full((1600, 2400, 3), 128, np.uint8)
    small, large = portrait(shared, "img1.jpg", 60), portrait(shared, "img5.jpg", 1200)
    picture[1500 : 1500 + small.shape[0], 100 : 100 + small.shape[1]] = small
    picture[200 : 200 + large.shape[0], 1200 : 1200 + large.shape[1]] = large
    faces = detector.detect(picture)
    assert len(faces) == 2
    tiny = min(faces, key=lambda face: face.box[2])
    assert tiny.box[2] * 2400 < 40
    assert tiny.box[0] < 0.1
    assert tiny.box[1] > 0.9
    assert tiny.quality < 0.8 * largest(faces).quality


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (31, 33), (700, 640)])
def test_noise_of_any_shape_has_no_face(detector: FaceDetector, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    assert detector.detect(noise) == []


def test_quality_falls_with_blur_size_and_a_turned_head() -> None:
    random = np.random.default_rng(1)
    image = Image.fromarray(random.integers(0, 256, (224, 224, 3), np.uint8))
    picture, landmarks, box = np.asarray(image), TEMPLATE * 2, (0.0, 0.0, 1.0, 1.0)
    best = quality(picture, box, 1.0, landmarks)
    assert 0.95 < best <= 1
    assert quality(np.asarray(image.filter(ImageFilter.GaussianBlur(6))), box, 1.0, landmarks) < 0.8 * best
    assert quality(picture, (0.4, 0.4, 0.1, 0.1), 1.0, landmarks) < 0.8 * best
    assert quality(picture, box, 0.5, landmarks) == pytest.approx(best * 0.5**0.25)
    aside = landmarks.copy()
    aside[2, 0] += 20
    assert quality(picture, box, 1.0, aside) < 0.9 * best
    aside[2, 0] += 40
    assert quality(picture, box, 1.0, aside) == 0
    tilted = (landmarks - 112) @ np.array([[0.0, 1.0], [-1.0, 0.0]]) + 112
    assert quality(picture, box, 1.0, tilted) == pytest.approx(best, abs=0.05)


def test_pairs_of_one_person_are_more_alike_than_pairs_of_two(
    shared: Path, detector: FaceDetector, embedder: FaceEmbedder
) -> None:
    with (shared / "photos/faces/pairs.csv").open() as file:
        pairs = [row for row in csv.reader(file) if row[2] in {"Yes", "No"}]
    chosen = [row for row in pairs if row[2] == "Yes"][:12] + [row for row in pairs if row[2] == "No"][:40]
    vectors = {}
    for name in {name for row in chosen for name in row[:2]}:
        picture = portrait(shared, name)
        (vectors[name],) = embedder.embed(picture, [largest(detector.detect(picture))])
    for one, other, same in chosen:
        assert (vectors[one] @ vectors[other] > LIKE) == (same == "Yes"), (one, other)


def test_vectors_are_unit_rows_in_the_order_of_the_faces(
    shared: Path, detector: FaceDetector, embedder: FaceEmbedder
) -> None:
    picture = portrait(shared, "couple.jpg")
    faces = detector.detect(picture)
    assert len(faces) == 2
    vectors = embedder.embed(picture, faces)
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, embedder.dimension) == (2, 128)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1])
    assert embedder.embed(picture, faces[::-1]) == pytest.approx(vectors[::-1])
    assert embedder.embed(picture, []).shape == (0, 128)


@pytest.mark.parametrize(("name", "expected"), [("data", (200, 100, 50)), ("input0", (1.3070, -0.2850, -0.9330))])
def test_pixels_are_prepared_as_each_kind_of_model_wants_them(
    tmp_path: Path, name: str, expected: tuple[float, float, float]
) -> None:
    mean_colour = tiny_models.model(
        tiny_models.node("ReduceMean", [name], "vector", axes=[2, 3], keepdims=0),
        tiny_models.value(11, name, tiny_models.FLOAT, [1, 3, 112, 112]),
        tiny_models.value(12, "vector", tiny_models.FLOAT, [1, 3]),
    )
    (tmp_path / "model.onnx").write_bytes(mean_colour)
    embedder = FaceEmbedder.open(tmp_path / "model.onnx")
    plain = np.broadcast_to(np.array([200, 100, 50], np.uint8), (200, 200, 3))
    landmarks = tuple((float(x) / 112, float(y) / 112) for x, y in TEMPLATE)
    face = DetectedFace(box=(0.1, 0.1, 0.8, 0.8), score=1.0, landmarks=landmarks, quality=1.0)
    [vector] = embedder.embed(np.ascontiguousarray(plain), [face])
    wanted = np.array(expected)
    assert vector == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-3)


def test_a_tilted_head_is_embedded_as_an_upright_one(
    shared: Path, detector: FaceDetector, embedder: FaceEmbedder
) -> None:
    upright = portrait(shared)
    tilted = np.asarray(Image.fromarray(upright).rotate(25, expand=True))
    one, other = (embedder.embed(picture, detector.detect(picture)[:1])[0] for picture in (upright, tilted))
    assert one @ other > 0.85


def test_what_is_not_a_picture_is_refused(shared: Path, detector: FaceDetector, embedder: FaceEmbedder) -> None:
    grey = np.zeros((64, 64), np.uint8)
    with pytest.raises(InvalidInput):
        detector.detect(grey)
    with pytest.raises(InvalidInput):
        embedder.embed(grey, [])


def test_models_of_another_kind_are_refused(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a YuNet"):
        FaceDetector.open(shared / "models/mobilefacenet/model.onnx")
    with pytest.raises(ModelError, match="does not embed faces"):
        FaceEmbedder.open(shared / "models/yunet/model.onnx")
    with pytest.raises(ModelError, match="missing"):
        FaceDetector.open(tmp_path / "none.onnx")
