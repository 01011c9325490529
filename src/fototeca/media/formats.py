"""What a file is, from its first bytes; its name is not asked."""

from __future__ import annotations

from typing import NamedTuple

from fototeca.errors import CorruptMedia, UnsupportedMedia


class Format(NamedTuple):
    """A format that is read here.

    Attributes:
        name: How facts call it.
        mime: Its media type.
    """

    name: str
    mime: str


JPEG = Format("jpg", "image/jpeg")
PNG = Format("png", "image/png")
GIF = Format("gif", "image/gif")
WEBP = Format("webp", "image/webp")
TIFF = Format("tiff", "image/tiff")
BMP = Format("bmp", "image/bmp")
HEIC = Format("heic", "image/heic")
AVIF = Format("avif", "image/avif")

_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"BM", BMP),
)

# Only to say in words what is refused; the list need not be complete.
_OTHERS = (
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop document"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"%PDF", "PDF document"),
    (b"DDS ", "DirectDraw surface"),
    (b"qoif", "QOI"),
    (b"\0\0\1\0", "Windows icon"),
    (b"\0\0\2\0", "Windows cursor"),
    (b"icns", "macOS icon"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"IIU\0", "camera raw"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM video"),
    (b"PK\3\4", "ZIP archive"),
    (b"<svg", "SVG"),
    (b"<!DOCTYPE html", "HTML page"),
    (b"<html", "HTML page"),
    (b"<?xml", "XML"),
)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def sniff(data: bytes) -> Format:
    """The format of a file's bytes.

    Raises:
        CorruptMedia: There are no bytes.
        UnsupportedMedia: They are of no format that is read here.
    """
    if not data:
        raise CorruptMedia("the file is empty")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    if data[:4] == b"II*\0" and data[8:10] == b"CR":
        raise UnsupportedMedia("camera raw files are not read")
    for magic, known in _MAGIC:
        if data.startswith(magic):
            return known
    for magic, name in _OTHERS:
        if data.startswith(magic):
            raise UnsupportedMedia(f"{name} files are not read")
    raise UnsupportedMedia("the bytes are of no image format that is read")


def _sniff_boxes(data: bytes) -> Format:
    """HEIC and AVIF share a container, ISO/IEC 14496-12, whose first box lists brands: main, version, compatible."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    if not _AVIF_BRANDS.isdisjoint(brands):
        return AVIF
    if not _HEIC_BRANDS.isdisjoint(brands):
        return HEIC
    if brands[0] == b"crx ":
        raise UnsupportedMedia("camera raw files are not read")
    raise UnsupportedMedia("video files are not read")
