"""Scores of looks, in the order in which people would put the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from fototeca.media.quality import judge


def test_blur_lowers_sharpness_step_by_step() -> None:
    sharp = Image.effect_noise((640, 480), 80).resize((1280, 960)).convert("RGB")
    scores = [judge(sharp.filter(ImageFilter.GaussianBlur(radius))).sharpness for radius in (0, 2, 4, 8, 16)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.8 > 0.1 > scores[-1]


def test_sharp_subject_before_a_soft_background_is_sharp() -> None:
    picture = Image.new("L", (640, 480), 128)
    picture.paste(Image.effect_noise((320, 240), 80), (160, 120))
    assert judge(picture).sharpness > 0.7


@pytest.mark.parametrize(("level", "brightness"), [(0, 0.0), (51, 0.2), (255, 1.0)])
def test_flat_pictures(level: int, brightness: float) -> None:
    found = judge(Image.new("L", (300, 200), level))
    assert (found.brightness, found.contrast, found.sharpness) == (brightness, 0.0, 0.0)


def test_half_black_and_half_white_is_full_contrast() -> None:
    picture = Image.new("L", (100, 100))
    picture.paste(255, (0, 0, 50, 100))
    found = judge(picture)
    assert (found.brightness, found.contrast) == (0.5, 1.0)


@pytest.mark.parametrize(("level", "exposure"), [(0, 0.0), (255, 0.0), (64, 0.45), (128, 1.0), (191, 0.45)])
def test_the_nearer_to_middle_grey_the_better_exposed(level: int, exposure: float) -> None:
    assert judge(Image.new("L", (300, 200), level)).exposure == pytest.approx(exposure, abs=0.02)


def test_clipped_pixels_count_against_exposure() -> None:
    picture = Image.new("L", (100, 100), 128)
    picture.paste(0, (0, 0, 100, 10))
    picture.paste(255, (0, 90, 100, 100))
    assert judge(picture).exposure == pytest.approx(0.8, abs=0.001)


def test_pushed_photos_are_worse_exposed(shared: Path) -> None:
    for path in sorted((shared / "photos/objects").rglob("*.jpg"))[:20]:
        photo = Image.open(path).convert("RGB")
        found = judge(photo).exposure
        assert found > judge(photo.point(lambda level: level // 8)).exposure, path.name
        assert found > judge(photo.point(lambda level: 255 - (255 - level) // 8)).exposure, path.name


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (3, 3), (9, 4), (1440, 3)])
def test_any_size(size: tuple[int, int]) -> None:
    assert 0 <= judge(Image.effect_noise(size, 50)).sharpness <= 1


def test_photos_are_sharper_than_blurred_copies(shared: Path) -> None:
    for path in sorted((shared / "photos/objects").rglob("*.jpg"))[:20]:
        photo = Image.open(path).convert("RGB")
        blurred = photo.filter(ImageFilter.GaussianBlur(max(photo.size) / 160))
        assert judge(photo).sharpness > 0.5 > judge(blurred).sharpness, path.name
