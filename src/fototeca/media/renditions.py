"""The smaller pictures that are shown instead of an original."""

from __future__ import annotations

import io
from typing import NamedTuple

from PIL import Image

SIDES = (256, 1440)
"""Longest sides of the renditions, pixels. A smaller picture keeps its size."""


class Rendition(NamedTuple):
    """An encoded picture, upright, in sRGB and without metadata.

    Attributes:
        data: The bytes.
        extension: "jpg" for an opaque picture, "webp" for one with transparent parts.
        width: Pixels.
        height: Pixels.
    """

    data: bytes
    extension: str
    width: int
    height: int


def encode(image: Image.Image) -> Rendition:
    """Encode a picture: JPEG is by far the fastest to write, so WebP is for what JPEG cannot hold."""
    target = io.BytesIO()
    # Pillow passes on what it finds in `info`, such as a comment or profile.
    image.info = {}
    if image.mode == "RGBA":
        image.save(target, "WEBP", quality=80, method=1)
        return Rendition(target.getvalue(), "webp", *image.size)
    image.save(target, "JPEG", quality=82)
    return Rendition(target.getvalue(), "jpg", *image.size)
