"""Small real pictures for tests, made on the spot."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image


def picture(
    colour: str = "red", size: tuple[int, int] = (64, 48), *, taken: datetime | None = None, camera: str | None = None
) -> bytes:
    """A JPEG of one colour, with EXIF where something is said."""
    exif = Image.Exif()
    if camera is not None:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = camera.split(" ", 1)
    if taken is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def album(folder: Path) -> Path:
    """A folder of five photos whose colours, cameras, times and places in the tree differ."""
    files = {
        "beach/red beach.jpg": picture("red", (200, 100), taken=datetime(2023, 6, 1, 12), camera="Canon EOS 5D"),
        "beach/blue sea.jpg": picture("blue", (100, 200), taken=datetime(2023, 7, 1, 12), camera="Canon EOS 80D"),
        "city/green park.jpg": picture("green", (120, 90), taken=datetime(2024, 1, 1), camera="NIKON D90"),
        "city/night/black street.jpg": picture("black", (90, 90)),
        "white wall.jpg": picture("white", (80, 60)),
    }
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
