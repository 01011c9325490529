"""Pictures that are made of originals when somebody asks for them, and kept for the next time."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import msgspec
from PIL import Image

from fototeca.assets import Asset, Kind
from fototeca.blobs import Blobs, derived_key, original_key
from fototeca.errors import MediaError, MediaTooLarge, NotFound
from fototeca.media import HEAD_BYTES, Made, Plan, Reader, sniff

MAX_BYTES = 64 * 2**20
"""Of images that pictures are made of."""


def made(blobs: Blobs, reader: Reader, asset: Asset, plan: Plan) -> Made:
    """Return what a plan makes of an asset; see `Library.made`."""
    variant = hashlib.sha256(msgspec.json.encode(plan)).hexdigest()[:32]
    key = derived_key(asset.sha256, variant, plan.format)
    try:
        data = blobs.get(key)
    except NotFound:
        result = _made(blobs, reader, asset, plan)
        blobs.put_derived(asset.sha256, variant, result.data, extension=plan.format)
        return result
    with Image.open(io.BytesIO(data)) as image:  # the header alone; it is our own file
        return Made(data, *image.size)


def _made(blobs: Blobs, reader: Reader, asset: Asset, plan: Plan) -> Made:
    if asset.kind is Kind.VIDEO:
        with blobs.file(original_key(asset.sha256)) as path:
            return reader.transform(path, plan)
    if asset.bytes > MAX_BYTES:
        raise MediaTooLarge(f"pictures are made of images of up to {MAX_BYTES:,} bytes")
    return reader.transform(blobs.get(original_key(asset.sha256)), plan)


def kind_of(source: Path | bytes) -> Kind:
    """Return what kind of asset a file would be, by its first bytes."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(HEAD_BYTES)
    else:
        head = source[:HEAD_BYTES]
    try:
        return sniff(head).kind
    except MediaError:
        return Kind.RAW
