"""Faces cut out of their pictures, made when they are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image

from fototeca.assets import Asset, Face
from fototeca.blobs import Blobs
from fototeca.library import files
from fototeca.library.files import StoredFile

PREFIX = "face-"
"""A variant that begins with this names a face of the asset by its UUID."""
_MARGIN = 0.35
"""Added on each side of the face's box, as a part of the box's size."""
_SIDE = 360
"""Longest side of a crop, pixels."""


def find(blobs: Blobs, asset: Asset, variant: str) -> StoredFile | None:
    """Return the picture of one of the asset's faces, or `None` where there is none."""
    uuid = variant.removeprefix(PREFIX)
    face = next((face for face in asset.faces if face.uuid == uuid), None)
    file = None if face is None else files.find(blobs, asset, files.RENDITIONS[-1])
    if face is None or file is None:
        return None
    data = _cut(b"".join(file.read(0, file.size)), face)

    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    return StoredFile("image/jpeg", "jpg", len(data), file.modified, read)


def _cut(rendition: bytes, face: Face) -> bytes:
    """Cut a face, with some of what is around it, out of one of our own renditions."""
    x, y, width, height = face.box
    with Image.open(io.BytesIO(rendition), formats=("JPEG", "WEBP")) as image:
        left, right = (max(0.0, min(1.0, side)) for side in (x - _MARGIN * width, x + (1 + _MARGIN) * width))
        top, bottom = (max(0.0, min(1.0, side)) for side in (y - _MARGIN * height, y + (1 + _MARGIN) * height))
        near = int(left * image.width), int(top * image.height)
        far = max(round(right * image.width), near[0] + 1), max(round(bottom * image.height), near[1] + 1)
        crop = image.convert("RGB").crop((*near, *far))
    crop.thumbnail((_SIDE, _SIDE))
    target = io.BytesIO()
    crop.save(target, "JPEG", quality=85)
    return target.getvalue()
