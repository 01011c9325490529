"""Faces cut out of their pictures, made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from fototeca.assets import Asset
from fototeca.blobs import Blobs
from fototeca.library import files
from fototeca.library.files import StoredFile
from fototeca.library.pictures import pixels, portrait

PREFIX = "face-"
"""A variant that begins with this names a face of the asset by its UUID."""


def find(blobs: Blobs, asset: Asset, variant: str) -> StoredFile | None:
    """Return the picture of one of the asset's faces, or `None` where there is none."""
    uuid = variant.removeprefix(PREFIX)
    face = next((face for face in asset.faces if face.uuid == uuid), None)
    file = None if face is None else files.find(blobs, asset, files.RENDITIONS[-1])
    if face is None or file is None:
        return None
    data = portrait(pixels(b"".join(file.read(0, file.size))), face.box)

    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    filename = f"{PurePath(asset.filename).stem}-{variant}.jpg"
    return StoredFile(asset.sha256, filename, "image/jpeg", len(data), file.modified, read)
