"""Names of colours as people would give them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageColor

from fototeca.media.colours import NAMES, grayscale, predominant

PEOPLE_SAY = {
    "black": "black", "white": "white", "gray": "gray", "silver": "gray", "dimgray": "gray", "red": "red",
    "crimson": "red", "firebrick": "red", "orange": "orange", "darkorange": "orange", "yellow": "yellow",
    "gold": "yellow", "olive": "olive", "olivedrab": "olive",
    "darkolivegreen": "olive", "saddlebrown": "brown", "sienna": "brown", "lawngreen": "lime", "green": "green",
    "forestgreen": "green", "seagreen": "green", "teal": "teal", "cyan": "cyan", "dodgerblue": "azure", "blue": "blue",
    "navy": "blue", "purple": "purple", "indigo": "purple", "hotpink": "pink", "deeppink": "pink", "pink": "pink",
}  # fmt: skip


@pytest.mark.parametrize(("css", "name"), PEOPLE_SAY.items())
def test_name(css: str, name: str) -> None:
    (colour,) = predominant(Image.new("RGB", (8, 8), css))
    assert colour.name == name
    assert (colour.hex, colour.share) == ("#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(css)), 1.0)


def test_every_name_is_used() -> None:
    assert set(PEOPLE_SAY.values()) == set(NAMES)


def test_shares_largest_first_and_none_too_small() -> None:
    image = Image.new("RGB", (100, 1), "blue")
    image.paste("red", (0, 0, 30, 1))
    image.paste("yellow", (30, 0, 31, 1))
    assert [(colour.name, colour.share) for colour in predominant(image)] == [("blue", 0.69), ("red", 0.3)]


def test_hex_is_the_mean() -> None:
    image = Image.new("RGB", (2, 1), (0, 0, 200))
    image.putpixel((0, 0), (0, 0, 250))
    assert predominant(image)[0].hex == "#0000e1"


def test_transparent_pixels_do_not_count() -> None:
    image = Image.new("RGBA", (10, 1), (255, 0, 0, 0))
    assert predominant(image) == ()
    image.putpixel((0, 0), (0, 128, 0, 255))
    assert [(colour.name, colour.share) for colour in predominant(image)] == [("green", 1.0)]


def test_any_picture_has_colours() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    found = predominant(noise)
    assert 0.5 < sum(colour.share for colour in found) <= 1.0001


def test_grayscale() -> None:
    grey = Image.linear_gradient("L")
    assert grayscale(grey)
    assert grayscale(grey.convert("RGB"))
    sepia = Image.merge("RGB", (grey, grey.point(lambda level: level * 0.9), grey.point(lambda level: level * 0.7)))
    assert not grayscale(sepia)
    spot = grey.convert("RGB")
    spot.paste("red", (0, 0, 64, 64))
    assert not grayscale(spot)
