"""Whether two pictures are the same photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance
from skimage import data

from fototeca.media.same import same, sketch

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """Real photos, as renditions have them."""
    found = [Image.fromarray(getattr(data, name)()).convert("RGB") for name in NAMES]
    for photo in found:
        photo.thumbnail((256, 256))
    return found


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return Image.open(target).convert("RGB")


def cropped(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = picture.size
    return picture.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def watermarked(picture: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", picture.size)
    place = (picture.width * 0.7, picture.height * 0.92)
    ImageDraw.Draw(layer).text(place, "(c) nobody", fill=(255, 255, 255, 110))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "itself": lambda picture: picture,
    "a quarter": lambda picture: picture.resize((picture.width // 4, picture.height // 4)),
    "poor": lambda picture: jpeg(picture, 30),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    "paler": lambda picture: ImageEnhance.Contrast(picture).enhance(0.8),
    "without the left": lambda picture: cropped(picture, 0.08, 0, 0, 0),
    "without a corner": lambda picture: cropped(picture, 0, 0.08, 0.08, 0),
    "without a rim": lambda picture: cropped(picture, 0.03, 0.04, 0.04, 0.03),
    "small, poor, cropped": lambda picture: jpeg(cropped(picture, 0.04, 0, 0, 0.03).resize((90, 90)), 60),
    "watermarked": watermarked,
    "grey": lambda picture: picture.convert("L"),
}


def verdicts(ones: list[Image.Image], others: list[Image.Image]) -> list[bool]:
    found: list[bool] = same([sketch(one) for one in ones], [sketch(other) for other in others]).tolist()
    return found


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_the_same_either_way(photos: list[Image.Image], name: str) -> None:
    copies = [COPIES[name](photo) for photo in photos]
    assert verdicts(photos, copies) == verdicts(copies, photos) == [True] * len(photos)


def test_other_photos_are_not(photos: list[Image.Image]) -> None:
    pairs = [(one, other) for one in photos for other in photos if one is not other]
    assert not any(verdicts([one for one, _ in pairs], [other for _, other in pairs]))


def test_something_that_moved_makes_another_photo(photos: list[Image.Image]) -> None:
    moved = []
    for photo in photos:
        pixels = np.asarray(photo).copy()
        side = min(photo.size) // 3
        pixels[side : 2 * side, side + 14 : 2 * side + 14] = np.asarray(photo)[side : 2 * side, side : 2 * side]
        moved.append(Image.fromarray(pixels))
    assert not any(verdicts(photos, moved))


def test_a_large_crop_is_another_picture(photos: list[Image.Image]) -> None:
    assert not any(verdicts(photos, [cropped(photo, 0.25, 0.25, 0, 0) for photo in photos]))


@pytest.mark.parametrize("fill", [0, 255, 128])
def test_what_shows_nothing_is_the_same_as_nothing(fill: int) -> None:
    noise = np.random.default_rng(1).normal(fill, 1.5, (2, 144, 256)).clip(0, 255).astype(np.uint8)
    one, other = (Image.fromarray(frame) for frame in noise)
    assert verdicts([one, one, Image.new("RGB", (9, 9))], [one, other, one]) == [False] * 3


def test_pairs_of_any_size_are_compared_in_their_order(photos: list[Image.Image]) -> None:
    small: list[Any] = [photo.resize((40, 30)) for photo in photos]
    assert verdicts([*photos, *small], [*small, *photos]) == [True] * 8
    assert verdicts([small[0], photos[0], small[1]], [small[1], photos[0], photos[1]]) == [False, True, True]
    assert same([], []).shape == (0,)
