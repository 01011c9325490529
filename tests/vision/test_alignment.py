"""Faces brought upright: the transform, the pixels it fetches, and how sharp they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from fototeca.vision.alignment import SIDE, TEMPLATE, Points, align, sharpness, similarity
from fototeca.vision.boxes import Picture

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255))


def turned(points: Points, scale: float, degrees: float, shift: tuple[float, float]) -> Points:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.asarray(scale * points @ turn.T + shift)


def marked(landmarks: Points, size: tuple[int, int], radius: float) -> Picture:
    """A white picture with a disc of its own colour at each landmark."""
    image = Image.new("RGB", size, "white")
    for (x, y), colour in zip(landmarks.tolist(), COLOURS, strict=True):
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return np.asarray(image)


@given(st.floats(0.05, 50), st.floats(-180, 180), st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)))
def test_a_similarity_is_found_again(scale: float, degrees: float, shift: tuple[float, float]) -> None:
    target = turned(TEMPLATE, scale, degrees, shift)
    matrix = similarity(TEMPLATE, target)
    assert TEMPLATE @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(target, abs=1e-6)
    assert math.sqrt(np.linalg.det(matrix[:, :2])) == pytest.approx(scale)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=5, max_size=5))
def test_any_landmarks_give_a_turn_and_a_scale_but_no_mirror_and_no_shear(places: list[tuple[float, float]]) -> None:
    matrix = similarity(TEMPLATE, np.array(places))[:, :2]
    assert np.linalg.det(matrix) >= -1e-9
    assert matrix[0, 0] == pytest.approx(matrix[1, 1], abs=1e-6)
    assert matrix[0, 1] == pytest.approx(-matrix[1, 0], abs=1e-6)


def test_no_other_similarity_comes_nearer() -> None:
    random = np.random.default_rng(1)
    target = turned(TEMPLATE, 2.0, 30, (5, 7)) + random.normal(0, 5, TEMPLATE.shape)
    best = similarity(TEMPLATE, target)
    error = np.square(TEMPLATE @ best[:, :2].T + best[:, 2] - target).sum()
    for _ in range(100):
        a, b, x, y = random.normal(0, [0.02, 0.02, 1, 1])
        matrix = best[:, :2] + np.array([[a, -b], [b, a]])
        assert np.square(TEMPLATE @ matrix.T + best[:, 2] + [x, y] - target).sum() > error


@pytest.mark.parametrize(
    ("scale", "degrees", "shift"),
    [(1.0, 0, (40, 40)), (1.5, 40, (150, 20)), (6.0, -25, (60, 380)), (2.0, 180, (300, 300))],
)
def test_an_aligned_face_has_its_landmarks_where_the_template_has_them(
    scale: float, degrees: float, shift: tuple[float, float]
) -> None:
    landmarks = turned(TEMPLATE, scale, degrees, shift)
    face = align(marked(landmarks, (1000, 1000), 6 * scale), landmarks)
    assert face.shape == (SIDE, SIDE, 3)
    for place, colour in zip(TEMPLATE, COLOURS, strict=True):
        disc = np.argwhere(np.abs(face.astype(int) - colour).sum(2) < 100)[:, ::-1] + 0.5
        assert disc.mean(0) == pytest.approx(place, abs=0.75)
        assert len(disc) == pytest.approx(math.pi * 36, rel=0.15)


def test_a_large_face_is_averaged_rather_than_sampled() -> None:
    stripes = np.zeros((896, 896, 3), np.uint8)
    stripes[:, ::2] = 255
    face = align(stripes, TEMPLATE * 8)
    assert face.mean() == pytest.approx(127.5, abs=1)
    assert face.std() < 2


def test_what_lies_outside_the_picture_is_black() -> None:
    face = align(np.full((60, 60, 3), 200, np.uint8), TEMPLATE - (56, 0))
    assert (face[2:58, 60:110] == 200).all()
    assert not face[:, :50].any()
    assert not face[64:].any()


@pytest.mark.parametrize("place", [(5.0, 5.0), (-4000.0, 9000.0)])
def test_landmarks_that_coincide_anywhere_give_some_picture(place: tuple[float, float]) -> None:
    assert align(np.zeros((10, 10, 3), np.uint8), np.tile(place, (5, 1))).shape == (SIDE, SIDE, 3)


def test_blur_takes_sharpness() -> None:
    sharp = Image.fromarray(np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    values = [sharpness(np.asarray(sharp.filter(ImageFilter.GaussianBlur(radius)))) for radius in (0, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.95
    assert values[-1] < 0.3
    assert sharpness(np.zeros((SIDE, SIDE, 3), np.uint8)) == 0
