"""What models see of an asset: its largest rendition, decoded, and the moments of a video."""

from __future__ import annotations

import io
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Asset
from fototeca.blobs import Blobs, original_key
from fototeca.errors import CorruptMedia, MediaError
from fototeca.library import files
from fototeca.media import Reader, Still

Picture: TypeAlias = npt.NDArray[np.uint8]
"""RGB, height x width x 3."""

STILL = 640
"""Longest side of a video's moments, pixels: more than models look at."""
MARGIN = 0.1
"""What is seen around a thing, on each side, as a share of its width or height: what it stands on says much of it."""

_AROUND_FACE = 0.4
_PORTRAIT = 256
"""Longest side of a portrait, pixels."""

_LARGEST = files.RENDITIONS[-1]


class Views:
    """What there is to see of assets: their pictures, and the moments of videos. Safe to use from many threads.

    Args:
        blobs: Where originals and renditions are.
        reader: Opens originals, in processes of its own.
    """

    def __init__(self, blobs: Blobs, reader: Reader) -> None:
        self._blobs = blobs
        self._reader = reader

    def picture(self, asset: Asset) -> Picture:
        """Return the picture of an asset, as `picture_of` does."""
        return picture_of(self._blobs, asset)

    def moments(self, asset: Asset) -> list[Still]:
        """Return one good frame of each scene of a video.

        Raises:
            MediaError: It cannot be read.
            NotFound: Its original is gone.
            StorageError: The blob store failed.
        """
        with self._blobs.file(original_key(asset.sha256)) as path:
            return self._reader.stills(path, STILL)


def picture_of(blobs: Blobs, asset: Asset) -> Picture:
    """Return the picture of an asset.

    Raises:
        MediaError: It has none, or one that is damaged.
        StorageError: The blob store failed.
    """
    file = files.find(blobs, asset, _LARGEST)
    if file is None:
        raise MediaError("it has no rendition")
    return pixels(b"".join(file.read(0, file.size)))


def pixels(data: bytes) -> Picture:
    """Decode one of our own renditions to RGB, on white where it is transparent.

    Raises:
        CorruptMedia: It is damaged.
    """
    try:
        return np.asarray(files.decoded(data))
    except OSError as error:
        raise CorruptMedia(f"its rendition cannot be read: {error}") from error


def crop(picture: Picture, box: tuple[float, float, float, float], margin: float = 0.0) -> Picture:
    """Return the part of a picture in a box of shares, with a margin around it; at least one pixel."""
    high, wide = picture.shape[:2]
    left, top, width, height = box
    start = np.floor([(left - margin * width) * wide, (top - margin * height) * high]).astype(int)
    stop = np.ceil([(left + (1 + margin) * width) * wide, (top + (1 + margin) * height) * high]).astype(int)
    start = np.clip(start, 0, (wide - 1, high - 1))
    stop = np.clip(stop, start + 1, (wide, high))
    return picture[start[1] : stop[1], start[0] : stop[0]]


def portrait(picture: Picture, box: tuple[float, float, float, float]) -> bytes:
    """Return a face in a box of shares as a small JPEG picture, with some of what is around it."""
    image = Image.fromarray(crop(picture, box, _AROUND_FACE))
    image.thumbnail((_PORTRAIT, _PORTRAIT))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=85)
    return target.getvalue()
