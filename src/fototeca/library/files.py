"""An asset's bytes: its original and its renditions, found in the blob store and not read yet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePath

from PIL import Image

from fototeca.assets import Asset, Version
from fototeca.blobs import Blobs, derived_folder, original_key, rendition_key
from fototeca.errors import NotFound

ORIGINAL = "original"
RENDITIONS = ("256", "1440")
"""Longest sides in pixels; a smaller picture keeps its size."""
VERSION = "version-"
"""A variant that begins with this names one of the asset's originals by its UUID, and maybe a rendition of it."""
VARIANTS = (ORIGINAL, *RENDITIONS)

_MIME = {"jpg": "image/jpeg", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be read.

    Attributes:
        sha256: Of the original that it is, or that it was made of.
        filename: What it is called where it is saved.
        size: Bytes.
        modified: When it was stored (UTC).
        read: Gives the bytes from a start to before an end, in chunks.
    """

    sha256: str
    filename: str
    mime: str
    size: int
    modified: datetime
    read: Callable[[int, int], Iterator[bytes]]


def find(blobs: Blobs, of: Asset | Version, variant: str) -> StoredFile | None:
    """Return the file of a variant of an asset, or of one of its versions; `None` where there is none."""
    if variant == ORIGINAL:
        return _stored(blobs, original_key(of.sha256), of.sha256, of.filename, of.mime)
    return rendition(blobs, of.sha256, variant, of.filename) if variant in RENDITIONS else None


def rendition(blobs: Blobs, sha256: str, variant: str, filename: str = "picture") -> StoredFile | None:
    """Return a rendition of the original with this SHA-256 and filename, or `None` where there is none."""
    # A small picture's renditions are all the same, and only the smallest is kept.
    for side in RENDITIONS[RENDITIONS.index(variant) :: -1]:
        for extension, mime in _MIME.items():
            name = f"{PurePath(filename).stem}-{variant}.{extension}"
            file = _stored(blobs, rendition_key(sha256, side, extension), sha256, name, mime)
            if file is not None:
                return file
    return None


def picture(blobs: Blobs, sha256: str, variant: str) -> Image.Image | None:
    """Decode a rendition to RGB, on white where it is transparent; `None` where there is none.

    Raises:
        OSError: It is damaged.
        StorageError: It cannot be read.
    """
    file = rendition(blobs, sha256, variant)
    return None if file is None else decoded(b"".join(file.read(0, file.size)))


def decoded(data: bytes) -> Image.Image:
    """Decode one of our own renditions to RGB, on white where it is transparent.

    Raises:
        OSError: It is damaged.
    """
    with Image.open(io.BytesIO(data), formats=("JPEG", "WEBP")) as image:
        if image.mode == "RGBA":
            white = Image.new("RGBA", image.size, "white")
            return Image.alpha_composite(white, image).convert("RGB")
        return image.convert("RGB")


def find_version(blobs: Blobs, versions: Sequence[Version], variant: str) -> StoredFile | None:
    """Return the file of a version that a variant names, or `None` where there is none."""
    uuid, _, rest = variant.removeprefix(VERSION).partition("-")
    version = next((each for each in versions if each.uuid == uuid), None)
    return None if version is None else find(blobs, version, rest or ORIGINAL)


def remove(blobs: Blobs, sha256s: Iterable[str]) -> None:
    """Remove originals with their renditions; what is not there counts as removed."""
    for sha256 in sha256s:
        for variant in RENDITIONS:
            for extension in _MIME:
                blobs.delete(rendition_key(sha256, variant, extension))
        for key in list(blobs.list(derived_folder(sha256))):
            blobs.delete(key)
        blobs.delete(original_key(sha256))


def _stored(blobs: Blobs, key: str, sha256: str, filename: str, mime: str) -> StoredFile | None:
    try:
        head = blobs.head(key)
    except NotFound:
        return None
    read = partial(blobs.stream, key)
    return StoredFile(sha256, filename, mime, head.size, head.modified, read)
