"""Drawings told from photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from fototeca.media.illustration import score


def chart() -> Image.Image:
    """Bars, lines and letters."""
    image = Image.new("RGB", (256, 192), "white")
    draw = ImageDraw.Draw(image)
    for at, colour in enumerate(("navy", "orange", "green", "crimson")):
        draw.rectangle((20 + 50 * at, 150 - 30 * at, 50 + 50 * at, 170), colour, "black")
        draw.text((20 + 50 * at, 10), "Words", colour)
    return image


def scene() -> Image.Image:
    """Soft shapes in changing light, with the noise of a sensor."""
    random = np.random.default_rng(1)
    soft = Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)).resize((256, 192), Image.Resampling.BICUBIC)
    noise = random.normal(0, 4, (192, 256, 3))
    return Image.fromarray((np.asarray(soft.filter(ImageFilter.GaussianBlur(4))) + noise).clip(0, 255).astype(np.uint8))


def test_drawings_score_high_and_photos_low() -> None:
    assert score(chart()) > 0.8
    assert score(scene()) < 0.2


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_any_mode_and_size(mode: str) -> None:
    assert score(Image.new(mode, (1, 1))) == 1.0
    assert 0 <= score(scene().convert(mode).resize((7, 3))) <= 1


def test_real_photos(shared: Path) -> None:
    photos = sorted((shared / "photos" / "objects").rglob("*.jpg"))[:30]
    scores = []
    for photo in photos:
        image = Image.open(photo).convert("RGB")
        image.thumbnail((256, 256))
        scores.append(score(image))
    assert np.median(scores) < 0.15
    assert max(scores) < 0.7
