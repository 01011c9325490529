"""An asset's picture as models see it: its largest rendition, decoded."""

from __future__ import annotations

import io
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Asset
from fototeca.blobs import Blobs
from fototeca.errors import CorruptMedia, MediaError
from fototeca.library import files

Picture: TypeAlias = npt.NDArray[np.uint8]
"""RGB, height x width x 3."""

_LARGEST = files.RENDITIONS[-1]


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
        with Image.open(io.BytesIO(data), formats=("JPEG", "WEBP")) as image:
            if image.mode == "RGBA":
                white = Image.new("RGBA", image.size, "white")
                return np.asarray(Image.alpha_composite(white, image).convert("RGB"))
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise CorruptMedia(f"its rendition cannot be read: {error}") from error
